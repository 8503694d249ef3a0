"""The received copy of a self-test: every way in which a relay can bend it is found and said."""

import contextlib
import random
from collections.abc import Callable
from datetime import UTC, datetime

import dkim
import pytest

from campaigns.delivery import signing
from campaigns.delivery.doctor import received, selftest
from campaigns.delivery.doctor.findings import Finding, Level, Topic
from campaigns.delivery.doctor.received import Reading
from campaigns.delivery.doctor.selftest import Sent
from campaigns.delivery.signing import Signature, Signer
from campaigns.errors import Invalid
from tests.nameserver import SERVFAIL, Zone, serving

D = "example.org"
SENT = Sent(
    "bcdfghjkmn", f"news@{D}", "https://news.example.org/u/" + "x" * 70, f"t@{D}", datetime(2026, 11, 26, 9, tzinfo=UTC)
)
KEY = signing.new_key("rsa")
ZONE: Zone = {
    (f"s1._domainkey.{D}", "TXT"): [f"v=DKIM1; k=rsa; p={KEY.public}"],
    ("s1._domainkey.relay.example", "TXT"): [f"v=DKIM1; k=rsa; p={KEY.public}"],
    (f"_dmarc.{D}", "TXT"): ["v=DMARC1; p=none"],
}
RESULTS = (
    b"Received: by mx.example.net with SMTP id 1; Thu, 26 Nov 2026 01:00:09 -0800 (PST)\r\n"
    b"Authentication-Results: mx.example.net (a comment; spf=fail);\r\n"
    b"\tdkim=pass header.i=@example.org header.s=s1;\r\n spf=pass (mx: 8.8.4.4 (nested) \\) is allowed)"
    b" smtp.mailfrom=news@example.org;\r\n\tdmarc=pass (p=NONE) header.from=example.org\r\n"
    b"Received: from mail.example.org by mx.example.net; Thu, 26 Nov 2026 09:00:05 +0000\r\n"
)


def message() -> bytes:
    return selftest.message(
        SENT, "H.E.A.T. Watch", f"office@{D}", f"Self-test <self-test.{D}>", "Office", "me@x.example"
    )


def signed(raw: bytes | None = None, domain: str = D) -> bytes:
    return Signer(domain, [Signature("s1", signing.opened(KEY.private_sealed))]).sign(raw or message(), SENT.sent_at)


def by_relay(raw: bytes, **options: object) -> bytes:
    """As many relays sign: by dkimpy's own list, which leaves List-Unsubscribe-Post out."""
    pem = (signing.tokens.decrypt("dkim", KEY.private_sealed) or "").encode()
    return dkim.sign(raw, b"s1", D.encode(), pem, **options) + raw


def read(raw: bytes, zone: Zone = ZONE) -> Reading:
    with serving(zone) as server:
        return received.read(received.message_of(raw), SENT, server.names())


def titles(found: list[Finding], level: Level) -> list[str]:
    return [one.title for one in found if one.level == level]


def test_a_good_copy_passes_with_all_that_the_receiver_said() -> None:
    reading = read(RESULTS + signed())
    assert reading.is_passed
    assert {one.level for one in reading.findings} == {Level.GOOD}
    assert {one.topic for one in reading.findings} >= {Topic.DKIM, Topic.SPF, Topic.DMARC, Topic.ONE_CLICK}
    assert [(key.domain, key.selector, key.algorithm, key.public) for key in reading.keys] == [
        (D, "s1", "rsa", KEY.public)
    ]
    assert reading.has_spf


@pytest.mark.parametrize(
    "paste",
    [
        lambda raw: raw.replace(b"\r\n", b"\n"),
        lambda raw: raw.replace(b"\r\n", b"\r"),
        lambda raw: b"\n\n  " + raw.replace(b"\r\n", b"\n") + b"\n\n\n",
        lambda raw: b"From MAILER-DAEMON Thu Nov 26 09:00:00 2026\n" + raw.replace(b"\r\n", b"\n"),
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.rstrip(),
    ],
)
def test_a_copy_is_the_same_however_it_was_pasted_or_saved(paste: Callable[[bytes], bytes]) -> None:
    assert read(paste(RESULTS + signed())).is_passed


def edited(before: bytes, after: bytes) -> Callable[[], bytes]:
    def make() -> bytes:
        raw = RESULTS + signed()
        assert before in raw
        return raw.replace(before, after)

    return make


@pytest.mark.parametrize(
    ("make", "title"),
    [
        (lambda: RESULTS + message(), "arrived without a signature"),
        (lambda: RESULTS + by_relay(message()), "does not cover List-Unsubscribe-Post"),
        (
            lambda: RESULTS + by_relay(message(), include_headers=[b"from", b"subject"]),
            "does not cover List-Unsubscribe and List-Unsubscribe-Post",
        ),
        (lambda: RESULTS + by_relay(message(), length=True), "covers only a part of the text"),
        (lambda: RESULTS + signed(domain="relay.example"), "Nobody signed as example.org"),
        (edited(b"Hello,", b"Goodbye,"), "does not hold"),
        (edited(b"List-Unsubscribe: <", b"List-Unsubscribe: <https://track.example/"), "unsubscribe header is not as"),
        (edited(b"<https://news", b"=?utf-8?q?=3Chttps=3A//news"), "unsubscribe header is not as"),
        (edited(b"<https://news.example.org/u/", b"<https://news.example.org/u/\r\n "), "unsubscribe header is not as"),
        (edited(b"List-Unsubscribe: ", b"List-Unsubscribe: <a:b>\r\nList-Unsubscribe: "), "unsubscribe header is not"),
        (edited(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""), "List-Unsubscribe-Post is missing"),
        (edited(b"dmarc=pass", b"dmarc=fail"), "DMARC did not pass"),
        (edited(b"From: ", b"From: x <other@evil.example>\r\nX-From: "), "sender was changed"),
    ],
)
def test_what_was_bent_must_be_put_right(make: Callable[[], bytes], title: str) -> None:
    reading = read(make())
    assert not reading.is_passed
    assert any(title in one for one in titles(reading.findings, Level.STOP)), reading.findings


@pytest.mark.parametrize(
    ("make", "title", "level"),
    [
        (lambda: signed(), "wrote no results", Level.NOTE),
        (edited(b"spf=pass (mx", b"spf=softfail (mx"), "SPF did not pass", Level.CAUTION),
        (edited(b"dmarc=pass", b"dmarc=none"), "DMARC was not checked", Level.CAUTION),
        (edited(b"09:00:05 +0000", b"08:50:00 +0000"), "clocks do not agree", Level.CAUTION),
        (edited(b"09:00:05 +0000", b"11:50:00 +0000"), "clocks do not agree", Level.CAUTION),
    ],
)
def test_what_is_odd_and_bearable_is_said_and_passes(make: Callable[[], bytes], title: str, level: Level) -> None:
    reading = read(make())
    assert reading.is_passed
    assert any(title in one for one in titles(reading.findings, level)), reading.findings


def test_another_message_id_is_borne_where_the_signature_came_after() -> None:
    raw = by_relay(message().replace(f"<t@{D}>".encode(), b"<0100@email.amazonses.com>"))
    found = read(RESULTS + raw).findings
    assert any("another Message-ID" in one for one in titles(found, Level.NOTE))


def test_only_the_last_system_on_the_way_is_believed() -> None:
    forged = b"Authentication-Results: mx.example.net; dmarc=pass\r\n"
    told = RESULTS.replace(b"dmarc=pass", b"dmarc=fail").replace(b"mx.example.net (", b"mx2.example.net (")
    assert not read(told + forged + signed()).is_passed


def test_a_silent_name_system_is_no_verdict() -> None:
    reading = read(RESULTS + signed(), {**ZONE, (f"s1._domainkey.{D}", "TXT"): SERVFAIL})
    assert not reading.is_passed
    assert titles(reading.findings, Level.UNKNOWN)
    assert not [one for one in titles(reading.findings, Level.STOP) if "signature" in one]


@pytest.mark.parametrize(
    "source",
    [b"Hello,\nthis is the self-test", b"<html>", b"\x00\xff" * 50, b": x\n\n", b"Subject: x\n\nFrom: y", b" "],
)
def test_what_is_no_message_is_refused_with_a_sentence(source: bytes) -> None:
    with pytest.raises(Invalid, match="not the source of a message"):
        received.message_of(source)


def test_something_far_too_large_is_refused() -> None:
    with pytest.raises(Invalid, match="two megabytes"):
        received.message_of(b"From: x\n\n" + b"x" * 2_000_001)


@pytest.mark.parametrize(
    ("subject", "word"),
    [
        ("Newsletter self-test bcdfghjkmn", "bcdfghjkmn"),
        ("[EXTERNAL] Re: newsletter SELF-TEST BCDFGHJKMN ", "bcdfghjkmn"),
        ("Newsletter\r\n self-test\r\n bcdfghjkmn", "bcdfghjkmn"),
        ("Newsletter self-test", ""),
        ("Newsletter self-test aeiouaeiou", ""),
        ("December news", ""),
    ],
)
def test_a_self_test_is_known_by_the_word_in_its_subject(subject: str, word: str) -> None:
    assert received.word_of(f"From: x\r\nSubject: {subject}\r\n\r\nSubject: no".encode()) == word


def test_a_copy_that_is_damaged_in_any_way_is_read_or_refused_and_breaks_nothing() -> None:
    dice = random.Random(20261126)
    whole = RESULTS + signed()
    odd = [b"\r\nDKIM-Signature: ", b"l=99999999999;", b"t=-1;", b"Received: ; 99 Foo 99999\r\n", b";;(((", b"\xff\xfe"]
    with serving(ZONE) as server:
        names = server.names()
        for _ in range(400):
            bent = bytearray(whole)
            for _ in range(dice.randint(1, 8)):
                at, start = dice.randrange(2600), dice.randrange(len(bent))
                pieces = [*odd, bytes(bent[start : start + dice.randint(1, 300)]), bytes([dice.randrange(256)])]
                bent[at : at + dice.choice((0, 0, 1, 40))] = dice.choice(pieces)
            with contextlib.suppress(Invalid):
                received.read(received.message_of(bytes(bent)), SENT, names)
