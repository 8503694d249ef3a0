"""Adder of subscribers: a new person, changed details, an erasure; keeps the search words in step."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaigns import search
from campaigns.audience import consent
from campaigns.audience.consent import Channel, Event
from campaigns.audience.models import Request, Subscriber
from campaigns.delivery import suppression
from campaigns.delivery.addresses import Address, display
from campaigns.delivery.models import SuppressionReason
from campaigns.errors import Conflict

SEARCH_KIND = "subscriber"


def add(
    session: Session,
    address: Address,
    now: datetime,
    *,
    first_name: str = "",
    last_name: str = "",
    language: str = "en",
    is_sample: bool = False,
) -> Subscriber:
    """Put a new person in the session, flushed so that the id is known."""
    made = Subscriber(
        address=address.typed,
        address_key=address.key,
        first_name=first_name,
        last_name=last_name,
        language=language,
        created_at=now,
        is_sample=is_sample,
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("Somebody added this address just now. Please look again.") from error
    index(session, made)
    return made


def find(session: Session, key: str) -> Subscriber | None:
    """The person with that address, locked until the transaction ends."""
    return session.scalar(select(Subscriber).where(Subscriber.address_key == key).with_for_update())


def index(session: Session, subscriber: Subscriber) -> None:
    """Record under which words a person is found."""
    search.put(session, SEARCH_KIND, subscriber.id, *words(subscriber))


def words(subscriber: Subscriber) -> tuple[str, str, str]:
    """The texts under which a person is found."""
    return display(subscriber.address), subscriber.first_name, subscriber.last_name


def erase(session: Session, subscriber: Subscriber, channel: Channel, user_id: int | None, now: datetime) -> None:
    """Erase a person. What stays: the fingerprint of the address, and the consent events under a bare number."""
    suppression.add(session, subscriber.address_key, SuppressionReason.ERASED, now)
    consent.add(session, subscriber.id, Event.ERASED, channel, now, user_id=user_id)
    # What anybody typed into the public form names the address and no subscriber.
    session.execute(delete(Request).where(Request.address_key == subscriber.address_key))
    forget(session, [subscriber.id])


def forget(session: Session, subscriber_ids: list[int]) -> None:
    """Delete persons with their search words; memberships and open requests go with them."""
    session.flush()
    search.remove_many(session, SEARCH_KIND, subscriber_ids)
    session.execute(delete(Subscriber).where(Subscriber.id.in_(subscriber_ids)))
