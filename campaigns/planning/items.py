"""The adder of planned items: a channel writes its row of the calendar in the transaction that writes its own."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.planning import approvals
from campaigns.planning.models import PlanItem

CHANGED = "It was changed after the approval."


def put(
    session: Session,
    *,
    kind: str,
    ref: int,
    title: str,
    state: str,
    wall: datetime | None,
    zone: str,
    due_at: datetime | None,
    owner_id: int | None,
    campaign_id: int | None = None,
    content_hash: str,
    note: str = "",
    now: datetime,
) -> PlanItem:
    """Write or rewrite the calendar's row of a thing; returns it with its id.

    `wall` is naive local time in `zone`, `due_at` its instant. Another `content_hash` than before voids the approval.
    `note` is one sentence for the people who see the item on the desk (why it failed, what was asked).
    """
    item = session.scalar(select(PlanItem).where(PlanItem.kind == kind, PlanItem.ref == ref))
    if item is None:
        item = PlanItem(kind=kind, ref=ref, content_hash=content_hash, approved_hash="")
        session.add(item)
    item.title, item.state, item.note = title, str(state), note
    item.wall, item.zone, item.due_at = wall, zone, due_at
    item.owner_id, item.campaign_id, item.changed_at = owner_id, campaign_id, now
    item.withdrawn_at = None
    session.flush()
    if item.content_hash != content_hash:
        approvals.void(session, item, CHANGED, now)
        item.content_hash = content_hash
    return item


def withdraw(session: Session, kind: str, ref: int, now: datetime) -> None:
    """Take a thing off the calendar (binned or erased); its approvals stay, voided, should it come back."""
    item = session.scalar(select(PlanItem).where(PlanItem.kind == kind, PlanItem.ref == ref))
    if item is not None:
        approvals.void(session, item, "It was taken off the calendar.", now)
        item.withdrawn_at = now
        item.changed_at = now
