"""When a digest is due: at its wall time in its zone, also where the clocks change, and once for each time."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import clock
from campaigns.digests.rhythm import Every, Rhythm, is_late

ZONE = "America/Los_Angeles"
MONDAYS = Rhythm(Every.WEEK, time(8), ZONE, weekdays=(0,))


def test_mondays_at_eight_stay_at_eight_when_the_clocks_change() -> None:
    at = datetime(2026, 10, 20, tzinfo=UTC)
    found = []
    for _ in range(4):
        at = MONDAYS.next_after(at)
        found.append(at)
    assert [clock.wall_time_of(one, ZONE).isoformat() for one in found] == [
        "2026-10-26T08:00:00",
        "2026-11-02T08:00:00",
        "2026-11-09T08:00:00",
        "2026-11-16T08:00:00",
    ]
    assert found[1] - found[0] == timedelta(days=7, hours=1)


def test_a_time_that_is_skipped_or_comes_twice_is_due_once() -> None:
    skipped = Rhythm(Every.DAY, time(2, 30), ZONE)
    before = datetime(2026, 3, 7, 12, tzinfo=UTC)
    found = [skipped.next_after(before)]
    found.append(skipped.next_after(found[0]))
    assert [clock.wall_time_of(one, ZONE).isoformat() for one in found] == [
        "2026-03-08T03:30:00",
        "2026-03-09T02:30:00",
    ]
    twice = Rhythm(Every.DAY, time(1, 30), ZONE)
    first = twice.next_after(datetime(2026, 11, 1, tzinfo=UTC))
    assert first == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    assert twice.next_after(first) == datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "wanted", "words"),
    [
        (Rhythm(Every.DAY, time(17, 5), ZONE), "2026-12-02T17:05", "Every day at 5:05 pm"),
        (Rhythm(Every.WEEK, time(8), ZONE, weekdays=(3, 0)), "2026-12-03T08:00", "Mondays and Thursdays at 8:00 am"),
        (Rhythm(Every.MONTH, time(8), ZONE, month_day=1), "2027-01-01T08:00", "The 1st of each month at 8:00 am"),
        (Rhythm(Every.MONTH, time(8), ZONE, month_day=0), "2026-12-31T08:00", "The last day of each month at 8:00 am"),
        (Rhythm(Every.MONTH, time(0), ZONE, month_day=12), "2026-12-12T00:00", "The 12th of each month at 12:00 am"),
    ],
)
def test_each_rhythm_has_its_next_time_and_its_words(rhythm: Rhythm, wanted: str, words: str) -> None:
    noon = clock.instant_of(datetime(2026, 12, 2, 12), ZONE)
    assert rhythm.next_after(noon) == clock.instant_of(datetime.fromisoformat(wanted), ZONE)
    assert rhythm.words == words


def test_after_a_long_silence_only_the_latest_time_counts() -> None:
    first = MONDAYS.next_after(datetime(2026, 12, 1, tzinfo=UTC))
    latest, missed = MONDAYS.latest_until(first, first + timedelta(days=30))
    assert (latest - first, missed) == (timedelta(days=28), 4)
    assert MONDAYS.latest_until(first, first) == (first, 0)
    assert is_late(first, latest)
    assert not is_late(first, first + timedelta(hours=2))


@given(
    st.sampled_from([ZONE, "Europe/Berlin", "Pacific/Auckland", "Asia/Kathmandu", "UTC"]),
    st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None)),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    st.sampled_from([Every.DAY, Every.WEEK, Every.MONTH]),
)
def test_times_only_grow_and_stand_on_their_days(zone: str, at: time, start: datetime, every: Every) -> None:
    rhythm = Rhythm(every, at, zone, weekdays=(2, 6), month_day=0)
    first = rhythm.next_after(start)
    second = rhythm.next_after(first)
    assert start < first < second
    assert rhythm.is_on(clock.wall_time_of(first, zone).date())
    assert second - first <= timedelta(days=32)
