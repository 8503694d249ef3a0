"""Reads of shows, stations, airings and episodes, and the schedule that follows from them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, select

from campaigns import search
from campaigns.db import db
from campaigns.errors import NotFound
from campaigns.radio import occurrences as times
from campaigns.radio.models import (
    Airing,
    Artwork,
    Broadcast,
    Change,
    ChangeKind,
    Episode,
    Guest,
    Script,
    Show,
    Station,
)
from campaigns.radio.occurrences import Difference, Occurrence, Slot
from campaigns.web.paging import Page, page_of

T = TypeVar("T")
KIND, SCRIPT_KIND = "broadcast", "script"


def shows(with_archived: bool = False) -> list[Show]:
    """Shows by title."""
    found = select(Show).order_by(Show.title, Show.id)
    return list(db.session.scalars(found if with_archived else found.where(Show.archived_at.is_(None))))


def public_shows() -> list[Show]:
    """The shows that anybody may see."""
    return [show for show in shows() if show.is_public]


def get_show(show_id: int) -> Show:
    """A show; raises NotFound."""
    return _found(db.session.get(Show, show_id), "show")


def find_public_show(slug: str) -> Show | None:
    """A show by its address, if anybody may see it."""
    return db.session.scalar(select(Show).where(Show.slug == slug, Show.is_public, Show.archived_at.is_(None)))


def find_artwork(show_id: int) -> Artwork | None:
    """The picture of a show, or None."""
    return db.session.get(Artwork, show_id)


def stations(with_archived: bool = False) -> list[Station]:
    """Stations by name."""
    found = select(Station).order_by(Station.name, Station.id)
    return list(db.session.scalars(found if with_archived else found.where(Station.archived_at.is_(None))))


def get_station(station_id: int) -> Station:
    """A station; raises NotFound."""
    return _found(db.session.get(Station, station_id), "station")


def find_station(slug: str) -> Station | None:
    """A station in use, by its address."""
    return db.session.scalar(select(Station).where(Station.slug == slug, Station.archived_at.is_(None)))


def airings(show_id: int | None = None, station_id: int | None = None, with_ended: bool = False) -> list[Airing]:
    """Airings of shows and stations in use, the oldest first."""
    found = select(Airing).join(Show, Show.id == Airing.show_id).join(Station, Station.id == Airing.station_id)
    found = found.where(Show.archived_at.is_(None), Station.archived_at.is_(None)).order_by(Airing.id)
    if show_id is not None:
        found = found.where(Airing.show_id == show_id)
    if station_id is not None:
        found = found.where(Airing.station_id == station_id)
    return list(db.session.scalars(found if with_ended else found.where(Airing.ended_at.is_(None))))


def get_airing(airing_id: int) -> Airing:
    """An airing; raises NotFound."""
    return _found(db.session.get(Airing, airing_id), "airing")


def changes_of(airing_ids: Collection[int]) -> dict[int, dict[datetime, Change]]:
    """What differs from the rule, by airing and wall time."""
    found: dict[int, dict[datetime, Change]] = {}
    if airing_ids:
        for change in db.session.scalars(select(Change).where(Change.airing_id.in_(airing_ids))):
            found.setdefault(change.airing_id, {})[change.wall] = change
    return found


def find_change(airing_id: int, wall: datetime) -> Change | None:
    """How one occurrence differs, or None."""
    return db.session.scalar(select(Change).where(Change.airing_id == airing_id, Change.wall == wall))


def slot_of(airing: Airing, station: Station) -> Slot:
    """An airing as far as its times go."""
    return Slot(airing.id, airing.first_wall, station.zone, airing.minutes, airing.rule, airing.until_on)


def differences(changes: Mapping[datetime, Change]) -> dict[datetime, Difference]:
    """Changes as the calculation of occurrences takes them."""
    return {
        wall: Difference(change.kind, change.new_wall, change.minutes, change.reason)
        for wall, change in changes.items()
    }


@dataclass(frozen=True)
class OnAir:
    """One time on the air with all that a page says about it."""

    occurrence: Occurrence
    airing: Airing
    show: Show
    station: Station
    episode: Episode | None


def schedule(
    start: datetime, end: datetime, show_id: int | None = None, station_id: int | None = None, only_public: bool = False
) -> list[OnAir]:
    """Everything that is on the air at some time between two instants, in order of time, canceled ones included."""
    slots = airings(show_id, station_id)
    known_shows = {show.id: show for show in shows() if show.is_public or not only_public}
    known_stations = {station.id: station for station in stations()}
    changes = changes_of([airing.id for airing in slots])
    carried = broadcasts_of([airing.id for airing in slots], start, end)
    found = []
    for airing in slots:
        show, station = known_shows.get(airing.show_id), known_stations.get(airing.station_id)
        if show is None or station is None:
            continue
        for one in times.occurrences(slot_of(airing, station), start, end, differences(changes.get(airing.id, {}))):
            found.append(OnAir(one, airing, show, station, carried.get((airing.id, one.wall))))
    return sorted(found, key=lambda each: (each.occurrence.starts_at, each.station.name))


def broadcasts_of(airing_ids: Collection[int], start: datetime, end: datetime) -> dict[tuple[int, datetime], Episode]:
    """The episodes that occurrences around a time carry."""
    if not airing_ids:
        return {}
    day = timedelta(days=1)
    wanted = select(Broadcast, Episode).join(Episode, Episode.id == Broadcast.episode_id)
    wanted = wanted.where(
        Broadcast.airing_id.in_(airing_ids),
        Broadcast.starts_at > start - 2 * day,
        Broadcast.starts_at < end + 2 * day,
        Episode.binned_at.is_(None),
    )
    return {(row.airing_id, row.wall): episode for row, episode in db.session.execute(wanted)}


def get_occurrence(airing_id: int, wall: datetime) -> OnAir:
    """One occurrence by its airing and wall time, as it stands now; raises NotFound when the rule has none there."""
    airing = get_airing(airing_id)
    show, station = get_show(airing.show_id), get_station(airing.station_id)
    slot = slot_of(airing, station)
    change = find_change(airing_id, wall)
    if change is None and not times.has_wall(slot, wall):
        raise NotFound("The show is not on the air at that time. The schedule may have changed.")
    one = occurrence_of(slot, wall, change)
    broadcast = find_broadcast(airing_id, wall)
    return OnAir(one, airing, show, station, db.session.get(Episode, broadcast.episode_id) if broadcast else None)


def occurrence_of(slot: Slot, wall: datetime, change: Change | None) -> Occurrence:
    """One occurrence with its instants."""
    changes = differences({wall: change}) if change else {}
    return times.at_wall(slot, wall, changes.get(wall))


def find_broadcast(airing_id: int, wall: datetime) -> Broadcast | None:
    """What an occurrence carries, or None."""
    return db.session.scalar(select(Broadcast).where(Broadcast.airing_id == airing_id, Broadcast.wall == wall))


def get_broadcast(broadcast_id: int) -> Broadcast:
    """A broadcast; raises NotFound."""
    return _found(db.session.get(Broadcast, broadcast_id), "broadcast")


@dataclass(frozen=True)
class Aired:
    """One broadcast with all that the log and the reports say about it."""

    broadcast: Broadcast
    episode: Episode
    show: Show
    station: Station
    airing: Airing


def aired(start: datetime, end: datetime, episode_id: int | None = None, station_id: int | None = None) -> list[Aired]:
    """The broadcasts that start between two instants, in order of time."""
    wanted = (
        select(Broadcast, Episode, Show, Station, Airing)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .join(Show, Show.id == Episode.show_id)
        .join(Airing, Airing.id == Broadcast.airing_id)
        .join(Station, Station.id == Airing.station_id)
        .where(Broadcast.starts_at >= start, Broadcast.starts_at < end, Episode.binned_at.is_(None))
        .order_by(Broadcast.starts_at, Broadcast.id)
    )
    if episode_id is not None:
        wanted = wanted.where(Broadcast.episode_id == episode_id)
    if station_id is not None:
        wanted = wanted.where(Airing.station_id == station_id)
    return [Aired(*row) for row in db.session.execute(wanted)]


def broadcasts_of_episode(episode_id: int) -> list[Aired]:
    """The broadcasts that carry an episode, in order of time."""
    return aired(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), episode_id)


def stations_of(show_id: int) -> list[Station]:
    """The stations that carry a show."""
    carrying = {airing.station_id for airing in airings(show_id)}
    return [station for station in stations() if station.id in carrying]


def get_aired(broadcast_id: int) -> Aired:
    """One broadcast with its episode, show, station and airing; raises NotFound."""
    row = get_broadcast(broadcast_id)
    airing, episode = get_airing(row.airing_id), get_episode(row.episode_id)
    return Aired(row, episode, get_show(episode.show_id), get_station(airing.station_id), airing)


def episodes(show_id: int | None = None, question: str = "", page: int = 1, per_page: int = 30) -> Page[Episode]:
    """Episodes that are not in the bin, the newest first; `question` searches titles, summaries and issues."""
    found = select(Episode).join(Show, Show.id == Episode.show_id)
    found = found.where(Episode.binned_at.is_(None), Show.archived_at.is_(None))
    if show_id is not None:
        found = found.where(Episode.show_id == show_id)
    for part in search.matching("episode", question) if question else []:
        found = found.where(Episode.id.in_(part))
    return page_of(found.order_by(Episode.id.desc()), page, per_page)


def get_episode(episode_id: int) -> Episode:
    """An episode; raises NotFound."""
    return _found(db.session.get(Episode, episode_id), "episode")


def find_public_episode(show: Show, slug: str) -> Episode | None:
    """A published episode of a show by its address."""
    return db.session.scalar(
        select(Episode).where(
            Episode.show_id == show.id,
            Episode.slug == slug,
            Episode.published_at.is_not(None),
            Episode.binned_at.is_(None),
        )
    )


def published(show_id: int, now: datetime, page: int = 1, per_page: int = 20) -> Page[Episode]:
    """The published episodes of a show, the latest first."""
    found = select(Episode).where(Episode.show_id == show_id, Episode.published_at <= now, Episode.binned_at.is_(None))
    return page_of(found.order_by(Episode.published_at.desc(), Episode.id.desc()), page, per_page)


def next_number(show_id: int) -> int:
    """The number that the next episode of a show gets."""
    return (db.session.scalar(select(func.max(Episode.number)).where(Episode.show_id == show_id)) or 0) + 1


def guests_of(episode_ids: Iterable[int]) -> dict[int, list[Guest]]:
    """The guests of episodes, in the order in which they were entered."""
    found: dict[int, list[Guest]] = {}
    rows = select(Guest).where(Guest.episode_id.in_(list(episode_ids))).order_by(Guest.id)
    for guest in db.session.scalars(rows):
        found.setdefault(guest.episode_id, []).append(guest)
    return found


def named_guests(episode_ids: Iterable[int]) -> dict[int, list[Guest]]:
    """The guests who agreed to be named."""
    return {
        episode_id: [guest for guest in guests if guest.has_consent]
        for episode_id, guests in guests_of(episode_ids).items()
    }


def scripts_of(episode_id: int) -> dict[str, Script]:
    """The scripts of an episode by kind."""
    return {row.kind: row for row in db.session.scalars(select(Script).where(Script.episode_id == episode_id))}


def get_script(script_id: int) -> Script:
    """A script; raises NotFound."""
    return _found(db.session.get(Script, script_id), "script")


def _found(row: T | None, what: str) -> T:
    if row is None:
        raise NotFound(f"We could not find that {what}. It may have been removed.")
    return row


def is_off(one: Aired) -> bool:
    """Whether a broadcast did not take place because somebody canceled it."""
    change = find_change(one.airing.id, one.broadcast.wall)
    return change is not None and change.kind in (ChangeKind.CANCELED, ChangeKind.PREEMPTED)
