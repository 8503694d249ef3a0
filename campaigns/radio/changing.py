"""The adder of changes: an occurrence is moved, canceled, pre-empted, added, or put back, with its calendar row."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.errors import Conflict, Invalid
from campaigns.radio import occurrences, planned, queries
from campaigns.radio.models import Airing, Broadcast, Change, ChangeKind, Episode, Show, Station
from campaigns.radio.occurrences import Occurrence

OVER = "It was on the air already, so it can no longer be changed."


def put(
    session: Session,
    airing_id: int,
    wall: datetime,
    *,
    kind: ChangeKind,
    new_wall: datetime | None = None,
    minutes: int | None = None,
    reason: str = "",
    now: datetime,
) -> Change:
    """Say how one occurrence differs from its rule; the station's own broadcast moves along. Returns the change.

    Raises Invalid for a time that cannot be, Conflict for an occurrence that is over, NotFound for none.
    """
    airing, station = _locked(session, airing_id)
    before = _standing(airing, station, wall, kind)
    if before is not None and before.ends_at <= now:
        raise Conflict(OVER)
    if kind == ChangeKind.MOVED:
        _check_move(station, new_wall, now)
    if kind in (ChangeKind.CANCELED, ChangeKind.PREEMPTED) and not reason:
        raise Invalid({"reason": "Say why, in a few words. Stations and listeners see it."})
    change = queries.find_change(airing_id, wall)
    if change is None:
        change = Change(airing_id=airing_id, wall=wall, sequence=0)
        session.add(change)
    change.kind, change.reason = kind, reason
    change.new_wall = new_wall if kind == ChangeKind.MOVED else None
    change.minutes = minutes
    change.sequence += 1
    change.changed_at = now
    session.flush()
    _follow(session, airing, station, wall, change, now)
    return change


def undo(session: Session, airing_id: int, wall: datetime, now: datetime) -> None:
    """Put an occurrence back to what its rule says; a special one is canceled instead, for it has no rule."""
    airing, station = _locked(session, airing_id)
    change = queries.find_change(airing_id, wall)
    if change is None:
        raise Conflict("It is back already.")
    if queries.occurrence_of(queries.slot_of(airing, station), wall, None).ends_at <= now:
        raise Conflict(OVER)
    if not occurrences.has_wall(queries.slot_of(airing, station), wall):
        raise Conflict("It has no usual time to go back to. Cancel it instead.")
    # Calendars that have seen the change must see a higher number, so that the row stays.
    change.kind, change.new_wall, change.minutes, change.reason = ChangeKind.USUAL, None, None, ""
    change.sequence += 1
    change.changed_at = now
    _follow(session, airing, station, wall, change, now)


def _locked(session: Session, airing_id: int) -> tuple[Airing, Station]:
    airing = session.get(Airing, airing_id, with_for_update=True)
    if airing is None or airing.ended_at is not None:
        raise Conflict("This slot was ended. Please look at the schedule.")
    return airing, queries.get_station(airing.station_id)


def _standing(airing: Airing, station: Station, wall: datetime, kind: ChangeKind) -> Occurrence | None:
    """The occurrence as it is now; None for a special one that is new."""
    slot = queries.slot_of(airing, station)
    change = queries.find_change(airing.id, wall)
    is_known = change is not None or occurrences.has_wall(slot, wall)
    if kind == ChangeKind.SPECIAL:
        if change is None and is_known:
            raise Invalid({"starts": "The show is on the air at that time anyway."})
        return None
    if not is_known:
        raise Conflict("The show is not on the air at that time any more. Please look at the schedule.")
    return queries.occurrence_of(slot, wall, change)


def _check_move(station: Station, new_wall: datetime | None, now: datetime) -> None:
    if new_wall is None:
        raise Invalid({"new_day": "Choose the new day and time."})
    if clock.is_skipped(new_wall, station.zone):
        raise Invalid({"new_time": "The clocks skip that time on that day. Choose another one."})
    if clock.instant_of(new_wall, station.zone) <= now:
        raise Invalid({"new_day": "That time has passed. Choose one that lies ahead."})


def _follow(session: Session, airing: Airing, station: Station, wall: datetime, change: Change, now: datetime) -> None:
    broadcast = queries.find_broadcast(airing.id, wall)
    if broadcast is None:
        return
    episode = session.get_one(Episode, broadcast.episode_id)
    one = queries.occurrence_of(queries.slot_of(airing, station), wall, change)
    planned.put_broadcast(session, broadcast, episode, session.get_one(Show, episode.show_id), station, one, now)


def carry(session: Session, episode: Episode, airing_id: int, wall: datetime, now: datetime) -> Broadcast:
    """Have an occurrence carry an episode, in place of the one before. Raises NotFound, Conflict when it is off."""
    found = queries.get_occurrence(airing_id, wall)
    if found.show.id != episode.show_id:
        raise Conflict("That is a slot of another show.")
    if found.occurrence.is_off:
        raise Conflict("That broadcast does not take place.")
    broadcast = queries.find_broadcast(airing_id, wall)
    if broadcast is None:
        broadcast = Broadcast(airing_id=airing_id, wall=wall)
        session.add(broadcast)
    broadcast.episode_id = episode.id
    broadcast.starts_at, broadcast.minutes = found.occurrence.starts_at, found.airing.minutes
    session.flush()
    planned.put_broadcast(session, broadcast, episode, found.show, found.station, found.occurrence, now)
    return broadcast
