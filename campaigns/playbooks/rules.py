"""When a line is due, until when it is true, and what a changed broadcast does to it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns import clock
from campaigns.errors import Invalid
from campaigns.planning.models import ItemState
from campaigns.playbooks.models import LineKind

# What each kind is called, and what it says of the time: before it, during it, or afterwards.
KINDS: dict[str, str] = {
    LineKind.STATIONS: "Letter to the station",
    LineKind.PRESS: "Note to the news desk",
    LineKind.ALERT: "Alert by mail to “Radio show alerts”",
    LineKind.SOCIAL: "Post on our channels",
    LineKind.ON_AIR: "Post “on the air now”",
    LineKind.AGAIN: "Post “listen again”",
}
MOST_LINES = 20
LATENESS = timedelta(minutes=60)
SENT = frozenset({ItemState.SENT, ItemState.SENDING, ItemState.PAUSED, ItemState.UNKNOWN})
OVER = frozenset({ItemState.CANCELED, ItemState.MISSED, ItemState.FAILED})


@dataclass(frozen=True)
class Line:
    """One line: `days` and `minutes` from the start of the broadcast, negative before it."""

    kind: str
    days: int = 0
    minutes: int = 0


USUAL: tuple[Line, ...] = (
    Line(LineKind.STATIONS, days=-7),
    Line(LineKind.PRESS, days=-7),
    Line(LineKind.ALERT, days=-1),
    Line(LineKind.SOCIAL, minutes=-120),
    Line(LineKind.ON_AIR),
    Line(LineKind.AGAIN, days=1),
)


def read_lines(stored: Iterable[dict[str, Any]]) -> list[Line]:
    """Lines as they are stored or posted; raises Invalid with a sentence."""
    lines = [Line(str(row["kind"]), int(row["days"]), int(row["minutes"])) for row in stored]
    if len(lines) > MOST_LINES:
        raise Invalid(f"A playbook has room for {MOST_LINES} lines.")
    for line in lines:
        if line.kind not in KINDS:
            raise Invalid("There is no such line.")
        if abs(line.days) > 60 or abs(line.minutes) >= 1440:
            raise Invalid("Choose a distance of at most 60 days, and less than a day in minutes.")
        is_after = timedelta(days=line.days, minutes=line.minutes) > timedelta(0)
        if line.kind == LineKind.AGAIN and not is_after:
            raise Invalid("“Listen again” comes after the broadcast.")
        if line.kind == LineKind.ON_AIR and (line.days or line.minutes):
            raise Invalid("“On the air now” goes out at the start.")
        if line.kind not in (LineKind.AGAIN, LineKind.ON_AIR) and is_after:
            raise Invalid("What announces a broadcast goes out before it.")
    return sorted(set(lines), key=lambda line: (line.days, line.minutes, line.kind))


def due_wall(start: datetime, line: Line) -> datetime:
    """When a line is due: so many days and minutes from the start, on the station's wall clock. `start` is naive."""
    return start + timedelta(days=line.days, minutes=line.minutes)


def stale_at(kind: str, starts_at: datetime, ends_at: datetime) -> datetime | None:
    """From when on it would be untrue: what announces ends with the start, "on the air now" with the end."""
    if kind == LineKind.AGAIN:
        return None
    return ends_at if kind == LineKind.ON_AIR else starts_at


def lateness(kind: str, due_at: datetime, starts_at: datetime, ends_at: datetime) -> timedelta:
    """How late a post may still leave: an hour at most, and never once it would be untrue."""
    end = stale_at(kind, starts_at, ends_at)
    return LATENESS if end is None else min(LATENESS, max(end - due_at, timedelta(0)))


def distance_words(days: int, minutes: int) -> str:
    """ "7 days before", "2 hours before", "at the start", "1 day after"."""
    total = timedelta(days=days, minutes=minutes)
    if not total:
        return "at the start"
    size = abs(total)
    parts = [(size.days, "day"), (size.seconds // 3600, "hour"), (size.seconds % 3600 // 60, "minute")]
    said = " ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count)
    return f"{said} {'before' if total < timedelta(0) else 'after'}"


@dataclass(frozen=True)
class Effect:
    """What a change does to one announcement: "rescheduled", "withdrawn", "corrected" or "kept"."""

    announcement_id: int
    kind: str
    title: str
    what: str
    wall: datetime | None = None
    zone: str = ""

    @property
    def sentence(self) -> str:
        """In words."""
        if self.what == "rescheduled" and self.wall is not None:
            return f"moves to {self.wall:%A, %B} {self.wall.day}, {_clock(self.wall)}; it needs approval again"
        return {
            "withdrawn": "is taken back; it was not sent",
            "late": "is taken back: its new time has passed",
            "corrected": "was sent: a correction is drafted for approval",
            "kept": "stays as it is",
        }[self.what]


def effect_of(
    state: str, line: Line, new_start: datetime | None, zone: str, now: datetime
) -> tuple[str, datetime | None]:
    """What becomes of an announcement: the word, and its new wall time. `new_start` None: it does not take place."""
    if state in SENT:
        # That it can be heard again stays true wherever it was first.
        is_true = line.kind == LineKind.AGAIN
        return ("kept", None) if is_true else ("corrected", None)
    if state in OVER:
        return "kept", None
    if new_start is None:
        return "withdrawn", None
    wall = due_wall(new_start, line)
    return ("rescheduled", wall) if clock.instant_of(wall, zone) > now else ("late", None)


def _clock(wall: datetime) -> str:
    return f"{wall:%I:%M} {wall:%p}".lstrip("0").lower()
