"""Writes of what arrives: messages of the bounce mailbox, events of a provider. Each may be repeated."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campaigns.db import action, db, upserting
from campaigns.delivery.bounces import facts, intake
from campaigns.delivery.bounces.facts import Fact
from campaigns.delivery.bounces.models import Bounce, BounceMailbox, UnreadReport, Webhook, WebhookEvent
from campaigns.delivery.bounces.reading import Reading, Verdict
from campaigns.delivery.models import Run

UNREAD_FOR, EVENTS_FOR, NAMED_FOR = timedelta(days=14), timedelta(days=30), timedelta(days=180)


@action
def take_message(reading: Reading, raw: bytes, uid: int, validity: int, now: datetime) -> None:
    """Keep what a message of the bounce mailbox says, and how far the mailbox is read, together."""
    session = db.session()
    digest = hashlib.sha256(raw).hexdigest()
    told = [_of_a_known_run(session, fact) for fact in intake.facts_of(reading, digest, now)]
    for fact in told:
        facts.add(session, fact, now)
    if reading.verdict == Verdict.BOUNCE and not any(fact.recipient_id or fact.fingerprint for fact in told):
        row = {"at": now, "subject": intake.redacted(reading.subject)[:200], "source_key": digest}
        row["text"] = intake.redacted(reading.text)[:1000]
        session.execute(upserting(session, UnreadReport).values(row).on_conflict_do_nothing())
    mailbox = session.scalar(select(BounceMailbox).order_by(BounceMailbox.id).limit(1).with_for_update())
    if mailbox is not None:
        is_new = mailbox.uid_validity != validity
        mailbox.uid_validity, mailbox.last_uid = validity, uid if is_new else max(mailbox.last_uid, uid)


@action
def note_reading(problem: str, now: datetime) -> None:
    """Note that the bounce mailbox was read, or why it could not be."""
    mailbox = db.session.scalar(select(BounceMailbox).order_by(BounceMailbox.id).limit(1).with_for_update())
    if mailbox is not None:
        mailbox.problem = problem
        mailbox.read_at = mailbox.read_at if problem else now


@action
def take_events(webhook_id: int, key: str, told: Sequence[Fact], now: datetime) -> bool:
    """Keep what a provider reported, once; `key` names its request. False when it was taken before."""
    session = db.session()
    row = {"webhook_id": webhook_id, "key": hashlib.sha256(key.encode()).hexdigest(), "at": now}
    new = upserting(session, WebhookEvent).values(row).on_conflict_do_nothing()
    if session.execute(new.returning(WebhookEvent.key)).first() is None:
        return False
    for fact in told:
        facts.add(session, _of_a_known_run(session, fact), now)
    session.execute(update(Webhook).where(Webhook.id == webhook_id).values(heard_at=now, problem=""))
    return True


@action
def note_problem(webhook_id: int, problem: str, now: datetime) -> None:
    """Note why a provider's request was not taken."""
    session = db.session()
    session.execute(update(Webhook).where(Webhook.id == webhook_id).values(problem=problem, problem_at=now))


@action
def purge(now: datetime) -> None:
    """Forget what is past its time: reports that nobody understood, names of events, who a bounce was about."""
    session = db.session()
    session.execute(delete(UnreadReport).where(UnreadReport.at < now - UNREAD_FOR))
    session.execute(delete(WebhookEvent).where(WebhookEvent.at < now - EVENTS_FOR))
    old = update(Bounce).where(Bounce.at < now - NAMED_FOR, Bounce.settled_at.is_not(None))
    session.execute(old.values(recipient_id=None, fingerprint="", text=""))


def _of_a_known_run(session: Session, fact: Fact) -> Fact:
    """A fact about a run that is gone, or of another installation, names no run."""
    if fact.run_id is None or session.get(Run, fact.run_id) is not None:
        return fact
    return Fact(fact.kind, fact.source, fact.report, None, None, fact.fingerprint, fact.code, fact.status, fact.text)
