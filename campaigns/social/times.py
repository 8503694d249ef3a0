"""When things come: the next occurrence of what repeats, and the next free slot of a channel. Wall times; pure."""

import calendar
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta

from campaigns import clock
from campaigns.social.documents import Repeat
from campaigns.social.models import Slot

LOOK_AHEAD = timedelta(days=400)
WEEKS_AHEAD = 26


def next_wall(first: datetime, repeat: Repeat, zone: str, after: datetime) -> datetime | None:
    """The wall time of the first occurrence after an instant, counted from the wall time of an earlier one.

    A month that lacks the day is left out. None when the rule has ended.
    """
    for wall in _walls(first, repeat):
        if repeat.until is not None and wall.date() > repeat.until:
            return None
        if clock.instant_of(wall, zone) > after:
            return wall
    return None


def _walls(first: datetime, repeat: Repeat) -> Iterator[datetime]:
    """The wall times after the first, in order, as far ahead as a person plans beyond a long silence."""
    if repeat.every == "month":
        for step in range(1, 12 * 60):
            month = first.month - 1 + step * repeat.interval
            year, month = first.year + month // 12, month % 12 + 1
            if first.day <= calendar.monthrange(year, month)[1]:
                yield first.replace(year=year, month=month)
        return
    days = set(repeat.days or [first.weekday()])
    monday = first.date() - timedelta(days=first.weekday())
    for step in range(1, 366 * 60):
        day = first.date() + timedelta(days=step)
        if repeat.every == "day":
            is_on = step % repeat.interval == 0
        else:
            is_on = day.weekday() in days and (day - monday).days // 7 % repeat.interval == 0
        if is_on:
            yield datetime.combine(day, first.time())


def slot_times(slots: Iterable[Slot], zone: str, after: datetime) -> Iterator[datetime]:
    """The instants of a channel's slots after an instant, in order, for half a year."""
    slots = sorted(slots, key=lambda slot: (slot.weekday, slot.at))
    today = clock.wall_time_of(after, zone).date()
    monday = today - timedelta(days=today.weekday())
    for week in range(WEEKS_AHEAD):
        for slot in slots:
            day = monday + timedelta(days=7 * week + slot.weekday)
            instant = clock.instant_of(datetime.combine(day, slot.at), zone)
            if instant > after:
                yield instant


def next_free(times: Iterable[datetime], taken: Collection[datetime], spacing: timedelta) -> datetime | None:
    """The first of the times that is at least `spacing` away from everything planned; None when all are full."""
    apart = max(spacing, timedelta(minutes=1))
    return next((at for at in times if all(abs(at - other) >= apart for other in taken)), None)


def month_start(at: datetime, zone: str) -> datetime:
    """When the calendar month of an instant began in a zone."""
    local = clock.wall_time_of(at, zone)
    return clock.day_start(date(local.year, local.month, 1), zone)
