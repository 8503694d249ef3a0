"""Writes of what comes back: an address that is dead or complained is written to no more."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.audience import consent, leaving, returned
from campaigns.audience.consent import Channel, Event
from campaigns.audience.models import Subscriber
from campaigns.db import action, db
from campaigns.delivery import suppression
from campaigns.delivery.addresses import fingerprint
from campaigns.delivery.bounces import facts, intake, queries
from campaigns.delivery.bounces.models import Bounce, BounceKind
from campaigns.delivery.models import SuppressionReason

AT_ONCE = 200


@action
def act_on_new(now: datetime) -> int:
    """Act on the facts that are new, and settle them; gives how many. May be repeated."""
    session = db.session()
    new = queries.unsettled(AT_ONCE)
    for fact in new:
        _act(session, fact, now)
    facts.settle(session, [fact.id for fact in new], now)
    return len(new)


def _act(session: Session, fact: Bounce, now: datetime) -> None:
    if fact.recipient_id is not None:
        person = session.get(Subscriber, fact.recipient_id, with_for_update=True)
        if person is not None:
            _judge(session, person, fact, now)
        return
    # Anybody can write to the bounce mailbox, so that what bears no mark of ours changes nobody there.
    if fact.source == intake.MAILBOX or fact.kind not in (BounceKind.ADDRESS, BounceKind.COMPLAINT):
        return
    suppression.add_fingerprint(session, fact.fingerprint, _reason(fact), now)


def _judge(session: Session, person: Subscriber, fact: Bounce, now: datetime) -> None:
    mark = fingerprint(person.address_key)
    known = queries.facts_about(person.id, mark, since=now - returned.LOOKED_AT)
    arrived = queries.arrived_at(person.id, now - returned.LOOKED_AT)
    if fact.kind == BounceKind.POLICY or not returned.must_stop(known, arrived, now):
        return
    if suppression.reason_of(person.address_key) is None or fact.kind == BounceKind.COMPLAINT:
        suppression.add(session, person.address_key, _reason(fact), now)
        consent.add(session, person.id, Event.REFUSED, Channel.SYSTEM, now, details={"what": f"{fact.kind}"})
    if fact.kind == BounceKind.COMPLAINT:
        leaving.leave_all(session, person.id, Channel.SYSTEM, now)


def _reason(fact: Bounce) -> SuppressionReason:
    return SuppressionReason.COMPLAINT if fact.kind == BounceKind.COMPLAINT else SuppressionReason.BOUNCED
