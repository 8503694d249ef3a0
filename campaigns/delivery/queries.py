"""Reads of runs and their outcomes, senders, relays and the outbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from campaigns.db import db
from campaigns.delivery.buckets import Limit, Span, Takes
from campaigns.delivery.mime import Form
from campaigns.delivery.models import (
    Batch,
    Bucket,
    Delivery,
    DomainLimit,
    OutboxMail,
    OutboxState,
    Outcome,
    Relay,
    Retry,
    Run,
    RunForm,
    RunState,
    Sender,
    SendingRules,
)
from campaigns.errors import NotFound
from campaigns.web.paging import Page, page_of


@dataclass(frozen=True)
class Progress:
    """How far a run is, in people; `waiting` counts those asked to be tried again later.

    `uncertain` counts who may have two copies, or may have none: those `undecided` are left to a person.
    """

    state: RunState
    reason: str
    expected: int
    sent: int
    failed: int
    skipped: int
    uncertain: int
    undecided: int
    waiting: int

    @property
    def handled(self) -> int:
        """People whose outcome is known."""
        return self.sent + self.failed + self.skipped + self.undecided


def get_run(run_id: int) -> Run:
    """A run; raises NotFound."""
    run = db.session.get(Run, run_id)
    if run is None:
        raise NotFound()
    return run


def find_run(run_id: int) -> Run | None:
    """A run, or None."""
    return db.session.get(Run, run_id)


def progress(run_id: int) -> Progress:
    """How far a run is; raises NotFound."""
    run = get_run(run_id)
    uncertain = select(func.count()).select_from(Delivery)
    uncertain = uncertain.where(Delivery.run_id == run_id, Delivery.is_uncertain.is_(True))
    waiting = select(func.count()).select_from(Retry).where(Retry.run_id == run_id)
    return Progress(
        state=RunState(run.state),
        reason=run.reason,
        expected=max(run.expected, run.sent + run.failed + run.skipped + run.uncertain),
        sent=run.sent,
        failed=run.failed,
        skipped=run.skipped,
        uncertain=db.session.scalar(uncertain) or 0,
        undecided=run.uncertain,
        waiting=db.session.scalar(waiting) or 0,
    )


def due_runs(now: datetime) -> list[Run]:
    """Runs under way whose mail server is not being left alone, the oldest first."""
    is_due = or_(Run.next_try_at.is_(None), Run.next_try_at <= now)
    return list(db.session.scalars(select(Run).where(Run.state == RunState.RUNNING, is_due).order_by(Run.id)))


def free_batches(run_id: int, now: datetime) -> list[int]:
    """The batches of a run that nobody holds, in their order."""
    is_free = or_(Batch.claimed_until.is_(None), Batch.claimed_until < now)
    return list(db.session.scalars(select(Batch.id).where(Batch.run_id == run_id, is_free).order_by(Batch.no)))


def run_of(batch_id: int) -> Run | None:
    """The run of a batch, or None when the batch is done."""
    return db.session.scalar(select(Run).join(Batch, Batch.run_id == Run.id).where(Batch.id == batch_id))


def has_due_retries(run_id: int, now: datetime, but_not: Iterable[str] = ()) -> bool:
    """Whether the time of anybody has come who is to be tried again, set aside for none of those domains."""
    is_free = or_(Retry.claimed_until.is_(None), Retry.claimed_until < now)
    wanted = select(Retry.run_id).where(Retry.run_id == run_id, Retry.next_at <= now, is_free)
    wanted = wanted.where(Retry.aside_for.not_in(list(but_not)))
    return db.session.scalar(wanted.limit(1)) is not None


def unsettled_runs() -> list[Run]:
    """Runs that have ended, and whoever asked for them has not been told."""
    ended = (RunState.FINISHED, RunState.CANCELED)
    return list(db.session.scalars(select(Run).where(Run.state.in_(ended), Run.is_settled.is_(False))))


def forms_of(run_id: int) -> dict[str, Form]:
    """What a run sends, by language."""
    rows = db.session.scalars(select(RunForm).where(RunForm.run_id == run_id))
    return {row.language: Form(**row.form) for row in rows}


def has_open_work(run_id: int) -> bool:
    """Whether any batch or retry of a run is left."""
    batch = db.session.scalar(select(Batch.id).where(Batch.run_id == run_id).limit(1))
    return (
        batch is not None or db.session.scalar(select(Retry.run_id).where(Retry.run_id == run_id).limit(1)) is not None
    )


def deliveries(run_id: int, outcome: str = "", page: int = 1) -> Page[Any]:
    """Deliveries of a run, the latest first; "uncertain" gives those that may have arrived twice, or not."""
    question = select(Delivery).where(Delivery.run_id == run_id)
    if outcome == Outcome.UNCERTAIN:
        question = question.where(Delivery.is_uncertain.is_(True))
    elif outcome:
        question = question.where(Delivery.outcome == outcome)
    return page_of(question.order_by(Delivery.at.desc(), Delivery.recipient_id), page)


def history_of(recipient_id: int, limit: int = 100) -> list[tuple[Delivery, Run]]:
    """What one recipient was sent, with its run, the latest first."""
    question = select(Delivery, Run).join(Run, Run.id == Delivery.run_id).where(Delivery.recipient_id == recipient_id)
    return [(row[0], row[1]) for row in db.session.execute(question.order_by(Delivery.at.desc()).limit(limit))]


def titles(run_ids: Iterable[int]) -> dict[int, str]:
    """What each run was about: its subject, in one of its languages."""
    rows = db.session.scalars(select(RunForm).where(RunForm.run_id.in_(set(run_ids))).order_by(RunForm.language.desc()))
    return {row.run_id: Form(**row.form).title for row in rows}


def senders(with_retired: bool = False) -> list[Sender]:
    """Who newsletters can come from, the default first."""
    question = select(Sender).order_by(Sender.is_default.desc(), Sender.name, Sender.id)
    return list(db.session.scalars(question if with_retired else question.where(Sender.retired_at.is_(None))))


def get_sender(sender_id: int) -> Sender:
    """A sender; raises NotFound."""
    sender = db.session.get(Sender, sender_id)
    if sender is None:
        raise NotFound()
    return sender


def default_sender() -> Sender | None:
    """The sender of single mails, and of a newsletter that names none."""
    found = senders()
    return found[0] if found else None


def relays(with_retired: bool = False) -> list[Relay]:
    """The mail servers that carry our mail once the office is live, in the order in which they were added."""
    question = select(Relay).order_by(Relay.id)
    return list(db.session.scalars(question if with_retired else question.where(Relay.retired_at.is_(None))))


def get_relay(relay_id: int) -> Relay:
    """A mail server; raises NotFound."""
    found = db.session.get(Relay, relay_id)
    if found is None:
        raise NotFound("We could not find that mail server.")
    return found


def find_relay(relay_id: int) -> Relay | None:
    """A mail server as it is now, or None."""
    return db.session.get(Relay, relay_id, populate_existing=True)


def relay() -> Relay | None:
    """The first of the mail servers, or None: the one that an office needs to go live."""
    found = relays()
    return found[0] if found else None


def sending_rules() -> SendingRules:
    """How newsletters leave; the usual rules before anybody changed them."""
    return db.session.get(SendingRules, 1) or SendingRules.usual()


def domain_limits() -> list[DomainLimit]:
    """The recipient domains that get only so much, by name."""
    return list(db.session.scalars(select(DomainLimit).order_by(DomainLimit.domain)))


def buckets(limits: Iterable[Limit]) -> dict[tuple[str, Span], Takes]:
    """What was taken of these limits."""
    columns = select(Bucket.key, Bucket.span, Bucket.takes).where(Bucket.key.in_({limit.key for limit in limits}))
    return {(row.key, Span(row.span)): row.takes for row in db.session.execute(columns)}


def due_mails(is_paused: bool, now: datetime) -> Select[OutboxMail]:
    """The single mails that may leave now, also those that somebody held who died; while paused the urgent ones."""
    is_due = and_(OutboxMail.state == OutboxState.WAITING, OutboxMail.not_before <= now)
    is_lost = and_(OutboxMail.state == OutboxState.SENDING, OutboxMail.claimed_until < now)
    wanted = select(OutboxMail).where(or_(is_due, is_lost))
    return wanted.where(OutboxMail.is_urgent.is_(True)) if is_paused else wanted


def has_due_mails(is_paused: bool, now: datetime) -> bool:
    """Whether any single mail may leave now."""
    return db.session.scalar(due_mails(is_paused, now).limit(1)) is not None


def outbox_counts() -> dict[str, int]:
    """How many single mails stand where."""
    question = select(OutboxMail.state, func.count()).group_by(OutboxMail.state)
    return {str(state): int(count) for state, count in db.session.execute(question)}


def failed_mails(limit: int = 20) -> list[OutboxMail]:
    """Single mails that could not be sent, the latest first."""
    question = select(OutboxMail).where(OutboxMail.state == OutboxState.FAILED)
    return list(db.session.scalars(question.order_by(OutboxMail.id.desc()).limit(limit)))
