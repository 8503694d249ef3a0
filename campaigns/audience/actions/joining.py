"""Writes of joining: asking, confirming behind the mailed link, and "this was not me"."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audience import consent, leaving, memberships, people, requests, rules
from campaigns.audience.consent import Channel, Event
from campaigns.audience.models import MailingList, MembershipState, Request, RequestKind, Subscriber
from campaigns.db import action, db
from campaigns.delivery import suppression
from campaigns.delivery.addresses import Address
from campaigns.delivery.bounces import facts
from campaigns.delivery.models import SuppressionReason
from campaigns.errors import TooMany
from campaigns.staff.models import Organization
from campaigns.web import limits

ASKED = "public_form"


@action
def ask_to_join(
    *,
    address: Address,
    list_ids: Iterable[int],
    wording: str,
    network: str,
    now: datetime,
    language: str = "en",
    first_name: str = "",
    last_name: str = "",
) -> None:
    """Mail a confirmation, or stay silent where we must; whoever asks cannot tell which.

    Raises TooMany past the limits of the network and of the site.
    """
    session = db.session()
    count_attempt(session, network, now)
    may_join = rules.may_join(suppression.reason_of(address.key))
    may_add = requests.may_add(RequestKind.JOIN, address.key, now)
    open_lists = _open_lists(session, list_ids)
    digest = consent.keep_wording(session, wording, language, now)
    requests.add_quietly(
        session,
        may_join and may_add,
        lambda: requests.add(
            session,
            RequestKind.JOIN,
            address,
            now,
            list_ids=open_lists,
            language=language,
            first_name=first_name,
            last_name=last_name,
            wording_digest=digest,
        ),
    )


def count_attempt(session: Session, network: str, now: datetime) -> None:
    """Note one use of a public form that mails, in the caller's transaction; raises TooMany past the limits.

    One at a time: on PostgreSQL many requests at once would else all count before any of them is counted.
    """
    session.execute(select(Organization.id).with_for_update())
    if limits.count(ASKED, network, now - rules.NETWORK.within) >= rules.NETWORK.times:
        raise TooMany(gettext("This form was used often from where you are. Please try again in an hour."))
    if limits.count(ASKED, None, now - rules.SITE.within) >= rules.SITE.times:
        raise TooMany(gettext("Very many people use this form just now. Please try again in ten minutes."))
    limits.add(session, ASKED, network, now)


@action
def confirm(token: str, now: datetime) -> bool:
    """Do what a mailed confirmation asks: join, or change the address. False for a link that does not work any more."""
    session = db.session()
    request = requests.take(session, token, (RequestKind.JOIN, RequestKind.CHANGE_ADDRESS), now)
    if request is None or not rules.may_join(suppression.reason_of(request.address_key)):
        return False
    is_done = _join(session, request, now) if request.kind == RequestKind.JOIN else _move(session, request, now)
    request.used_at = now
    return is_done


@action
def refuse(token: str, now: datetime) -> bool:
    """ "This was not me": never write to the address again. False for a link that does not work any more."""
    session = db.session()
    request = requests.take(session, token, (RequestKind.JOIN, RequestKind.CHANGE_ADDRESS), now)
    if request is None:
        return False
    suppression.add(session, request.address_key, SuppressionReason.NOT_ME, now)
    known = people.find(session, request.address_key)
    if known is not None:
        consent.add(session, known.id, Event.REFUSED, Channel.WEB, now)
        leaving.leave_all(session, known.id, Channel.WEB, now)
    session.delete(request)
    return True


def _join(session: Session, request: Request, now: datetime) -> bool:
    suppression.lift(session, request.address_key)
    subscriber = people.find(session, request.address_key) or _newcomer(session, request, now)
    facts.forgive(session, subscriber.id, request.fingerprint, now)
    _complete(subscriber, request)
    people.index(session, subscriber)
    for list_id in _open_lists(session, request.list_ids):
        memberships.change(
            session,
            subscriber.id,
            list_id,
            MembershipState.CONFIRMED,
            Channel.WEB,
            now,
            wording_digest=request.wording_digest,
        )
    return True


def _newcomer(session: Session, request: Request, now: datetime) -> Subscriber:
    address = Address(request.address, request.address_key)
    return people.add(session, address, now, language=request.language)


def _complete(subscriber: Subscriber, request: Request) -> None:
    # What a stranger may have typed into the form never replaces what the person or the staff entered.
    if not subscriber.first_name and not subscriber.last_name:
        subscriber.first_name, subscriber.last_name = request.first_name, request.last_name


def _move(session: Session, request: Request, now: datetime) -> bool:
    subscriber = session.get(Subscriber, request.subscriber_id) if request.subscriber_id else None
    if subscriber is None or people.find(session, request.address_key) not in (None, subscriber):
        return False
    subscriber.address, subscriber.address_key = request.address, request.address_key
    subscriber.version += 1
    suppression.lift(session, request.address_key)
    people.index(session, subscriber)
    consent.add(session, subscriber.id, Event.CHANGED, Channel.WEB, now, details={"what": "address"})
    return True


def _open_lists(session: Session, list_ids: Iterable[int]) -> list[int]:
    question = select(MailingList.id).where(MailingList.id.in_(list(list_ids)), MailingList.archived_at.is_(None))
    return list(session.scalars(question.order_by(MailingList.position, MailingList.id)))
