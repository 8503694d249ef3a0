"""Writes of time: what is older than we promised goes."""

from datetime import datetime

from sqlalchemy import delete, select, update

from campaigns.audience import people, requests, rules
from campaigns.audience.actions import joining
from campaigns.audience.changes import AT_ONCE
from campaigns.audience.models import BulkChange, Import, ImportState, Membership, MembershipState, Request, Subscriber
from campaigns.clock import DAY
from campaigns.db import action, db
from campaigns.web import limits


@action
def purge(now: datetime) -> int:
    """Delete joins that nobody confirmed within 7 days, undo records and files after 30; gives how many joins.

    Meant for a job a few times a day; deletes a bounded number of people each time.
    """
    session = db.session()
    gone = session.execute(delete(Request).where(Request.expires_at < now))
    limits.purge(session, joining.ASKED, now - DAY)
    for kind in (requests.CONFIRMATION, requests.DATA_LINK):
        limits.purge(session, kind, now - rules.UNDO_FOR)
    session.execute(delete(BulkChange).where(BulkChange.at < now - rules.UNDO_FOR))
    session.execute(delete(Import).where(Import.state == ImportState.CHECKED, Import.created_at < now - rules.UNDO_FOR))
    session.execute(update(Import).where(Import.created_at < now - rules.UNDO_FOR).values(content=None, report=[]))
    _forget_unconfirmed(now)
    return int(getattr(gone, "rowcount", 0))


def _forget_unconfirmed(now: datetime) -> None:
    session = db.session()
    before = now - rules.CONFIRM_FOR
    is_old = (Membership.state == MembershipState.PENDING, Membership.changed_at < before)
    asked_again = select(Request.id).where(Request.subscriber_id == Membership.subscriber_id).exists()
    old = select(Membership.subscriber_id).where(*is_old, ~asked_again).distinct().limit(AT_ONCE)
    ids = list(session.scalars(old))
    if not ids:
        return
    session.execute(delete(Membership).where(*is_old, Membership.subscriber_id.in_(ids)))
    has_any = select(Membership.list_id).where(Membership.subscriber_id == Subscriber.id).exists()
    people.forget(session, list(session.scalars(select(Subscriber.id).where(Subscriber.id.in_(ids), ~has_any))))
