"""Adder of memberships: puts one subscriber's standing with one list in the session, with its consent event."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.audience import consent
from campaigns.audience.consent import Channel, Event
from campaigns.audience.models import ConsentEvent, Membership, MembershipState

EVENTS = {
    MembershipState.CONFIRMED: Event.CONFIRMED,
    MembershipState.PENDING: Event.REQUESTED,
    MembershipState.LEFT: Event.LEFT,
    MembershipState.REMOVED: Event.REMOVED,
}


def change(
    session: Session,
    subscriber_id: int,
    list_id: int,
    state: MembershipState,
    channel: Channel,
    now: datetime,
    *,
    event: Event | None = None,
    wording_digest: str | None = None,
    basis: str = "",
    user_id: int | None = None,
) -> bool:
    """Set where a subscriber stands with a list; False, and no event, when it stood there already."""
    membership = session.get(Membership, (subscriber_id, list_id))
    if membership is None:
        membership = Membership(subscriber_id=subscriber_id, list_id=list_id, state=state, changed_at=now)
        session.add(membership)
    elif membership.state == state:
        return False
    membership.state, membership.changed_at = state, now
    consent.add(
        session,
        subscriber_id,
        event or EVENTS[state],
        channel,
        now,
        list_id=list_id,
        wording_digest=wording_digest,
        basis=basis,
        user_id=user_id,
    )
    return True


def end_practice(session: Session, now: datetime) -> int:
    """Let joins that were confirmed by a link wait for a real confirmation; gives how many.

    In practice the links stayed in the sandbox, so it was the staff who pressed them. What staff stated a basis for
    stays.
    """
    began = (Event.CONFIRMED, Event.ADDED, Event.IMPORTED)
    latest = (
        select(func.max(ConsentEvent.id))
        .where(
            ConsentEvent.subscriber_id == Membership.subscriber_id,
            ConsentEvent.list_id == Membership.list_id,
            ConsentEvent.event.in_(began),
        )
        .correlate(Membership)
        .scalar_subquery()
    )
    by_link = (ConsentEvent.event == Event.CONFIRMED, ConsentEvent.channel == Channel.WEB)
    wanted = select(Membership).join(ConsentEvent, ConsentEvent.id == latest)
    found = session.scalars(wanted.where(Membership.state == MembershipState.CONFIRMED, *by_link)).all()
    for row in found:
        change(session, row.subscriber_id, row.list_id, MembershipState.PENDING, Channel.SYSTEM, now)
    return len(found)
