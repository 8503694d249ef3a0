"""Sending hours: the hours of the day and the days of the week in which newsletters leave. Pure.

They are wall times in the organization's zone, so that 9:00 is 9:00 on both sides of a change of the clocks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from campaigns import clock

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MIDNIGHT = 24 * 60


@dataclass(frozen=True)
class Hours:
    """From `opens` to `closes` (minutes of the day, 1,440 is midnight), on `days` (0 is Monday), in a zone."""

    opens: int
    closes: int
    days: frozenset[int]
    zone: str

    def is_open(self, now: datetime) -> bool:
        """Whether newsletters may leave at this moment."""
        opens, closes = self._span(self._day(now))
        return opens <= now < closes

    def opens_at(self, now: datetime) -> datetime:
        """When they may leave next: this moment when they may."""
        day = self._day(now)
        for distance in range(15):
            opens, closes = self._span(day + timedelta(days=distance))
            if now < closes and opens < closes:
                return max(now, opens)
        return now  # Days are never empty, so that two weeks always hold an open hour.

    def closes_at(self, now: datetime) -> datetime:
        """When the present hours end."""
        return self._span(self._day(now))[1]

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time from `start` to `end` lies within the hours."""
        total, day = timedelta(), self._day(start)
        while day <= self._day(end):
            opens, closes = self._span(day)
            total += max(min(end, closes) - max(start, opens), timedelta())
            day += timedelta(days=1)
        return total

    def words(self) -> str:
        """ "Monday to Friday, 9:00 am to 5:00 pm"."""
        return f"{day_words(self.days)}, {time_words(self.opens)} to {time_words(self.closes)}"

    def _day(self, now: datetime) -> date:
        return clock.wall_time_of(now, self.zone).date()

    def _span(self, day: date) -> tuple[datetime, datetime]:
        """The instants between which they may leave on a day; the same twice when they may not."""
        start = datetime.combine(day, time())
        if day.weekday() not in self.days:
            closed = clock.instant_of(start, self.zone)
            return closed, closed
        opens = clock.instant_of(start + timedelta(minutes=self.opens), self.zone)
        closes = clock.instant_of(start + timedelta(minutes=self.closes), self.zone)
        return opens, max(opens, closes)


def time_words(minutes: int) -> str:
    """ "9:00 am"; the end of the day is "midnight"."""
    if minutes % MIDNIGHT == 0:
        return "midnight"
    hour, minute = divmod(minutes, 60)
    return f"{(hour + 11) % 12 + 1}:{minute:02d} {'am' if hour < 12 else 'pm'}"


def day_words(days: Collection[int]) -> str:
    """ "Monday to Friday", "every day", "Monday, Wednesday and Friday"."""
    chosen = sorted(days)
    if len(chosen) == 7:
        return "every day"
    names = [DAY_NAMES[day] for day in chosen]
    if len(chosen) > 2 and chosen[-1] - chosen[0] == len(chosen) - 1:
        return f"{names[0]} to {names[-1]}"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
