"""Writes of episodes: make, change, guests and their consent, which broadcasts carry them, publish, bin."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns import markup, search
from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.planning import items
from campaigns.radio import changing, planned, queries
from campaigns.radio.actions.shows import CHANGED
from campaigns.radio.models import Broadcast, Episode, Guest
from campaigns.staff import audit


@dataclass(frozen=True)
class GuestEntry:
    """A guest as somebody entered them."""

    public_name: str
    role: str
    has_consent: bool
    consent_on: date | None


@action
def create(show_id: int, values: dict[str, Any], guests: Sequence[GuestEntry], user_id: int, now: datetime) -> int:
    """Begin an episode with the next number of its show, or the one given; returns its id. Raises Invalid."""
    session = db.session()
    show = queries.get_show(show_id)
    number = values.pop("number", None) or queries.next_number(show_id)
    _refuse_taken(session, show_id, number, None)
    taken = set(session.scalars(select(Episode.slug)))
    episode = Episode(
        show_id=show_id,
        number=number,
        slug=markup.slug_of(f"{show.slug}-{number}-{values['title']}", taken, "episode"),
        guid=str(uuid.uuid4()),
        author_id=user_id,
        created_at=now,
        changed_at=now,
        **values,
    )
    session.add(episode)
    session.flush()
    _write_guests(session, episode, guests, user_id)
    _index(session, episode)
    _audit("episode.created", episode, user_id, now)
    return episode.id


@action
def change(
    episode_id: int, version: int, values: dict[str, Any], guests: Sequence[GuestEntry], user_id: int, now: datetime
) -> None:
    """Change an episode and its guests; its address stays. Raises Conflict when somebody else changed it meanwhile."""
    session = db.session()
    episode = _locked(session, episode_id)
    if episode.version != version:
        raise Conflict(CHANGED)
    number = values.pop("number", None) or episode.number
    _refuse_taken(session, episode.show_id, number, episode_id)
    episode.number = number
    for name, value in values.items():
        setattr(episode, name, value)
    episode.version += 1
    episode.changed_at = now
    _write_guests(session, episode, guests, user_id)
    _index(session, episode)
    for broadcast in session.scalars(select(Broadcast).where(Broadcast.episode_id == episode_id)):
        _plan(session, broadcast, episode, now)
    for script in queries.scripts_of(episode_id).values():
        planned.put_script(session, script, episode, now)
    _audit("episode.changed", episode, user_id, now)


@action
def carry(episode_id: int, airing_id: int, wall: datetime, user_id: int, now: datetime) -> int:
    """Have a broadcast carry this episode; returns the broadcast's id. Raises what `changing.carry` raises."""
    session = db.session()
    episode = _locked(session, episode_id)
    broadcast = changing.carry(session, episode, airing_id, wall, now)
    _audit("episode.carried", episode, user_id, now)
    return broadcast.id


@action
def drop(broadcast_id: int, user_id: int, now: datetime) -> int:
    """Take an episode off a broadcast that lies ahead; returns the episode's id."""
    session = db.session()
    broadcast = session.get(Broadcast, broadcast_id, with_for_update=True)
    if broadcast is None:
        raise NotFound()
    if broadcast.starts_at <= now:
        raise Conflict("That broadcast is over, so it stays on record.")
    episode = session.get_one(Episode, broadcast.episode_id)
    items.withdraw(session, queries.KIND, broadcast_id, now)
    session.delete(broadcast)
    _audit("episode.dropped", episode, user_id, now)
    return episode.id


@action
def publish(episode_id: int, user_id: int, now: datetime) -> None:
    """Put an episode into the public archive and the podcast. Raises Invalid while something is missing."""
    episode = _locked(db.session(), episode_id)
    missing = missing_for_archive(episode)
    if missing:
        raise Invalid(f"{missing[0]} Then publish it.")
    if episode.published_at is None:
        episode.published_at = now
        _audit("episode.published", episode, user_id, now)


@action
def withdraw(episode_id: int, user_id: int, now: datetime) -> None:
    """Take an episode out of the public archive and the podcast."""
    episode = _locked(db.session(), episode_id)
    if episode.published_at is not None:
        episode.published_at = None
        _audit("episode.withdrawn", episode, user_id, now)


@action
def bin(episode_id: int, user_id: int, now: datetime) -> None:
    """Move an episode to the bin; it leaves the archive and the calendar."""
    session = db.session()
    episode = _locked(session, episode_id)
    episode.binned_at, episode.published_at = now, None
    for broadcast in session.scalars(select(Broadcast).where(Broadcast.episode_id == episode_id)):
        items.withdraw(session, queries.KIND, broadcast.id, now)
    for script in queries.scripts_of(episode_id).values():
        items.withdraw(session, queries.SCRIPT_KIND, script.id, now)
    search.remove(session, "episode", episode_id)
    _audit("episode.binned", episode, user_id, now)


@action
def restore(episode_id: int, user_id: int, now: datetime) -> None:
    """Take an episode out of the bin, with its broadcasts and scripts."""
    session = db.session()
    episode = _locked(session, episode_id)
    episode.binned_at = None
    for broadcast in session.scalars(select(Broadcast).where(Broadcast.episode_id == episode_id)):
        _plan(session, broadcast, episode, now)
    for script in queries.scripts_of(episode_id).values():
        planned.put_script(session, script, episode, now)
    _index(session, episode)
    _audit("episode.restored", episode, user_id, now)


def missing_for_archive(episode: Episode) -> list[str]:
    """What an episode still needs before anybody can hear it in the archive, as sentences."""
    missing = []
    if not episode.summary:
        missing.append("Write a summary.")
    if not episode.audio_url:
        missing.append("Add the address of the recording.")
    elif not episode.audio_bytes:
        missing.append("Say how large the recording is: podcast programs need it.")
    if not (episode.transcript_html or episode.transcript_vtt):
        missing.append("Add a transcript: who cannot hear it must be able to read it.")
    return missing


def _plan(session: Session, broadcast: Broadcast, episode: Episode, now: datetime) -> None:
    airing = queries.get_airing(broadcast.airing_id)
    station = queries.get_station(airing.station_id)
    found = queries.find_change(airing.id, broadcast.wall)
    one = queries.occurrence_of(queries.slot_of(airing, station), broadcast.wall, found)
    planned.put_broadcast(session, broadcast, episode, queries.get_show(episode.show_id), station, one, now)


def _write_guests(session: Session, episode: Episode, guests: Sequence[GuestEntry], user_id: int) -> None:
    before = {guest.public_name: guest for guest in queries.guests_of([episode.id]).get(episode.id, [])}
    session.execute(delete(Guest).where(Guest.episode_id == episode.id))
    for entry in guests:
        known = before.get(entry.public_name)
        # Who recorded a consent stays on record as long as it stands.
        by_id = known.consent_by_id if known and known.has_consent else user_id
        session.add(
            Guest(
                episode_id=episode.id,
                public_name=entry.public_name,
                role=entry.role,
                has_consent=entry.has_consent,
                consent_on=entry.consent_on if entry.has_consent else None,
                consent_by_id=by_id if entry.has_consent else None,
            )
        )
    session.flush()


def _refuse_taken(session: Session, show_id: int, number: int, own_id: int | None) -> None:
    other = session.scalar(select(Episode.id).where(Episode.show_id == show_id, Episode.number == number))
    if other is not None and other != own_id:
        raise Invalid({"number": f"Another episode of this show has the number {number}, maybe in the bin."})


def _index(session: Session, episode: Episode) -> None:
    search.put(session, "episode", episode.id, episode.title, episode.summary, " ".join(episode.issues))


def _locked(session: Session, episode_id: int) -> Episode:
    episode = session.get(Episode, episode_id, with_for_update=True)
    if episode is None:
        raise NotFound("We could not find that episode. It may have been removed.")
    return episode


def _audit(what: str, episode: Episode, user_id: int, now: datetime) -> None:
    audit.add(db.session(), user_id=user_id, action=what, object_kind="episode", object_id=episode.id, now=now)
