"""When a digest is due: each day, on weekdays or once a month at a wall time in a zone; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from campaigns import clock

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Past this a draft is late, and says so.
LATE_AFTER = timedelta(hours=2)
_LONGEST = 64


class Every(StrEnum):
    """How often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Rhythm:
    """`weekdays` count from Monday 0 and are for Every.WEEK; `month_day` is 1 to 28, or 0 for the last day."""

    every: Every
    at: time
    zone: str
    weekdays: Sequence[int] = (0,)
    month_day: int = 1

    def is_on(self, day: date) -> bool:
        """Whether it is due on that day."""
        if self.every is Every.DAY:
            return True
        if self.every is Every.WEEK:
            return day.weekday() in self.weekdays
        return (day + timedelta(days=1)).day == 1 if self.month_day == 0 else day.day == self.month_day

    def next_after(self, instant: datetime) -> datetime:
        """The first due instant after this one.

        A time that the clocks skip in spring is due right after the gap, one that comes twice in autumn at its first.
        """
        day = instant.astimezone(clock.zone(self.zone)).date()
        for _ in range(_LONGEST):
            due = clock.instant_of(datetime.combine(day, self.at), self.zone)
            if self.is_on(day) and due > instant:
                return due
            day += timedelta(days=1)
        raise ValueError("this rhythm has no day")

    def latest_until(self, first: datetime, now: datetime) -> tuple[datetime, int]:
        """Of the due instants from `first`, which is one, until `now`: the last one, and how many came before it."""
        latest, missed = first, 0
        while (following := self.next_after(latest)) <= now:
            latest, missed = following, missed + 1
        return latest, missed

    @property
    def words(self) -> str:
        """ "Mondays and Thursdays at 8:00 am", "The 1st of each month at 8:00 am"."""
        hour = f"{self.at:%I:%M} {self.at:%p}".lstrip("0").lower()
        if self.every is Every.DAY:
            return f"Every day at {hour}"
        if self.every is Every.WEEK:
            *front, last = [f"{DAY_NAMES[day]}s" for day in sorted(self.weekdays)]
            return f"{', '.join(front)}{' and ' if front else ''}{last} at {hour}"
        which = "last day" if self.month_day == 0 else _ordinal(self.month_day)
        return f"The {which} of each month at {hour}"


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number not in (11, 12, 13) else "th"
    return f"{number}{ending}"


def is_late(slot: datetime, now: datetime) -> bool:
    """Whether a draft made now for that time is late."""
    return now - slot > LATE_AFTER
