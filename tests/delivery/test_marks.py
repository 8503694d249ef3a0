"""Marks: whose copy a message was, read by nobody but us, whatever a mail system does to its letters."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.delivery import marks
from campaigns.delivery.marks import Mark

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = datetime(2026, 12, 3, 16, 0, tzinfo=UTC)


@given(st.integers(0, 2**40 - 1), st.integers(0, 2**48 - 1))
def test_what_is_written_is_read_in_any_case(run: int, recipient: int) -> None:
    token, stable = marks.dated(KEY, run, recipient, NOW), marks.plain(KEY, run, recipient)
    assert (len(token), len(stable)) == (marks.DATED_LENGTH, marks.PLAIN_LENGTH)
    assert token == token.lower()
    assert marks.MARK.fullmatch(token.upper())
    assert marks.read(KEY, token.upper(), NOW) == Mark(run, recipient, NOW.date())
    assert marks.read(KEY, stable, NOW) == Mark(run, recipient)
    assert marks.read(OTHER, token, NOW) is None


def test_a_dated_one_is_refused_after_thirty_days_and_a_plain_one_never() -> None:
    token = marks.dated(KEY, 7, 9, NOW)
    assert marks.read(KEY, token, NOW + timedelta(days=30))
    assert marks.read(KEY, token, NOW + timedelta(days=31)) is None
    assert marks.read(KEY, token, NOW - timedelta(days=2)) is None
    assert marks.read(KEY, marks.plain(KEY, 7, 9), NOW + timedelta(days=4000))


@pytest.mark.parametrize("token", ["", "a", "a" * 46, "a" * 42, "!" * 46, "ä" * 42, "g" * 46, "a" * 1000, "٣" * 42])
def test_what_we_did_not_make_is_nothing(token: str) -> None:
    assert marks.read(KEY, token, NOW) is None


def test_neighbors_share_nothing_that_can_be_seen() -> None:
    one, two = marks.plain(KEY, 7, 1000), marks.plain(KEY, 7, 1001)
    assert sum(a == b for a, b in zip(one, two, strict=True)) < 10


def test_a_changed_letter_is_noticed() -> None:
    token = marks.dated(KEY, 7, 9, NOW)
    for place in range(len(token) - 1):
        other = "b" if token[place] == "a" else "a"
        assert marks.read(KEY, token[:place] + other + token[place + 1 :], NOW) is None
