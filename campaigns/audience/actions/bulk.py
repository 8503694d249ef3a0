"""Writes on many people at once: put on a list, take off a list, undo."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.audience import changes, queries, rules
from campaigns.audience.models import BulkChange, BulkKind, MailingList
from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.staff import audit


@action
def change(kind: BulkKind, list_id: int, ids: Sequence[int], *, basis: str, user_id: int, now: datetime) -> int:
    """Put people on a list, or take them off; gives the id of the change, for the undo.

    Those who left the list, or whom we must not write to, are passed over. Raises Invalid when nobody is left.
    """
    session = db.session()
    chosen = session.get(MailingList, list_id)
    if chosen is None or chosen.archived_at is not None:
        raise NotFound("This list is no longer in use.")
    before = queries.changeable(kind, list_id, ids)
    if not before:
        raise Invalid("Nobody would change: they are all there already, or left by themselves.")
    made = changes.add(session, kind, list_id, before, basis=basis, import_id=None, user_id=user_id, now=now)
    details = {"list": list_id, "people": len(before), "basis": basis}
    _audit(session, f"subscribers.bulk_{kind}", made, user_id, now, details)
    return made.id


@action
def undo(change_id: int, user_id: int, now: datetime) -> int:
    """Take a change of many back, for everybody who has not moved since; gives how many. Works for 30 days."""
    session = db.session()
    found = session.get(BulkChange, change_id, with_for_update=True)
    if found is None or found.import_id is not None:
        raise NotFound()
    if not rules.may_undo(found.at, found.undone_at, now):
        raise Conflict("This was taken back already, or is older than 30 days.")
    count = changes.take_back(session, found, user_id, now)
    _audit(session, "subscribers.bulk_undone", found, user_id, now, {"people": count})
    return count


def _audit(
    session: Session, what: str, change: BulkChange, user_id: int, now: datetime, details: dict[str, object]
) -> None:
    audit.add(
        session,
        user_id=user_id,
        action=what,
        object_kind="bulk_change",
        object_id=change.id,
        details=details,
        now=now,
    )
