"""Whatever arrives in the bounce mailbox is read: nothing raises, and nobody can make us read for long."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.delivery.bounces import reading, walk
from campaigns.delivery.bounces.reading import Verdict
from tests.delivery.bounces.test_reading import samples

HEAD = b"From: MAILER-DAEMON@x.example\r\nTo: a@b.example\r\nSubject: Undelivered mail\r\nMIME-Version: 1.0\r\n"
MESSAGES = [message.encode() for *_, message in samples()]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_are_read(raw: bytes) -> None:
    assert reading.read(raw).verdict in Verdict


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(MESSAGES),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=12), st.integers(0, 40)), min_size=1, max_size=8),
)
def test_a_damaged_report_is_read(message: bytes, damage: list[tuple[float, bytes, int]]) -> None:
    for place, bytes_in, length in damage:
        at = int(place * len(message))
        message = message[:at] + bytes_in + message[at + length :]
    assert reading.read(message).verdict in Verdict


def levels(count: int, inner: bytes) -> bytes:
    for number in range(count):
        mark = b"b%d" % number
        inner = (
            b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n" + inner
            + b"\r\n--" + mark + b"--\r\n"
        )  # fmt: skip
    return inner


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"\r\n" + b"<bob@example.com>: 550 user unknown\r\n" * 300_000,
        HEAD + b"\r\n" + b"mailbox user recipient " * 450_000,
        HEAD + b"\r\n" + b"a@b." * 2_500_000,
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<style" * 1_500_000,
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 2_500_000,
        HEAD + levels(50, b"x"),
        HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 50 + b"y" * 200_000,
        HEAD + b"Content-Type: multipart/mixed; boundary=X\r\n\r\n" + b"--X\r\n\r\nhello\r\n" * 1_000 + b"--X--",
        HEAD + b"".join(b"<u%d@example.com>: 550 bad\r\n" % number for number in range(200_000)),
        b"X: y\r\n" + b" z\r\n" * 2_500_000,
        b"\0" * 10_000_000,
        b"",
        b"\r\n",
    ],
    ids=range(13),
)
def test_a_monster_is_read_as_far_as_a_report_goes(raw: bytes) -> None:
    parts = walk.walk(raw)
    assert len(parts) <= walk.MOST_PARTS
    assert max(part.level for part in parts) <= walk.MOST_LEVELS
    assert sum(len(part.raw) for part in parts) <= walk.MOST_BYTES * (walk.MOST_LEVELS + 1)
    assert len(reading.read(raw).copies) <= 100


def test_a_report_with_thousands_of_recipients_is_cut() -> None:
    told = b"".join(
        b"Final-Recipient: rfc822; u%d@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n" % number
        for number in range(5_000)
    )
    report = b"Content-Type: multipart/report; boundary=X\r\n\r\n--X\r\nContent-Type: message/delivery-status\r\n\r\n"
    assert len(reading.read(HEAD + report + told).copies) == 100
