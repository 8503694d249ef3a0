"""When a slot comes round: a wall time, a zone and an RFC 5545 rule become occurrences. Pure, and quick.

People mean what the clock on the studio's wall shows, so the rule runs on naive wall time and each result becomes an
instant on its own. A time that the clocks skip is moved behind the gap, one that exists twice means the first.
"""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaigns import clock
from campaigns.radio import rhythm
from campaigns.radio.models import ChangeKind


@dataclass(frozen=True)
class Slot:
    """An airing as far as its times go."""

    id: int
    first_wall: datetime
    zone: str
    minutes: int
    rule: str = ""
    until_on: date | None = None


@dataclass(frozen=True)
class Difference:
    """What one occurrence has instead of its rule."""

    kind: str
    new_wall: datetime | None = None
    minutes: int | None = None
    reason: str = ""


class Occurrence(NamedTuple):
    """One time on the air: `wall` is when the rule has it and identifies it, `starts_at` and `ends_at` are instants.

    `kind` is empty, or a `ChangeKind`; one that was canceled or pre-empted is an occurrence that does not happen.
    """

    airing_id: int
    wall: datetime
    starts_at: datetime
    ends_at: datetime
    kind: str = ""
    reason: str = ""

    @property
    def is_off(self) -> bool:
        """Whether it does not happen."""
        return self.kind in (ChangeKind.CANCELED, ChangeKind.PREEMPTED)


def occurrences(
    slot: Slot, start: datetime, end: datetime, changes: Mapping[datetime, Difference] | None = None
) -> list[Occurrence]:
    """The occurrences of a slot that are on the air at some time from `start` (instant) up to but without `end`.

    Those that were canceled are among them, so that whoever has seen them can be told.
    """
    changes = changes or {}
    zone = clock.zone(slot.zone)
    # A moved one may come from, or go to, far outside the window: those are looked at by themselves.
    margin = timedelta(minutes=slot.minutes) + timedelta(days=2)
    first, last = _naive(start - margin), _naive(end + timedelta(days=2))
    walls: Iterable[datetime] = walls_between(slot, first, last)
    if changes:
        walls = {wall for wall in walls if wall not in changes} | set(changes)
    all_of_them = (_at(slot, zone, wall, changes.get(wall)) for wall in walls)
    found = [one for one in all_of_them if one.starts_at < end and one.ends_at > start]
    found.sort(key=lambda one: (one.starts_at, one.wall))
    return found


def at_wall(slot: Slot, wall: datetime, change: Difference | None = None) -> Occurrence:
    """The occurrence that the rule has at a wall time, with what differs; whether it has one is not asked."""
    return _at(slot, clock.zone(slot.zone), wall, change)


def walls_between(slot: Slot, first: datetime, last: datetime) -> list[datetime]:
    """The wall times of the rule from `first` to `last` (naive, inclusive), without regard to changes."""
    if slot.until_on is not None:
        last = min(last, datetime.combine(slot.until_on, time.max))
    if not slot.rule:
        return [slot.first_wall] if first <= slot.first_wall <= last else []
    ahead = _walls(slot.rule, slot.first_wall, last)
    return ahead[bisect_left(ahead, first) : bisect_right(ahead, last)]


def has_wall(slot: Slot, wall: datetime) -> bool:
    """Whether the rule has an occurrence at exactly that wall time."""
    return walls_between(slot, wall, wall) == [wall]


def overlapping(shown: list[Occurrence]) -> Iterator[tuple[Occurrence, Occurrence]]:
    """Pairs that are on the air at the same time, of a list in order of time; those that are off do not count."""
    going: list[Occurrence] = []
    for one in shown:
        if one.is_off:
            continue
        going = [other for other in going if other.ends_at > one.starts_at]
        for other in going:
            yield other, one
        going.append(one)


def gaps(shown: list[Occurrence], longest: timedelta) -> list[tuple[datetime, datetime]]:
    """Stretches longer than `longest` between the end of one and the start of the next that happens."""
    on = [one for one in shown if not one.is_off]
    return [(one.ends_at, two.starts_at) for one, two in pairwise(on) if two.starts_at - one.ends_at > longest]


class _Known:
    """The wall times of a rule as far as somebody asked so far; threads of the web process share it."""

    def __init__(self, rule: str, first_wall: datetime) -> None:
        self._lock = threading.Lock()
        self._rest = rhythm.walls(rule, first_wall)
        self._walls: list[datetime] = []
        self._next = next(self._rest)

    def up_to(self, last: datetime) -> list[datetime]:
        """All up to and including `last`, and perhaps more."""
        with self._lock:
            while self._next <= last:
                self._walls.append(self._next)
                self._next = next(self._rest)
            return self._walls


def _walls(rule: str, first_wall: datetime, last: datetime) -> list[datetime]:
    return _known(rule, first_wall).up_to(last)


@lru_cache(maxsize=512)
def _known(rule: str, first_wall: datetime) -> _Known:
    return _Known(rule, first_wall)


def _at(slot: Slot, zone: ZoneInfo, wall: datetime, change: Difference | None) -> Occurrence:
    if change is None:
        starts_at = _instant(wall, zone)
        return Occurrence(slot.id, wall, starts_at, starts_at + timedelta(minutes=slot.minutes))
    starts_at = _instant(change.new_wall or wall, zone)
    ends_at = starts_at + timedelta(minutes=change.minutes or slot.minutes)
    kind = "" if change.kind == ChangeKind.USUAL else change.kind
    return Occurrence(slot.id, wall, starts_at, ends_at, kind, change.reason)


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    local = wall.replace(tzinfo=zone)
    offset = local.utcoffset()
    # Like `astimezone(UTC)` and three times as quick: a schedule page asks for thousands.
    return (wall - offset).replace(tzinfo=UTC) if offset is not None else local.astimezone(UTC)
