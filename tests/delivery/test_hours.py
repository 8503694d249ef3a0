"""Sending hours: wall times of the organization's zone, right on both sides of a change of the clocks."""

from datetime import datetime, timedelta

import pytest

from campaigns.delivery.hours import Hours, day_words, time_words

LA = "America/Los_Angeles"
WEEKDAYS = frozenset(range(5))


def hours(opens: int = 9, closes: int = 17, days: frozenset[int] = WEEKDAYS, zone: str = LA) -> Hours:
    return Hours(opens * 60, closes * 60, days, zone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "is_open", "opens_at"),
    [
        ("2026-12-03T08:59:59-08:00", False, "2026-12-03T09:00:00-08:00"),
        ("2026-12-03T09:00:00-08:00", True, "2026-12-03T09:00:00-08:00"),
        ("2026-12-03T16:59:59-08:00", True, "2026-12-03T16:59:59-08:00"),
        ("2026-12-03T17:00:00-08:00", False, "2026-12-04T09:00:00-08:00"),
        ("2026-12-04T17:00:00-08:00", False, "2026-12-07T09:00:00-08:00"),
        ("2026-12-05T12:00:00-08:00", False, "2026-12-07T09:00:00-08:00"),
        # Friday evening in Los Angeles is Saturday in UTC.
        ("2026-12-05T00:30:00+00:00", True, "2026-12-05T00:30:00+00:00"),
        # The clocks go forward on Sunday, March 8, and back on Sunday, November 1: 9:00 stays 9:00.
        ("2026-03-06T17:00:00-08:00", False, "2026-03-09T09:00:00-07:00"),
        ("2026-10-30T17:00:00-07:00", False, "2026-11-02T09:00:00-08:00"),
        ("2026-11-02T08:30:00-08:00", False, "2026-11-02T09:00:00-08:00"),
        ("2026-03-09T09:00:00-07:00", True, "2026-03-09T09:00:00-07:00"),
    ],
)
def test_newsletters_leave_from_nine_to_five_on_weekdays(now: str, is_open: bool, opens_at: str) -> None:
    assert hours().is_open(at(now)) is is_open
    assert hours().opens_at(at(now)) == at(opens_at)


def test_the_end_of_the_day_is_named() -> None:
    assert hours().closes_at(at("2026-12-03T12:00:00-08:00")) == at("2026-12-03T17:00:00-08:00")
    assert hours(closes=24).closes_at(at("2026-12-03T12:00:00-08:00")) == at("2026-12-04T00:00:00-08:00")


@pytest.mark.parametrize(
    ("start", "end", "opened"),
    [
        ("2026-12-03T10:00:00-08:00", "2026-12-03T11:30:00-08:00", 1.5),
        ("2026-12-03T16:30:00-08:00", "2026-12-04T09:30:00-08:00", 1),
        ("2026-12-04T16:00:00-08:00", "2026-12-07T10:00:00-08:00", 2),
        ("2026-12-04T18:00:00-08:00", "2026-12-07T08:00:00-08:00", 0),
        ("2026-12-03T11:00:00-08:00", "2026-12-03T10:00:00-08:00", 0),
        # A week has forty open hours also when the clocks change in it.
        ("2026-03-06T09:00:00-08:00", "2026-03-13T09:00:00-07:00", 40),
    ],
)
def test_only_time_within_the_hours_counts(start: str, end: str, opened: float) -> None:
    assert hours().open_between(at(start), at(end)) == timedelta(hours=opened)


def test_hours_that_the_clocks_skip_are_none_that_day() -> None:
    night = hours(2, 3, frozenset(range(7)))
    assert night.opens_at(at("2026-03-08T00:00:00-08:00")) == at("2026-03-09T02:00:00-07:00")
    assert not night.is_open(at("2026-03-08T03:00:00-07:00"))


def test_hours_that_come_twice_are_both_meant() -> None:
    night = hours(1, 2, frozenset(range(7)))
    assert night.is_open(at("2026-11-01T01:30:00-07:00"))
    assert night.is_open(at("2026-11-01T01:30:00-08:00"))
    assert not night.is_open(at("2026-11-01T02:00:00-08:00"))


def test_one_day_a_week_is_found_from_anywhere_in_it() -> None:
    mondays = hours(days=frozenset({0}))
    assert mondays.opens_at(at("2026-12-07T17:00:00-08:00")) == at("2026-12-14T09:00:00-08:00")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({0, 1, 2, 3, 4}, "Monday to Friday"),
        (set(range(7)), "every day"),
        ({0, 2, 4}, "Monday, Wednesday and Friday"),
        ({5, 6}, "Saturday and Sunday"),
        ({1}, "Tuesday"),
    ],
)
def test_days_are_said_as_people_say_them(days: set[int], words: str) -> None:
    assert day_words(days) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "midnight"), (5, "12:05 am"), (540, "9:00 am"), (720, "12:00 pm"), (1_020, "5:00 pm"), (1_440, "midnight")],
)
def test_times_are_said_as_people_say_them(minutes: int, words: str) -> None:
    assert time_words(minutes) == words


def test_hours_have_one_sentence() -> None:
    assert hours().words() == "Monday to Friday, 9:00 am to 5:00 pm"
