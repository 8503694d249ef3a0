"""Planned items laid out by calendar day, for the calendar, a campaign and the desk; pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from campaigns import clock
from campaigns.planning.models import PlanItem


@dataclass(frozen=True)
class Day:
    """One day in the organization's zone and what is due on it; `is_outside` when it only fills up a month's week."""

    date: date
    is_today: bool = False
    is_past: bool = False
    is_outside: bool = False
    items: list[PlanItem] = field(default_factory=list)


def lay_out(
    days: Iterable[date], items: Sequence[PlanItem], zone: str, today: date, month: date | None = None
) -> list[Day]:
    """Each of the days with its items, which must be in order of time and have one."""
    found = by_day(items, zone)
    return [
        Day(
            date=day,
            is_today=day == today,
            is_past=day < today,
            is_outside=month is not None and (day.year, day.month) != (month.year, month.month),
            items=found.get(day, []),
        )
        for day in days
    ]


def by_day(items: Iterable[PlanItem], zone: str) -> dict[date, list[PlanItem]]:
    """The dated items by the day that people in the zone would name."""
    found: dict[date, list[PlanItem]] = defaultdict(list)
    for item in items:
        if item.due_at is not None:
            found[clock.wall_time_of(item.due_at, zone).date()].append(item)
    return dict(found)
