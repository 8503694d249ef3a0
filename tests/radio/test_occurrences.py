"""Occurrences agree with an independent program on generated rules, and keep to the studio's clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.radio.occurrences import Difference, Occurrence, Slot, gaps, has_wall, occurrences, overlapping
from campaigns.radio.rhythm import DAYS

LA, NY = "America/Los_Angeles", "America/New_York"
WEEKLY = "FREQ=WEEKLY;BYDAY=SU"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(slot: Slot, start: str, end: str, changes: dict[datetime, Difference] | None = None) -> list[str]:
    found = occurrences(slot, utc(start), utc(end), changes)
    return [f"{one.starts_at:%Y-%m-%d %H:%M}" for one in found if not one.is_off]


@pytest.mark.parametrize(
    ("first", "zone", "rule", "start", "end", "expected"),
    [
        # The clocks go forward on March 14, 2027 and back on November 7, 2027: 18:30 stays 18:30.
        (datetime(2027, 3, 7, 18, 30), LA, WEEKLY, "2027-03-07", "2027-03-23",
         ["2027-03-08 02:30", "2027-03-15 01:30", "2027-03-22 01:30"]),
        (datetime(2027, 10, 31, 18, 30), NY, WEEKLY, "2027-10-31", "2027-11-09",
         ["2027-10-31 22:30", "2027-11-07 23:30"]),
        # 2:30 am does not exist on March 14: as long after midnight as ever, which the clock shows as 3:30.
        (datetime(2027, 3, 7, 2, 30), LA, WEEKLY, "2027-03-07", "2027-03-22",
         ["2027-03-07 10:30", "2027-03-14 10:30", "2027-03-21 09:30"]),
        # 1:30 am exists twice on November 7: the first one.
        (datetime(2027, 10, 31, 1, 30), LA, WEEKLY, "2027-10-31", "2027-11-15",
         ["2027-10-31 08:30", "2027-11-07 08:30", "2027-11-14 09:30"]),
        # The last Friday, a leap day, the 31st only in months that have it, and a single time.
        (datetime(2026, 11, 27, 12, 0), LA, "FREQ=MONTHLY;BYDAY=-1FR", "2026-11-01", "2027-02-28",
         ["2026-11-27 20:00", "2026-12-25 20:00", "2027-01-29 20:00", "2027-02-26 20:00"]),
        (datetime(2028, 1, 29, 12, 0), LA, "FREQ=MONTHLY;BYMONTHDAY=29", "2028-02-01", "2028-03-30",
         ["2028-02-29 20:00", "2028-03-29 19:00"]),
        (datetime(2027, 1, 31, 12, 0), LA, "FREQ=MONTHLY;BYMONTHDAY=31", "2027-01-01", "2027-06-30",
         ["2027-01-31 20:00", "2027-03-31 19:00", "2027-05-31 19:00"]),
        (datetime(2027, 1, 31, 12, 0), LA, "", "2020-01-01", "2040-01-01", ["2027-01-31 20:00"]),
    ],
)  # fmt: skip
def test_wall_times_become_instants(
    first: datetime, zone: str, rule: str, start: str, end: str, expected: list[str]
) -> None:
    assert starts(Slot(1, first, zone, 30, rule), start, end) == expected


def test_a_show_over_midnight_is_on_the_air_on_both_days() -> None:
    slot = Slot(1, datetime(2026, 12, 6, 23, 30), LA, 90, WEEKLY)
    midnight = utc("2026-12-07 08:00")
    (on_air,) = occurrences(slot, midnight, midnight + timedelta(minutes=1))
    assert on_air.wall == datetime(2026, 12, 6, 23, 30)
    assert occurrences(slot, on_air.ends_at, on_air.ends_at + timedelta(minutes=1)) == []


def test_the_last_day_is_one_of_the_days() -> None:
    slot = Slot(1, datetime(2026, 12, 6, 23, 30), LA, 30, WEEKLY, date(2026, 12, 20))
    assert len(starts(slot, "2026-12-01", "2027-02-01")) == 3


def test_changes_move_cancel_and_add() -> None:
    slot = Slot(1, datetime(2026, 12, 6, 18, 30), LA, 30, WEEKLY)
    moved, off, special = datetime(2026, 12, 13, 18, 30), datetime(2026, 12, 20, 18, 30), datetime(2026, 12, 25, 9, 0)
    changes = {
        # Two months ahead: asked about February, the slot of December must show up.
        moved: Difference("moved", datetime(2027, 2, 10, 20, 0), 60),
        off: Difference("canceled", reason="Holiday"),
        special: Difference("special", minutes=15),
    }
    december = occurrences(slot, utc("2026-12-01"), utc("2027-01-01"), changes)
    assert [(one.wall.day, one.kind, one.is_off) for one in december] == [
        (6, "", False),
        (20, "canceled", True),
        (25, "special", False),
        (27, "", False),
    ]
    assert december[1].reason == "Holiday"
    (february,) = (one for one in occurrences(slot, utc("2027-02-10"), utc("2027-02-12"), changes) if one.kind)
    assert (february.wall, february.ends_at - february.starts_at) == (moved, timedelta(hours=1))


def test_a_slot_knows_its_wall_times() -> None:
    slot = Slot(1, datetime(2026, 12, 6, 18, 30), LA, 30, WEEKLY)
    assert has_wall(slot, datetime(2027, 12, 5, 18, 30))
    assert not has_wall(slot, datetime(2027, 12, 5, 18, 31))
    assert not has_wall(slot, datetime(2026, 11, 29, 18, 30))


def test_overlaps_and_gaps_leave_out_what_does_not_happen() -> None:
    def one(number: int, start: int, end: int, kind: str = "") -> Occurrence:
        day = utc("2026-12-06")
        return Occurrence(number, day, day + timedelta(hours=start), day + timedelta(hours=end), kind)

    shown = [one(1, 0, 4), one(2, 1, 2), one(3, 1, 3, "canceled"), one(4, 3, 5), one(5, 9, 10)]
    assert [(a.airing_id, b.airing_id) for a, b in overlapping(shown)] == [(1, 2), (1, 4)]
    assert [(a.hour, b.hour) for a, b in gaps(shown, timedelta(hours=3))] == [(5, 9)]


def rule_of(first: datetime, kind: str, every: int, days: list[int]) -> str:
    if kind == "weekly":
        wanted = sorted({first.weekday(), *days})
        return f"FREQ=WEEKLY;INTERVAL={every};BYDAY={','.join(DAYS[day] for day in wanted)}"
    if kind == "weekday":
        return f"FREQ=MONTHLY;BYDAY={(first.day - 1) // 7 + 1}{DAYS[first.weekday()]}"
    return f"FREQ=MONTHLY;BYMONTHDAY={first.day}"


FIRST = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0))


@settings(max_examples=60, deadline=None)
@given(
    first=st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)).map(
        lambda at: at.replace(second=0, microsecond=0)
    ),
    zone=st.sampled_from([LA, NY, "Europe/Lisbon", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "UTC"]),
    kind=st.sampled_from(["weekly", "weekday", "date"]),
    every=st.sampled_from([2, 3, 4]),
    days=st.lists(st.integers(0, 6), max_size=3),
    minutes=st.integers(1, 1440),
)
def test_it_agrees_with_an_independent_program(
    first: datetime, zone: str, kind: str, every: int, days: list[int], minutes: int
) -> None:
    slot = Slot(1, first, zone, minutes, rule_of(first, kind, every, days))
    if kind == "weekday" and first.day > 28:
        return  # The fifth one of a month cannot be chosen.
    feed, event = icalendar.Calendar(), icalendar.Event()
    event.add("uid", "a")
    event.add("dtstart", first.replace(tzinfo=ZoneInfo(zone)))
    event.add("duration", timedelta(minutes=minutes))
    event.add("rrule", icalendar.vRecur.from_ical(slot.rule))
    feed.add_component(event)
    start = first.replace(tzinfo=UTC) - timedelta(days=3)
    end = start + timedelta(days=420)
    theirs = sorted(one.start.astimezone(UTC) for one in recurring_ical_events.of(feed).between(start, end))
    ours = [one.starts_at for one in occurrences(slot, start, end)]
    assert ours == [at for at in theirs if at < end and at + timedelta(minutes=minutes) > start]
