"""iCalendar feeds of airings (RFC 5545, RFC 7986) that behave when something changes.

One event with a rule for each airing, and one with RECURRENCE-ID for each occurrence that differs; canceled ones stay
with STATUS:CANCELLED, so that whoever has the old time is told. Pure: takes values and `now`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import icalendar
from icalendar import Event, vDuration, vRecur

from campaigns import clock
from campaigns.radio.models import ChangeKind
from campaigns.radio.occurrences import Slot

PRODUCT = "-//H.E.A.T. Watch Outreach//Radio//EN"
# Time zone rules are written out up to here, and anew each time the feed is asked for.
HORIZON = timedelta(days=3 * 366)
REFRESH = timedelta(hours=6)


@dataclass(frozen=True)
class Override:
    """How one occurrence differs, with its own SEQUENCE and the instant of the change."""

    kind: str
    new_wall: datetime | None
    minutes: int | None
    reason: str
    sequence: int
    changed_at: datetime


@dataclass(frozen=True)
class Line:
    """One airing as the feed says it. `texts` names what single occurrences carry, by wall time."""

    slot: Slot
    uid: str
    sequence: int
    changed_at: datetime
    title: str
    text: str
    place: str
    url: str
    stream_url: str
    ended_at: datetime | None
    overrides: Mapping[datetime, Override]
    texts: Mapping[datetime, str]


def calendar(name: str, description: str, source_url: str, lines: Iterable[Line], now: datetime) -> bytes:
    """The whole feed as bytes, text/calendar; charset=utf-8. The same for the same lines in the same month."""
    feed = icalendar.Calendar()
    feed.add("prodid", PRODUCT)
    feed.add("version", "2.0")
    feed.add("calscale", "GREGORIAN")
    feed.add("method", "PUBLISH")
    feed.add("name", name)
    feed.add("x-wr-calname", name)
    if description:
        feed.add("description", description)
        feed.add("x-wr-caldesc", description)
    feed.add("url", source_url, parameters={"VALUE": "URI"})
    feed.add("source", source_url, parameters={"VALUE": "URI"})
    feed.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    feed.add("x-published-ttl", vDuration(REFRESH))
    lines = list(lines)
    # The horizon moves once a month and not with every call, so that the feed's ETag holds.
    for zone in sorted({line.slot.zone for line in lines}):
        feed.add_component(_zone(zone, (now + HORIZON).date().replace(day=1)))
    for line in lines:
        for event in _events(line):
            feed.add_component(event)
    return feed.to_ical()


@lru_cache(maxsize=64)
def _zone(name: str, last_on: date) -> icalendar.Timezone:
    return icalendar.Timezone.from_tzid(name, last_date=last_on)


def _events(line: Line) -> Iterable[Event]:
    main = _event(line, line.slot.first_wall, line.slot.minutes, line.sequence, line.changed_at)
    if line.slot.rule:
        main.add("rrule", _rule(line))
    if line.ended_at is not None and not line.slot.rule:
        main.add("status", "CANCELLED")
    changed = {wall: one for wall, one in line.overrides.items() if one.kind != ChangeKind.SPECIAL}
    specials = {wall: one for wall, one in line.overrides.items() if one.kind == ChangeKind.SPECIAL}
    yield main
    for wall, text in sorted(line.texts.items()):
        if wall not in line.overrides and line.slot.rule:
            event = _event(line, wall, line.slot.minutes, line.sequence, line.changed_at, text)
            event.add("recurrence-id", wall.replace(tzinfo=clock.zone(line.slot.zone)))
            yield event
    for wall, one in sorted(changed.items()):
        yield _changed(line, wall, one)
    for wall, one in sorted(specials.items()):
        # Not in the rule, so that it is an event of its own.
        event = _event(line, one.new_wall or wall, one.minutes or line.slot.minutes, one.sequence, one.changed_at)
        event["uid"] = f"{wall:%Y%m%dT%H%M}-{line.uid}"
        yield event


def _changed(line: Line, wall: datetime, one: Override) -> Event:
    minutes = one.minutes or line.slot.minutes
    sequence = line.sequence + one.sequence
    event = _event(line, one.new_wall or wall, minutes, sequence, one.changed_at, line.texts.get(wall, ""))
    if line.slot.rule:
        event.add("recurrence-id", wall.replace(tzinfo=clock.zone(line.slot.zone)))
    if one.kind in (ChangeKind.CANCELED, ChangeKind.PREEMPTED):
        event.add("status", "CANCELLED")
    if one.reason:
        event.add("comment", one.reason)
    return event


def _event(line: Line, wall: datetime, minutes: int, sequence: int, changed_at: datetime, text: str = "") -> Event:
    event = Event()
    event.add("uid", line.uid)
    event.add("sequence", sequence)
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("dtstart", wall.replace(tzinfo=clock.zone(line.slot.zone)))
    event.add("duration", timedelta(minutes=minutes))
    event.add("summary", f"{line.title}: {text}" if text else line.title)
    if line.text:
        event.add("description", line.text)
    if line.place:
        event.add("location", line.place)
    if line.url:
        event.add("url", line.url, parameters={"VALUE": "URI"})
    if line.stream_url:
        event.add("conference", line.stream_url, parameters={"VALUE": "URI", "FEATURE": "AUDIO", "LABEL": "Listen"})
    event.add("transp", "TRANSPARENT")
    return event


def _rule(line: Line) -> vRecur:
    rule = vRecur.from_ical(line.slot.rule)
    if line.slot.until_on is not None:
        # RFC 5545, 3.3.10: with a zoned DTSTART the end is said in UTC.
        last = datetime.combine(line.slot.until_on, time(23, 59, 59))
        rule["UNTIL"] = [clock.instant_of(last, line.slot.zone)]
    return rule
