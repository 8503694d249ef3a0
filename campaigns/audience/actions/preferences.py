"""Writes of people about themselves: leaving and pausing by a newsletter's link, the rest by a fresh mailed link."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audience import consent, leaving, links, memberships, people, requests, rules
from campaigns.audience import rhythms as list_rhythms
from campaigns.audience.actions.joining import count_attempt
from campaigns.audience.consent import Channel, Event
from campaigns.audience.models import MailingList, Membership, MembershipState, RequestKind, Subscriber
from campaigns.db import action, db
from campaigns.delivery import suppression
from campaigns.delivery.addresses import Address


@action
def leave_by_link(token: str, channel: Channel, now: datetime) -> None:
    """Leave the lists through which a copy came; nothing for tokens that we did not seal, which look alike."""
    copy = links.read_leave_token(token)
    if copy is not None:
        leaving.leave(db.session(), copy.subscriber_id, copy.list_ids, channel, now)


@action
def pause_by_link(token: str, days: int, now: datetime) -> None:
    """Write nothing for so many days to the person of a copy."""
    copy = links.read_leave_token(token)
    subscriber = _locked(db.session(), copy.subscriber_id) if copy else None
    if subscriber is not None:
        until = now + timedelta(days=days)
        leaving.pause(db.session(), subscriber, until, Channel.NEWSLETTER_LINK, now)


@action
def ask_for_link(address: Address, network: str, now: datetime) -> None:
    """Mail the link to one's data if the address is known; whoever asks cannot tell. Raises TooMany."""
    session = db.session()
    count_attempt(session, network, now)
    _mail_link(session, address, people.find(session, address.key), now)


@action
def ask_for_link_by_copy(token: str, network: str, now: datetime) -> None:
    """Mail the link to one's data to the person of a copy. Raises TooMany."""
    session = db.session()
    count_attempt(session, network, now)
    copy = links.read_leave_token(token)
    subscriber = _locked(session, copy.subscriber_id) if copy else None
    if subscriber is not None:
        _mail_link(session, Address(subscriber.address, subscriber.address_key), subscriber, now)


def _mail_link(session: Session, address: Address, subscriber: Subscriber | None, now: datetime) -> None:
    is_free = suppression.reason_of(address.key) is None
    may_add = requests.may_add(RequestKind.MY_DATA, address.key, now)
    # A link goes to the address as it is stored, not as somebody typed it now.
    to = Address(subscriber.address, subscriber.address_key) if subscriber else address
    subscriber_id = subscriber.id if subscriber else None
    requests.add_quietly(
        session,
        subscriber is not None and is_free and may_add,
        lambda: requests.add(session, RequestKind.MY_DATA, to, now, subscriber_id=subscriber_id),
    )


@action
def save(
    token: str,
    *,
    list_ids: Iterable[int],
    first_name: str,
    last_name: str,
    language: str,
    contact_mode: str,
    paused_until: datetime | None,
    wording: str,
    now: datetime,
    rhythms: dict[int, str] | None = None,
) -> bool:
    """Keep what a person chose about themselves; False for a link that does not work any more.

    `rhythms` says by list how often they want it; what the list does not offer is left as it was.
    """
    session = db.session()
    subscriber = _of(session, token, now)
    if subscriber is None:
        return False
    digest = consent.keep_wording(session, wording, language, now)
    _choose_lists(session, subscriber, set(list_ids), digest, now)
    leaving.pause(session, subscriber, paused_until, Channel.WEB, now)
    chosen = {"first_name": first_name, "last_name": last_name, "language": language, "contact_mode": contact_mode}
    changed = [name for name, value in chosen.items() if getattr(subscriber, name) != value]
    for name in changed:
        setattr(subscriber, name, chosen[name])
    session.flush()
    if list_rhythms.choose(session, subscriber.id, rhythms or {}):
        changed.append("rhythm")
    if changed:
        subscriber.version += 1
        people.index(session, subscriber)
        consent.add(session, subscriber.id, Event.CHANGED, Channel.WEB, now, details={"what": ", ".join(changed)})
    return True


def _choose_lists(session: Session, subscriber: Subscriber, chosen: set[int], digest: str, now: datetime) -> None:
    held = dict(
        session.execute(
            select(Membership.list_id, Membership.state).where(Membership.subscriber_id == subscriber.id)
        ).all()
    )
    on = {list_id for list_id, state in held.items() if state in leaving.ON_THE_LIST}
    leaving.leave(session, subscriber.id, on - chosen, Channel.WEB, now)
    public = select(MailingList.id).where(MailingList.is_public.is_(True), MailingList.archived_at.is_(None))
    for list_id in sorted(chosen & (set(session.scalars(public)) | on)):
        memberships.change(
            session, subscriber.id, list_id, MembershipState.CONFIRMED, Channel.WEB, now, wording_digest=digest
        )


@action
def ask_address_change(token: str, address: Address, network: str, now: datetime) -> bool:
    """Mail a confirmation to the new address; nothing goes to the old one. False for a link that does not work.

    Raises TooMany: otherwise one subscription would be enough to write to any number of strangers.
    """
    session = db.session()
    count_attempt(session, network, now)
    subscriber = _of(session, token, now)
    if subscriber is None:
        return False
    is_free = people.find(session, address.key) is None and rules.may_join(suppression.reason_of(address.key))
    if is_free and requests.may_add(RequestKind.CHANGE_ADDRESS, address.key, now):
        requests.add(session, RequestKind.CHANGE_ADDRESS, address, now, subscriber_id=subscriber.id)
    return True


@action
def erase(token: str, now: datetime) -> bool:
    """Erase everything about the person of a mailed link; False for a link that does not work any more."""
    session = db.session()
    subscriber = _of(session, token, now)
    if subscriber is None:
        return False
    people.erase(session, subscriber, Channel.WEB, None, now)
    return True


def _of(session: Session, token: str, now: datetime) -> Subscriber | None:
    request = requests.take(session, token, (RequestKind.MY_DATA,), now)
    return _locked(session, request.subscriber_id) if request and request.subscriber_id else None


def _locked(session: Session, subscriber_id: int) -> Subscriber | None:
    return session.get(Subscriber, subscriber_id, with_for_update=True)
