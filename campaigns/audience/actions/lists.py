"""Writes of lists: create, change, order, archive. A list is never deleted, since consent events name it."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.audience import rules
from campaigns.audience.models import MailingList
from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.staff import audit


@action
def create(*, name: str, description: str, is_public: bool, user_id: int, now: datetime) -> int:
    """Make a list, at the end of the order; gives its id."""
    session = db.session()
    _refuse_repeated(session, name, None)
    taken = set(session.scalars(select(MailingList.slug)))
    last = session.scalar(select(func.max(MailingList.position))) or 0
    made = MailingList(
        slug=rules.slug_of(name, taken),
        name=name,
        description=description,
        is_public=is_public,
        position=last + 1,
        created_at=now,
    )
    session.add(made)
    session.flush()
    _audit(session, "list.created", made.id, user_id, now)
    return made.id


@action
def change(
    list_id: int, *, version: int, name: str, description: str, is_public: bool, user_id: int, now: datetime
) -> None:
    """Change a list; its address stays. Raises Conflict when somebody else changed it meanwhile."""
    session = db.session()
    found = _get(session, list_id)
    if found.version != version:
        raise Conflict("Somebody changed this list while you were typing. Please look at the page again.")
    _refuse_repeated(session, name, list_id)
    found.name, found.description, found.is_public = name, description, is_public
    found.version += 1
    _audit(session, "list.changed", list_id, user_id, now)


@action
def archive(list_id: int, user_id: int, now: datetime) -> None:
    """Put a list away: nobody can join it and no newsletter can go to it; who was on it stays on record."""
    session = db.session()
    found = _get(session, list_id)
    if found.archived_at is None:
        found.archived_at = now
        _audit(session, "list.archived", list_id, user_id, now)


@action
def restore(list_id: int, user_id: int, now: datetime) -> None:
    """Take a list out of the archive, with everybody who was on it."""
    session = db.session()
    found = _get(session, list_id)
    if found.archived_at is not None:
        found.archived_at = None
        _audit(session, "list.restored", list_id, user_id, now)


@action
def move(list_id: int, steps: int, user_id: int, now: datetime) -> None:
    """Move a list up (negative) or down in the order in which people see lists."""
    session = db.session()
    question = select(MailingList).where(MailingList.archived_at.is_(None))
    ordered = list(session.scalars(question.order_by(MailingList.position, MailingList.id).with_for_update()))
    ids = [each.id for each in ordered]
    if list_id not in ids:
        raise NotFound()
    at = ids.index(list_id)
    ordered.insert(min(max(at + steps, 0), len(ordered) - 1), ordered.pop(at))
    for position, each in enumerate(ordered, 1):
        each.position = position
    _audit(session, "list.moved", list_id, user_id, now, {"steps": steps})


def _get(session: Session, list_id: int) -> MailingList:
    found = session.get(MailingList, list_id, with_for_update=True)
    if found is None:
        raise NotFound()
    return found


def _refuse_repeated(session: Session, name: str, own_id: int | None) -> None:
    names = {each.name.casefold() for each in session.scalars(select(MailingList)) if each.id != own_id}
    if name.casefold() in names:
        raise Invalid({"name": "Another list has this name, maybe in the archive. Choose a different one."})


def _audit(
    session: Session, what: str, list_id: int, user_id: int, now: datetime, details: dict[str, Any] | None = None
) -> None:
    audit.add(
        session, user_id=user_id, action=what, object_kind="list", object_id=list_id, details=details or {}, now=now
    )
