"""Writes of the airing log: ask stations what they broadcast, take their answer, end what is over."""

from datetime import datetime, timedelta

from sqlalchemy import select

from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery import outbox
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.markup import one_line
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.radio import links, planned, queries
from campaigns.radio.models import Broadcast
from campaigns.staff import audit
from campaigns.staff.queries import get_organization

ASK_FOR = timedelta(days=14)


@action
def ask(broadcast_id: int, site_url: str, user_id: int | None, now: datetime) -> None:
    """Ask the station to confirm that it broadcast this. Raises Invalid without an address, Conflict too early."""
    session = db.session()
    found = queries.get_aired(broadcast_id)
    row = session.get_one(Broadcast, broadcast_id, with_for_update=True)
    if row.starts_at + timedelta(minutes=row.minutes) > now:
        raise Conflict("It is not over yet, so the station cannot confirm it.")
    address = found.station.traffic_email or found.station.press_email
    if not address:
        raise Invalid(f"{found.station.name} has no address for traffic. Add one on the station's page.")
    when = clock.wall_time_of(row.starts_at, found.station.zone)
    organization = get_organization()
    outbox.add(
        session,
        kind="aired",
        to_address=address,
        to_name=found.station.name,
        from_name=organization.name,
        subject=f"Did it air? {found.show.title}, {when:%B} {when.day}",
        text=(
            f"Hello,\n\nwe have this in our log:\n\n{found.show.title}: {found.episode.title}\n"
            f"{found.station.name}, {when:%A, %B} {when.day}, {when.year} at {when:%I:%M %p}, {row.minutes} minutes\n\n"
            f"Please confirm with one button whether it was on the air:\n{links.aired_url(site_url, broadcast_id)}\n\n"
            f"Thank you.\n{organization.name}\n{organization.email}\n"
        ),
        now=now,
    )
    row.asked_at = now
    audit.add(session, user_id=user_id, action="broadcast.asked", object_kind="broadcast", object_id=row.id, now=now)


@action
def answer(
    broadcast_id: int, *, has_aired: bool, name: str, note: str, user_id: int | None = None, now: datetime
) -> None:
    """Take down whether it was on the air, and who says so. Raises Conflict before it is over, NotFound."""
    session = db.session()
    row = session.get(Broadcast, broadcast_id, with_for_update=True)
    if row is None:
        raise NotFound()
    if row.starts_at + timedelta(minutes=row.minutes) > now:
        raise Conflict("It is not over yet, so it cannot be confirmed.")
    row.has_aired, row.answered_at = has_aired, now
    row.answered_by, row.note = one_line(name)[:100], one_line(note)[:300]
    audit.add(
        session,
        user_id=user_id,
        action="broadcast.confirmed" if has_aired else "broadcast.denied",
        object_kind="broadcast",
        object_id=row.id,
        now=now,
    )


@action
def end_broadcasts(now: datetime) -> int:
    """Mark what is over as over on the calendar; returns how many."""
    session = db.session()
    ended = 0
    recent = select(Broadcast).where(Broadcast.starts_at < now, Broadcast.starts_at > now - ASK_FOR)
    for row in session.scalars(recent.order_by(Broadcast.id)):
        item = planning.find_item(queries.KIND, row.id)
        is_over = row.starts_at + timedelta(minutes=row.minutes) <= now
        if item is not None and is_over and item.state == ItemState.SCHEDULED and item.withdrawn_at is None:
            found = queries.get_aired(row.id)
            change = queries.find_change(row.airing_id, row.wall)
            one = queries.occurrence_of(queries.slot_of(found.airing, found.station), row.wall, change)
            planned.put_broadcast(session, row, found.episode, found.show, found.station, one, now)
            ended += 1
    return ended
