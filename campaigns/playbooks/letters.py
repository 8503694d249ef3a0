"""The adder of letters to stations: their rows and their place on the calendar, in the caller's transaction."""

import hashlib
import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.planning import items
from campaigns.planning.models import ItemState, PlanItem
from campaigns.playbooks.models import Letter
from campaigns.playbooks.queries import KIND


def add(
    session: Session,
    *,
    to_address: str,
    to_name: str,
    subject: str,
    text: str,
    wall: datetime,
    zone: str,
    stale_at: datetime | None,
    user_id: int | None,
    now: datetime,
) -> Letter:
    """Draft a letter for a wall time in a zone; returns it with its id. Past `stale_at` it does not leave."""
    letter = Letter(
        to_address=to_address,
        to_name=to_name,
        subject=subject,
        text=text,
        state=ItemState.DRAFT,
        wall=wall,
        zone=zone,
        due_at=clock.instant_of(wall, zone),
        stale_at=stale_at,
        author_id=user_id,
        changed_at=now,
    )
    session.add(letter)
    session.flush()
    plan(session, letter, now)
    return letter


def change(
    session: Session,
    letter: Letter,
    *,
    subject: str | None = None,
    text: str | None = None,
    wall: datetime | None = None,
    stale_at: datetime | None = None,
    user_id: int | None = None,
    now: datetime,
) -> None:
    """Change what is given. It becomes a draft again, and an approval is void."""
    letter.subject = letter.subject if subject is None else subject
    letter.text = letter.text if text is None else text
    if wall is not None:
        letter.wall, letter.due_at = wall, clock.instant_of(wall, letter.zone)
        letter.stale_at = stale_at
    if user_id is not None:
        letter.author_id = user_id
    letter.state, letter.note = ItemState.DRAFT, ""
    letter.version += 1
    letter.changed_at = now
    plan(session, letter, now)


def withdraw(session: Session, letter: Letter, now: datetime) -> None:
    """Take a letter back that has not left."""
    letter.state, letter.withdrawn_at = ItemState.CANCELED, now
    plan(session, letter, now)
    items.withdraw(session, KIND, letter.id, now)


def plan(session: Session, letter: Letter, now: datetime) -> PlanItem:
    """Write its row of the calendar; other words or another time void what was approved."""
    return items.put(
        session,
        kind=KIND,
        ref=letter.id,
        title=f"{letter.subject} (to {letter.to_name})",
        state=letter.state,
        wall=letter.wall,
        zone=letter.zone,
        due_at=letter.sent_at or letter.due_at,
        owner_id=letter.author_id,
        content_hash=content_hash(letter),
        note=letter.note,
        now=now,
    )


def end_practice(session: Session, note: str, now: datetime) -> None:
    """Make drafts of the letters that practice approved and that have not left."""
    decided = (ItemState.IN_REVIEW, ItemState.SCHEDULED, ItemState.HELD)
    for letter in session.scalars(select(Letter).where(Letter.state.in_(decided)).order_by(Letter.id)):
        letter.state, letter.note = ItemState.DRAFT, note
        plan(session, letter, now)


def content_hash(letter: Letter) -> str:
    """What an approval of a letter covers: to whom, the words, and the time."""
    said = json.dumps([letter.to_address, letter.subject, letter.text, letter.wall.isoformat(), letter.zone])
    return hashlib.sha256(said.encode()).hexdigest()
