"""Repeats in wall time against an independent oracle, over both changes of the clocks; slots; free slots."""

from datetime import date, datetime, time, timedelta

import pytest
from dateutil import rrule

from campaigns import clock
from campaigns.social import times
from campaigns.social.documents import Repeat
from campaigns.social.models import Slot

ZONE = "America/Los_Angeles"
FIRST = datetime(2026, 10, 1, 9, 30)
FREQUENCIES = {"day": rrule.DAILY, "week": rrule.WEEKLY, "month": rrule.MONTHLY}


def walls(first: datetime, repeat: Repeat, count: int) -> list[datetime]:
    """The next occurrences, each found from the one before it, as the scheduler does."""
    found, wall = [], first
    for _ in range(count):
        following = times.next_wall(wall, repeat, ZONE, clock.instant_of(wall, ZONE))
        if following is None:
            break
        found.append(wall := following)
    return found


@pytest.mark.parametrize(
    ("repeat", "options"),
    [
        (Repeat(every="day"), {}),
        (Repeat(every="day", interval=3), {}),
        (Repeat(every="week"), {}),
        (Repeat(every="week", days=[0, 3]), {"byweekday": (0, 3)}),
        (Repeat(every="month"), {}),
        (Repeat(every="month", interval=2), {}),
    ],
)
def test_repeats_come_as_dateutil_says(repeat: Repeat, options: dict[str, object]) -> None:
    oracle = rrule.rrule(FREQUENCIES[repeat.every], dtstart=FIRST, interval=repeat.interval, **options)
    wanted = [at for at in oracle[:200] if at > FIRST][:150] if repeat.every != "month" else list(oracle[1:40])
    assert walls(FIRST, repeat, len(wanted)) == wanted


def test_a_wall_time_stays_over_both_changes_of_the_clocks() -> None:
    daily = Repeat(every="day")
    autumn = [clock.instant_of(wall, ZONE).hour for wall in walls(datetime(2026, 10, 30, 9, 0), daily, 4)]
    spring = [clock.instant_of(wall, ZONE).hour for wall in walls(datetime(2027, 3, 12, 9, 0), daily, 4)]
    assert (autumn, spring) == ([16, 17, 17, 17], [17, 16, 16, 16])


def test_a_day_that_a_month_lacks_is_left_out_and_an_end_is_an_end() -> None:
    monthly = Repeat(every="month", until=date(2026, 6, 1))
    assert [wall.month for wall in walls(datetime(2026, 1, 31, 9, 0), monthly, 9)] == [3, 5]


def test_after_a_long_silence_what_passed_is_skipped() -> None:
    after = clock.instant_of(datetime(2026, 12, 1, 12, 0), ZONE)
    assert times.next_wall(FIRST, Repeat(every="week"), ZONE, after) == datetime(2026, 12, 3, 9, 30)


def test_slots_come_in_order_and_the_first_free_one_is_found() -> None:
    slots = [Slot(weekday=3, at=time(8)), Slot(weekday=0, at=time(9)), Slot(weekday=0, at=time(7))]
    now = clock.instant_of(datetime(2026, 10, 26, 8, 0), ZONE)
    found = times.slot_times(slots, ZONE, now)
    first = [next(found) for _ in range(4)]
    shown = [clock.wall_time_of(at, ZONE).strftime("%a %H") for at in first]
    # The clocks go back on Sunday, November 1; the slots stay where people look for them.
    assert shown == ["Mon 09", "Thu 08", "Mon 07", "Mon 09"]
    assert times.next_free(first, [first[0] + timedelta(minutes=20)], timedelta(hours=1)) == first[1]
    assert times.next_free(first, first, timedelta(0)) is None


def test_a_month_begins_in_the_zone() -> None:
    at = clock.instant_of(datetime(2026, 10, 31, 23, 30), ZONE)
    assert clock.wall_time_of(times.month_start(at, ZONE), ZONE) == datetime(2026, 10, 1)
