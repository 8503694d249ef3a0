"""Writes of the staff about one person: add, change, put on and take off a list, resend, erase."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audience import consent, leaving, memberships, people, requests, rules
from campaigns.audience.consent import Channel, Event
from campaigns.audience.models import MailingList, Membership, MembershipState, RequestKind, Subscriber
from campaigns.db import action, db
from campaigns.delivery import suppression
from campaigns.delivery.addresses import Address
from campaigns.errors import Conflict, Invalid, NotFound, Refused
from campaigns.staff import audit

TOO_SOON = "We wrote to this address not long ago. One confirmation in 24 hours and three in 30 days are the limit."


@action
def add(
    *,
    address: Address,
    list_ids: Iterable[int],
    basis: str,
    is_agreed: bool,
    user_id: int,
    now: datetime,
    first_name: str = "",
    last_name: str = "",
    language: str = "en",
) -> int:
    """Add a person by hand; gives the id. With `is_agreed` they are on the lists at once, else they get a confirmation.

    Raises Invalid for an address that we must not write to, that is here already, or that was asked too often.
    """
    session = db.session()
    _refuse_suppressed(address.key)
    if people.find(session, address.key) is not None:
        raise Invalid({"address": "This address is here already. Look it up in the list of subscribers."})
    subscriber = people.add(session, address, now, first_name=first_name, last_name=last_name, language=language)
    _put_on(session, subscriber, _existing(session, list_ids), basis, is_agreed, user_id, now)
    _audit(session, "subscriber.added", subscriber.id, user_id, now, {"basis": basis, "is_agreed": is_agreed})
    return subscriber.id


@action
def put_on_lists(
    subscriber_id: int, list_ids: Iterable[int], *, basis: str, is_agreed: bool, user_id: int, now: datetime
) -> None:
    """Put a known person on more lists. A list that they left asks them again, whatever staff state."""
    session = db.session()
    subscriber = _get(session, subscriber_id)
    _refuse_suppressed(subscriber.address_key)
    _put_on(session, subscriber, _existing(session, list_ids), basis, is_agreed, user_id, now)
    _audit(session, "subscriber.put_on_lists", subscriber_id, user_id, now, {"basis": basis})


def _put_on(
    session: Session, who: Subscriber, list_ids: list[int], basis: str, is_agreed: bool, user_id: int, now: datetime
) -> None:
    held = _states(session, who.id)
    at_once = [i for i in list_ids if is_agreed and rules.may_put_on_list(_state(held.get(i)))]
    asked = [i for i in list_ids if i not in at_once and held.get(i) != MembershipState.CONFIRMED]
    for list_id in at_once:
        memberships.change(
            session,
            who.id,
            list_id,
            MembershipState.CONFIRMED,
            Channel.STAFF,
            now,
            event=Event.ADDED,
            basis=basis,
            user_id=user_id,
        )
    for list_id in asked:
        if held.get(list_id) != MembershipState.LEFT:
            memberships.change(
                session, who.id, list_id, MembershipState.PENDING, Channel.STAFF, now, basis=basis, user_id=user_id
            )
    if asked:
        _ask(session, who, asked, now)


@action
def take_off_list(subscriber_id: int, list_id: int, user_id: int, now: datetime) -> None:
    """Take a person off one list; they can be put back, since it was not their wish."""
    session = db.session()
    _get(session, subscriber_id)
    if _states(session, subscriber_id).get(list_id) not in leaving.ON_THE_LIST:
        raise Conflict("This person is no longer on that list.")
    memberships.change(session, subscriber_id, list_id, MembershipState.REMOVED, Channel.STAFF, now, user_id=user_id)
    _audit(session, "subscriber.taken_off_list", subscriber_id, user_id, now, {"list": list_id})


@action
def change(
    subscriber_id: int,
    *,
    version: int,
    first_name: str,
    last_name: str,
    language: str,
    paused_until: datetime | None,
    user_id: int,
    now: datetime,
) -> None:
    """Change what is known about a person; raises Conflict when somebody else did so meanwhile."""
    session = db.session()
    subscriber = _get(session, subscriber_id)
    if subscriber.version != version:
        raise Conflict("Somebody changed this person while you were typing. Please look at the page again.")
    subscriber.first_name, subscriber.last_name, subscriber.language = first_name, last_name, language
    subscriber.version += 1
    leaving.pause(session, subscriber, paused_until, Channel.STAFF, now)
    people.index(session, subscriber)
    details = {"what": "details"}
    consent.add(session, subscriber_id, Event.CHANGED, Channel.STAFF, now, user_id=user_id, details=details)
    _audit(session, "subscriber.changed", subscriber_id, user_id, now)


@action
def ask_address_change(subscriber_id: int, address: Address, user_id: int, now: datetime) -> None:
    """Mail a confirmation to a person's new address; the old one stays until the button behind it is pressed."""
    session = db.session()
    _get(session, subscriber_id)
    _refuse_suppressed(address.key)
    if people.find(session, address.key) is not None:
        raise Invalid({"address": "Another subscriber has this address already."})
    if not requests.may_add(RequestKind.CHANGE_ADDRESS, address.key, now):
        raise Invalid({"address": TOO_SOON})
    requests.add(session, RequestKind.CHANGE_ADDRESS, address, now, subscriber_id=subscriber_id)
    _audit(session, "subscriber.address_change_asked", subscriber_id, user_id, now)


@action
def resend(subscriber_id: int, user_id: int, now: datetime) -> None:
    """Mail the confirmation once more for the lists that wait for it, within the limits."""
    session = db.session()
    subscriber = _get(session, subscriber_id)
    waiting = [i for i, state in _states(session, subscriber_id).items() if state == MembershipState.PENDING]
    if not waiting:
        raise Conflict("This person confirmed already, or is on no list.")
    _refuse_suppressed(subscriber.address_key)
    _ask(session, subscriber, waiting, now)
    _audit(session, "subscriber.confirmation_resent", subscriber_id, user_id, now)


@action
def erase(subscriber_id: int, user_id: int, now: datetime) -> None:
    """Erase everything about a person at their request; the fingerprint of the address stays suppressed."""
    session = db.session()
    people.erase(session, _get(session, subscriber_id), Channel.STAFF, user_id, now)
    _audit(session, "subscriber.erased", subscriber_id, user_id, now)


@action
def record_export(people_count: int, is_filtered: bool, user_id: int, now: datetime) -> None:
    """Write down that addresses left the house."""
    details = {"people": people_count, "is_filtered": is_filtered}
    audit.add(
        db.session(),
        user_id=user_id,
        action="subscribers.exported",
        object_kind="subscriber",
        object_id=None,
        details=details,
        now=now,
    )


def _ask(session: Session, subscriber: Subscriber, list_ids: list[int], now: datetime) -> None:
    if not requests.may_add(RequestKind.JOIN, subscriber.address_key, now):
        raise Refused(TOO_SOON)
    address = Address(subscriber.address, subscriber.address_key)
    requests.add(
        session,
        RequestKind.JOIN,
        address,
        now,
        subscriber_id=subscriber.id,
        list_ids=list_ids,
        language=subscriber.language,
    )


def _refuse_suppressed(key: str) -> None:
    reason = suppression.reason_of(key)
    if reason is not None:
        sentence = suppression.SENTENCE[reason]
        raise Invalid({"address": f"{sentence} See “Addresses we must not write to”."})


def _get(session: Session, subscriber_id: int) -> Subscriber:
    found = session.get(Subscriber, subscriber_id, with_for_update=True)
    if found is None:
        raise NotFound("This person is no longer in the list.")
    return found


def _state(text: str | None) -> MembershipState | None:
    return MembershipState(text) if text else None


def _states(session: Session, subscriber_id: int) -> dict[int, str]:
    question = select(Membership.list_id, Membership.state).where(Membership.subscriber_id == subscriber_id)
    return {row.list_id: row.state for row in session.execute(question)}


def _existing(session: Session, list_ids: Iterable[int]) -> list[int]:
    question = select(MailingList.id).where(MailingList.id.in_(list(list_ids)), MailingList.archived_at.is_(None))
    found = list(session.scalars(question.order_by(MailingList.id)))
    if not found:
        raise Invalid({"lists": "Choose at least one list."})
    return found


def _audit(
    session: Session, what: str, subscriber_id: int, user_id: int, now: datetime, details: dict[str, Any] | None = None
) -> None:
    audit.add(
        session,
        user_id=user_id,
        action=what,
        object_kind="subscriber",
        object_id=subscriber_id,
        details=details or {},
        now=now,
    )
