"""Writes of slots and of single occurrences."""

import uuid
from datetime import date, datetime

from campaigns import clock
from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid
from campaigns.radio import changing, queries
from campaigns.radio.models import Airing, ChangeKind
from campaigns.radio.rhythm import Rhythm, rule_of
from campaigns.staff import audit


@action
def create(
    show_id: int,
    station_id: int,
    *,
    first_wall: datetime,
    rhythm: Rhythm,
    minutes: int,
    until_on: date | None,
    is_repeat: bool,
    is_live: bool,
    user_id: int,
    now: datetime,
) -> int:
    """Give a show a slot on a station; returns its id. `first_wall` is local time there. Raises Invalid."""
    session = db.session()
    station = queries.get_station(station_id)
    queries.get_show(show_id)
    if until_on is not None and until_on < first_wall.date():
        raise Invalid({"until_on": "The last day lies before the first one."})
    if rhythm.kind == "once" and clock.is_skipped(first_wall, station.zone):
        raise Invalid({"starts": "The clocks skip that time on that day. Choose another one."})
    airing = Airing(
        show_id=show_id,
        station_id=station_id,
        uid=f"{uuid.uuid4()}@radio",
        first_wall=first_wall,
        rule=rule_of(rhythm, first_wall),
        minutes=minutes,
        until_on=until_on,
        is_repeat=is_repeat,
        is_live=is_live,
        created_at=now,
        changed_at=now,
    )
    session.add(airing)
    session.flush()
    _audit("airing.created", airing.id, user_id, now)
    return airing.id


@action
def end(airing_id: int, last_on: date, user_id: int, now: datetime) -> None:
    """Let a slot end with that local day; what was on the air stays on record. Raises Invalid before its first day."""
    airing = db.session.get_one(Airing, airing_id, with_for_update=True)
    if airing.ended_at is not None:
        raise Conflict("This slot was ended already.")
    if last_on < airing.first_wall.date():
        airing.ended_at = now
    airing.until_on = last_on
    airing.sequence += 1
    airing.changed_at = now
    _audit("airing.ended", airing_id, user_id, now)


@action
def change_details(
    airing_id: int, *, is_repeat: bool, is_live: bool, minutes: int, user_id: int, now: datetime
) -> None:
    """Change what kind of slot it is and how long. Another day or time is a new slot, so that the record stays true."""
    airing = db.session.get_one(Airing, airing_id, with_for_update=True)
    airing.is_repeat, airing.is_live, airing.minutes = is_repeat, is_live, minutes
    airing.sequence += 1
    airing.changed_at = now
    _audit("airing.changed", airing_id, user_id, now)


@action
def add_special(airing_id: int, wall: datetime, minutes: int, reason: str, user_id: int, now: datetime) -> None:
    """Add a broadcast outside the usual times. Raises what `changing.put` raises."""
    kind = ChangeKind.SPECIAL
    changing.put(db.session(), airing_id, wall, kind=kind, minutes=minutes, reason=reason, now=now)
    _audit("occurrence.special", airing_id, user_id, now)


def _audit(what: str, airing_id: int, user_id: int, now: datetime) -> None:
    audit.add(db.session(), user_id=user_id, action=what, object_kind="airing", object_id=airing_id, now=now)
