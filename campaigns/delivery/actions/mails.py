"""The writes of the outbox: claim what is due, record what became of it."""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_

from campaigns.db import action, db
from campaigns.delivery import brakes, queries, rules
from campaigns.delivery.models import OutboxMail, OutboxState, Outcome
from campaigns.delivery.queries import due_mails

KEEP_FAILED = timedelta(days=14)
KEEP_SENT = timedelta(days=30)


@action
def claim(is_paused: bool, now: datetime, limit: int = 20) -> list[OutboxMail]:
    """Take single mails that are due, for the length of the lease; while paused only the urgent ones.

    A mail whose lease ran out may have left before a crash; it is sent again with the same Message-ID.
    """
    wanted = due_mails(is_paused, now).order_by(OutboxMail.is_urgent.desc(), OutboxMail.id).limit(limit)
    mails = list(db.session.scalars(wanted.with_for_update(skip_locked=True)))
    for mail in mails:
        mail.state, mail.claimed_until = OutboxState.SENDING, now + rules.LEASE
        mail.attempts += 1
    return mails


@action
def record(mail_id: int, code: int, text: str, now: datetime) -> None:
    """Write down a server's reply to one mail; 0 stands for a server that could not be reached.

    When the mail has left, its address and text are wiped: they may hold a link that opens something.
    """
    mail = db.session.get_one(OutboxMail, mail_id, with_for_update=True)
    outcome = rules.outcome_of(code) if code else None
    again = rules.next_try_at(mail.attempts, mail.created_at, now)
    mail.claimed_until, mail.problem = None, "" if outcome == Outcome.SENT else rules.told(text)
    if outcome == Outcome.SENT:
        mail.state, mail.done_at = OutboxState.SENT, now
    elif outcome == Outcome.FAILED or again is None:
        mail.state, mail.done_at = OutboxState.FAILED, now
    else:
        mail.state, mail.not_before = OutboxState.WAITING, again
    if mail.done_at is not None:
        mail.to_address, mail.to_name, mail.text, mail.html = "", "", "", ""


@action
def count(relay_id: int | None, mails: int, now: datetime) -> None:
    """Count single mails that a mail server was given, where it has a limit: newsletters leave them room."""
    relay = queries.find_relay(relay_id) if relay_id is not None and mails else None
    if relay is not None:
        brakes.count(db.session(), relay, mails, now)


@action
def purge(now: datetime) -> None:
    """Forget single mails that were sent or given up some time ago."""
    sent = and_(OutboxMail.state == OutboxState.SENT, OutboxMail.done_at < now - KEEP_SENT)
    failed = and_(OutboxMail.state == OutboxState.FAILED, OutboxMail.done_at < now - KEEP_FAILED)
    db.session.execute(delete(OutboxMail).where(or_(sent, failed)))
