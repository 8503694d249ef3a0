"""Where people stand, as tests ask for it."""

from collections.abc import Iterable

from sqlalchemy import select

from campaigns.audience import queries
from campaigns.audience.models import Subscriber
from campaigns.db import db


def find_by_key(key: str) -> Subscriber | None:
    """The person with an address, by its key."""
    return db.session.scalar(select(Subscriber).where(Subscriber.address_key == key))


def lists_of(subscriber_id: int, list_ids: Iterable[int]) -> list[int]:
    """Those of the lists that a person is confirmed on."""
    return queries.lists_through([subscriber_id], list_ids).get(subscriber_id, [])
