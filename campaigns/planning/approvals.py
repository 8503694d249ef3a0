"""The adder of approvals: who decided what about exactly which content."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.errors import Conflict, Refused
from campaigns.planning import rules
from campaigns.planning.models import Approval, PlanItem


def record(
    session: Session,
    item: PlanItem,
    *,
    content_hash: str,
    author_id: int | None,
    approver_id: int,
    is_approved: bool,
    is_practice: bool,
    people: int,
    comment: str,
    snapshot: dict[str, Any],
    now: datetime,
) -> Approval:
    """Add a decision; an approval is written on the item too.

    Raises Conflict when the item's content is not what was read, Refused when authors would approve their own work.
    """
    if content_hash != item.content_hash:
        raise Conflict("This was changed while you were reading it. Please look at it again and then decide.")
    if is_approved and not rules.may_approve(approver_id, [author_id], is_practice):
        raise Refused("Somebody other than the author needs to approve this.")
    void(session, item, "A later decision took its place.", now)
    approval = Approval(
        plan_item_id=item.id,
        content_hash=content_hash,
        author_id=author_id,
        approver_id=approver_id,
        is_approved=is_approved,
        is_practice=is_practice,
        people=people,
        comment=comment,
        snapshot=snapshot,
        at=now,
    )
    session.add(approval)
    item.approved_hash = content_hash if is_approved else ""
    item.changed_at = now
    session.flush()
    return approval


def void(session: Session, item: PlanItem, reason: str, now: datetime) -> None:
    """Take back the standing approval of an item; without one, nothing happens."""
    item.approved_hash = ""
    standing = select(Approval).where(
        Approval.plan_item_id == item.id, Approval.is_approved.is_(True), Approval.voided_at.is_(None)
    )
    for approval in session.scalars(standing):
        approval.voided_at = now
        approval.void_reason = reason


def void_practice(session: Session, reason: str, now: datetime) -> int:
    """Take back every practice approval that still stands, when the office goes live; returns how many."""
    standing = select(PlanItem).where(PlanItem.approved_hash != "").order_by(PlanItem.id)
    count = 0
    for item in session.scalars(standing):
        latest = select(Approval).where(Approval.plan_item_id == item.id, Approval.voided_at.is_(None))
        if any(approval.is_practice for approval in session.scalars(latest)):
            void(session, item, reason, now)
            count += 1
    return count
