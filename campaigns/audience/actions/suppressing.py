"""Writes of the list keeper about addresses that we must not write to."""

from datetime import datetime

from campaigns.audience import consent, people
from campaigns.audience.consent import Channel, Event
from campaigns.db import action, db
from campaigns.delivery import suppression
from campaigns.delivery.addresses import Address, fingerprint
from campaigns.delivery.bounces import facts
from campaigns.delivery.models import SuppressionReason
from campaigns.errors import Conflict
from campaigns.staff import audit


@action
def suppress(address: Address, user_id: int, now: datetime) -> None:
    """Write to an address no more; whoever has it stays on the lists, and gets nothing."""
    session = db.session()
    suppression.add(session, address.key, SuppressionReason.BY_HAND, now)
    known = people.find(session, address.key)
    if known is not None:
        consent.add(session, known.id, Event.REFUSED, Channel.STAFF, now, user_id=user_id)
    _audit("suppression.added", user_id, now, {"subscriber": known.id if known else None})


@action
def lift(address: Address, why: str, user_id: int, now: datetime) -> None:
    """Allow an address again, for a stated reason that the audit log keeps; raises Conflict when it was allowed."""
    session = db.session()
    reason = suppression.reason_of(address.key)
    if reason is None:
        raise Conflict("We may write to this address: nothing is in the way anymore.")
    suppression.lift(session, address.key)
    known = people.find(session, address.key)
    facts.forgive(session, known.id if known else None, fingerprint(address.key), now)
    _audit("suppression.lifted", user_id, now, {"was": str(reason), "why": why})


def _audit(what: str, user_id: int, now: datetime, details: dict[str, object]) -> None:
    audit.add(
        db.session(),
        user_id=user_id,
        action=what,
        object_kind="suppression",
        object_id=None,
        details=details,
        now=now,
    )
