"""Writes of shows and stations: make, change, put away, bring back. Neither is deleted: episodes and logs name them."""

import uuid
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import markup
from campaigns.db import action, db
from campaigns.errors import Conflict, NotFound
from campaigns.pictures import SafeImage
from campaigns.radio.models import Artwork, Show, Station
from campaigns.staff import audit

CHANGED = "Somebody changed this while you were typing. Please look at the page again."
# Words that stand in addresses beside the shows.
TAKEN = frozenset({"stations", "now", "aired", "schedule"})
Row = TypeVar("Row", Show, Station)


@action
def create_show(values: dict[str, Any], user_id: int, now: datetime) -> int:
    """Make a show; returns its id."""
    session = db.session()
    slug = markup.slug_of(values["title"], {*session.scalars(select(Show.slug)), *TAKEN}, "show")
    show = Show(slug=slug, podcast_guid=str(uuid.uuid4()), created_at=now, **values)
    session.add(show)
    session.flush()
    _audit(session, "show.created", show, user_id, now)
    return show.id


@action
def change_show(show_id: int, version: int, values: dict[str, Any], user_id: int, now: datetime) -> None:
    """Change a show; its address stays. Raises Conflict when somebody else changed it meanwhile."""
    _change(Show, show_id, version, values, user_id, now)


@action
def set_artwork(show_id: int, picture: SafeImage, alt: str, user_id: int, now: datetime) -> None:
    """Give a show its picture, with the words for who cannot see it."""
    session = db.session()
    show = _locked(session, Show, show_id)
    session.merge(
        Artwork(
            show_id=show_id,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            data=picture.data,
        )
    )
    show.artwork_digest, show.artwork_alt = picture.digest, alt
    _audit(session, "show.artwork_set", show, user_id, now)


@action
def remove_artwork(show_id: int, user_id: int, now: datetime) -> None:
    """Take the picture of a show away."""
    session = db.session()
    show = _locked(session, Show, show_id)
    artwork = session.get(Artwork, show_id)
    if artwork is not None:
        session.delete(artwork)
    show.artwork_digest = show.artwork_alt = ""
    _audit(session, "show.artwork_removed", show, user_id, now)


@action
def create_station(values: dict[str, Any], user_id: int, now: datetime) -> int:
    """Make a station; returns its id."""
    session = db.session()
    slug = markup.slug_of(values["call_sign"] or values["name"], set(session.scalars(select(Station.slug))), "station")
    station = Station(slug=slug, created_at=now, **values)
    session.add(station)
    session.flush()
    _audit(session, "station.created", station, user_id, now)
    return station.id


@action
def change_station(station_id: int, version: int, values: dict[str, Any], user_id: int, now: datetime) -> None:
    """Change a station; its address and its time zone stay: slots are counted in it. Raises Conflict."""
    _change(Station, station_id, version, values, user_id, now)


@action
def archive(kind: type[Row], row_id: int, user_id: int, now: datetime) -> None:
    """Put a show or a station away: nothing of it is shown or announced any more."""
    row = _locked(db.session(), kind, row_id)
    if row.archived_at is None:
        row.archived_at = now
        _audit(db.session(), f"{_name(row)}.archived", row, user_id, now)


@action
def restore(kind: type[Row], row_id: int, user_id: int, now: datetime) -> None:
    """Take a show or a station out of the archive."""
    row = _locked(db.session(), kind, row_id)
    if row.archived_at is not None:
        row.archived_at = None
        _audit(db.session(), f"{_name(row)}.restored", row, user_id, now)


def _change(kind: type[Row], row_id: int, version: int, values: dict[str, Any], user_id: int, now: datetime) -> None:
    row = _locked(db.session(), kind, row_id)
    if row.version != version:
        raise Conflict(CHANGED)
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    _audit(db.session(), f"{_name(row)}.changed", row, user_id, now)


def _locked(session: Session, kind: type[Row], row_id: int) -> Row:
    row = session.get(kind, row_id, with_for_update=True)
    if row is None:
        raise NotFound()
    return row


def _name(row: Show | Station) -> str:
    return row.__tablename__


def _audit(session: Session, what: str, row: Show | Station, user_id: int, now: datetime) -> None:
    audit.add(session, user_id=user_id, action=what, object_kind=_name(row), object_id=row.id, now=now)
