"""The rhythms that people can choose, as RFC 5545 rules and in words. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.errors import Invalid

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
EVERY = {1: "Every week", 2: "Every second week", 3: "Every third week", 4: "Every fourth week"}
_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_WEEKLY = re.compile(rf"FREQ=WEEKLY(?:;INTERVAL=([2-4]))?;BYDAY=({_DAY}(?:,{_DAY})*)")
_MONTHLY_DAY = re.compile(rf"FREQ=MONTHLY;BYDAY=([1-4]|-1){_DAY}")
_MONTHLY_DATE = re.compile(r"FREQ=MONTHLY;BYMONTHDAY=([1-9]|[12]\d|3[01])")


@dataclass(frozen=True)
class Rhythm:
    """What somebody chose: "once", "weekly" (with `days` 0-6 and `every` so many weeks), "weekday" (the `nth` one of a
    month, -1 the last) or "date" (the same date each month). The rest follows from the first time.
    """

    kind: str
    days: tuple[int, ...] = ()
    every: int = 1
    nth: int = 1


def rule_of(rhythm: Rhythm, first_wall: datetime) -> str:
    """The RRULE of a choice; empty for a single time. Raises Invalid when the first time is not one of its days."""
    if rhythm.kind == "weekly":
        days = sorted(set(rhythm.days)) or [first_wall.weekday()]
        if first_wall.weekday() not in days:
            names = " or ".join(NAMES[day] for day in days)
            raise Invalid({"first_on": f"The first day is a {NAMES[first_wall.weekday()]}; choose a {names}."})
        interval = f";INTERVAL={rhythm.every}" if rhythm.every > 1 else ""
        return f"FREQ=WEEKLY{interval};BYDAY={','.join(DAYS[day] for day in days)}"
    if rhythm.kind == "weekday":
        _check_nth(rhythm.nth, first_wall)
        return f"FREQ=MONTHLY;BYDAY={rhythm.nth}{DAYS[first_wall.weekday()]}"
    return f"FREQ=MONTHLY;BYMONTHDAY={first_wall.day}" if rhythm.kind == "date" else ""


def rhythm_of(rule: str) -> Rhythm:
    """The choice that a rule stands for; raises ValueError for a rule that nobody can choose here."""
    if not rule:
        return Rhythm("once")
    if found := _WEEKLY.fullmatch(rule):
        days = tuple(DAYS.index(day) for day in found[2].split(","))
        return Rhythm("weekly", days, int(found[1] or 1))
    if found := _MONTHLY_DAY.fullmatch(rule):
        return Rhythm("weekday", nth=int(found[1]))
    if _MONTHLY_DATE.fullmatch(rule):
        return Rhythm("date")
    raise ValueError(f"not a rhythm of ours: {rule}")


def walls(rule: str, first_wall: datetime) -> Iterator[datetime]:
    """The wall times of a rule from the first one on, without an end. Raises ValueError for no rule of ours."""
    rhythm = rhythm_of(rule)
    if rhythm.kind == "weekly":
        return _weekly(rhythm, first_wall)
    return _monthly(rhythm, first_wall)


def _weekly(rhythm: Rhythm, first_wall: datetime) -> Iterator[datetime]:
    monday = first_wall - timedelta(days=first_wall.weekday())
    steps = [timedelta(days=day) for day in sorted(rhythm.days)]
    step = timedelta(weeks=rhythm.every)
    # Days of the first week that lie before the first time are none of the rule's.
    yield from (monday + day for day in steps if monday + day >= first_wall)
    while True:
        monday += step
        for day in steps:
            yield monday + day


def _monthly(rhythm: Rhythm, first_wall: datetime) -> Iterator[datetime]:
    month = first_wall.replace(day=1)
    while True:
        length = _month_length(month)
        if rhythm.kind == "date":
            day = first_wall.day
        elif rhythm.nth == -1:
            day = length - (month.weekday() + length - 1 - first_wall.weekday()) % 7
        else:
            day = 1 + (first_wall.weekday() - month.weekday()) % 7 + 7 * (rhythm.nth - 1)
        # Some months have no 31st, and RFC 5545 leaves those out.
        if day <= length and (wall := month.replace(day=day)) >= first_wall:
            yield wall
        month += timedelta(days=length)


def words_of(rule: str, first_wall: datetime) -> str:
    """ "Every Thursday", "Every second week on Monday and Friday", "On the last Friday of each month"."""
    rhythm = rhythm_of(rule)
    if rhythm.kind == "once":
        return f"Once, on {first_wall:%B} {first_wall.day}, {first_wall.year}"
    if rhythm.kind == "weekly":
        names = _listed([NAMES[day] for day in rhythm.days])
        return f"Every {names}" if rhythm.every == 1 else f"{EVERY[rhythm.every]} on {names}"
    if rhythm.kind == "weekday":
        return f"On the {ORDINALS[rhythm.nth]} {NAMES[first_wall.weekday()]} of each month"
    suffix = " (only in months that have it)" if first_wall.day > 28 else ""
    return f"On day {first_wall.day} of each month{suffix}"


def clock_words(wall: datetime) -> str:
    """ "6:30 pm"."""
    return f"{wall:%I:%M} {wall:%p}".lstrip("0").lower()


def _check_nth(nth: int, first_wall: datetime) -> None:
    right = _is_last(first_wall) if nth == -1 else (first_wall.day - 1) // 7 + 1 == nth
    if not right:
        word = ORDINALS.get(nth, "")
        raise Invalid({"first_on": f"The first day is not the {word} {NAMES[first_wall.weekday()]} of its month."})


def _is_last(day: datetime) -> bool:
    return day.day + 7 > _month_length(day)


def _month_length(day: datetime) -> int:
    following = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1, day=1)
    return (following - day.replace(day=1)).days


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
