"""Adder for leaving and pausing, by whatever door: the page of a newsletter's link, one click, the preferences."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audience import consent, memberships
from campaigns.audience.consent import Channel, Event
from campaigns.audience.models import Membership, MembershipState, Subscriber

ON_THE_LIST = (MembershipState.CONFIRMED, MembershipState.PENDING)


def leave(session: Session, subscriber_id: int, list_ids: Iterable[int], channel: Channel, now: datetime) -> int:
    """Take a person off lists at their own wish; gives how many they had not left before.

    Also off those that staff took them off since: otherwise an undo or an import would put them back.
    """
    if session.get(Subscriber, subscriber_id, with_for_update=True) is None:
        return 0
    return sum(
        memberships.change(session, subscriber_id, list_id, MembershipState.LEFT, channel, now)
        for list_id in sorted(set(list_ids))
    )


def leave_all(session: Session, subscriber_id: int, channel: Channel, now: datetime) -> int:
    """Take a person off every list that they are on, at their own wish."""
    lists = session.scalars(select(Membership.list_id).where(Membership.subscriber_id == subscriber_id))
    return leave(session, subscriber_id, list(lists), channel, now)


def pause(session: Session, subscriber: Subscriber, until: datetime | None, channel: Channel, now: datetime) -> bool:
    """Write nothing to a person until an instant, or again when it is None; False when it was so already."""
    if subscriber.paused_until == until:
        return False
    subscriber.paused_until = until
    event = Event.RESUMED if until is None else Event.PAUSED
    details = {"until": until.isoformat()} if until else {}
    consent.add(session, subscriber.id, event, channel, now, details=details)
    return True
