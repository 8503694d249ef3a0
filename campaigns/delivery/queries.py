"""Reads of runs and their outcomes, senders, relays and the outbox."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from campaigns.db import db
from campaigns.delivery import outcomes, rules
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
    TryPlan,
)
from campaigns.delivery.outcomes import Group
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
    waiting = select(func.count()).select_from(Retry).where(Retry.run_id == run_id)
    return Progress(
        state=RunState(run.state),
        reason=run.reason,
        expected=max(run.expected, run.sent + run.failed + run.skipped + run.uncertain),
        sent=run.sent,
        failed=run.failed,
        skipped=run.skipped,
        uncertain=db.session.scalar(perhaps_twice(run_id)) or 0,
        undecided=run.uncertain,
        waiting=db.session.scalar(waiting) or 0,
    )


def perhaps_twice(run_id: int) -> Select[Any]:
    """The question how many copies of a run may be there twice, which the index of these answers."""
    return select(func.count()).where(Delivery.run_id == run_id, Delivery.is_uncertain.is_(True))


def tries() -> rules.Tries:
    """How somebody is tried again whose server says later."""
    row = db.session.get(TryPlan, 1)
    return rules.Tries(tuple(row.steps), row.hours) if row else rules.USUAL


def tries_version() -> int:
    """How often that plan was changed, 0 for never."""
    row = db.session.get(TryPlan, 1)
    return row.version if row else 0


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


def has_batches(run_id: int) -> bool:
    """Whether any batch of a run is left."""
    return db.session.scalar(select(Batch.id).where(Batch.run_id == run_id).limit(1)) is not None


def has_open_work(run_id: int) -> bool:
    """Whether any batch or retry of a run is left."""
    batch = db.session.scalar(select(Batch.id).where(Batch.run_id == run_id).limit(1))
    return (
        batch is not None or db.session.scalar(select(Retry.run_id).where(Retry.run_id == run_id).limit(1)) is not None
    )


def group_counts(run_id: int) -> dict[Group, int]:
    """How many copies of a run stand where, zeros included."""
    run = get_run(run_id)
    question = select(Delivery.outcome, Delivery.cause, Delivery.left_at.is_not(None), func.count())
    question = question.where(Delivery.run_id == run_id, Delivery.outcome.in_((Outcome.FAILED, Outcome.UNCERTAIN)))
    found = dict.fromkeys(Group, 0)
    for outcome, cause, is_left, count in db.session.execute(question.group_by(*question.selected_columns[:3])):
        left_at = run.created_at if is_left else None
        found[outcomes.group_of(Delivery(outcome=outcome, cause=cause, left_at=left_at))] += count
    twice = select(func.count()).where(*_in_group(run_id, Group.TWICE))
    found[Group.TWICE] = db.session.scalar(twice) or 0
    found[Group.SENT], found[Group.SKIPPED] = run.sent - found[Group.TWICE], run.skipped
    found[Group.WAITING] = db.session.scalar(select(func.count()).where(Retry.run_id == run_id)) or 0
    return found


def _in_group(run_id: int, group: Group) -> list[ColumnElement[bool]]:
    """Which deliveries belong to a group."""
    mine: list[ColumnElement[bool]] = [Delivery.run_id == run_id]
    if group in outcomes.CAUSES:
        return [*mine, Delivery.outcome == Outcome.FAILED, Delivery.cause.in_(outcomes.CAUSES[group])]
    if group in (Group.UNDECIDED, Group.LEFT):
        is_left = Delivery.left_at.is_not(None) if group == Group.LEFT else Delivery.left_at.is_(None)
        return [*mine, Delivery.outcome == Outcome.UNCERTAIN, is_left]
    if group == Group.SKIPPED:
        return [*mine, Delivery.outcome == Outcome.SKIPPED]
    return [*mine, Delivery.outcome == Outcome.SENT, Delivery.is_uncertain.is_(group == Group.TWICE)]


def deliveries(run_id: int, group: Group | None = None, page: int = 1, among: Sequence[Select[Any]] = ()) -> Page[Any]:
    """Copies of a run whose outcome is known, the latest first; `among` are sub-selects of recipients to look among."""
    wanted = _in_group(run_id, group) if group else [Delivery.run_id == run_id]
    question = select(Delivery).where(*wanted, *(Delivery.recipient_id.in_(some) for some in among))
    return page_of(question.order_by(Delivery.at.desc(), Delivery.recipient_id), page)


def waiting(run_id: int, page: int = 1, among: Sequence[Select[Any]] = ()) -> Page[Any]:
    """Copies of a run to be tried again, the next first."""
    question = select(Retry).where(Retry.run_id == run_id, *(Retry.recipient_id.in_(some) for some in among))
    return page_of(question.order_by(Retry.next_at, Retry.recipient_id), page)


def recipients_in(run_id: int, groups: Iterable[Group], only: Iterable[int] | None = None) -> list[int]:
    """The recipients whose copies belong to one of the groups; `only` narrows it down to these."""
    found: list[int] = []
    for group in groups:
        question = select(Delivery.recipient_id).where(*_in_group(run_id, group))
        found += db.session.scalars(question if only is None else question.where(Delivery.recipient_id.in_(list(only))))
    return sorted(found)


def reached(run_id: int) -> Select[Any]:
    """A sub-select of the recipients to whose mail server a copy of the run was handed over."""
    return select(Delivery.recipient_id).where(Delivery.run_id == run_id, Delivery.outcome == Outcome.SENT)


def copies_after(run_id: int, group: Group | None, after: int, n: int = 1000) -> Sequence[Delivery | Retry]:
    """The next copies of a run past a recipient, in rising order, for a report."""
    table: Any = Retry if group == Group.WAITING else Delivery
    wanted = [Retry.run_id == run_id] if table is Retry else _in_group(run_id, group) if group else []
    question = select(table).where(table.run_id == run_id, *wanted, table.recipient_id > after)
    return db.session.scalars(question.order_by(table.recipient_id).limit(n)).all()


def next_try(run_id: int) -> datetime | None:
    """When the next of a run's recipients is tried again, or None when nobody waits."""
    return db.session.scalar(select(func.min(Retry.next_at)).where(Retry.run_id == run_id))


def causes_of(run_id: int, group: Group) -> dict[str, int]:
    """How often each cause stands behind the copies of a group, those that wait included."""
    found: Counter[str] = Counter()
    for table, wanted in ((Delivery, _in_group(run_id, group)), (Retry, [Retry.run_id == run_id])):
        question = select(table.cause, func.count()).where(*wanted, table.cause.in_(outcomes.CAUSES[group]))
        found.update({cause: count for cause, count in db.session.execute(question.group_by(table.cause)) if cause})
    return dict(found.most_common())


def history_of(recipient_id: int, page: int = 1, per_page: int = 50) -> Page[Any]:
    """What one recipient was sent, the latest first."""
    question = select(Delivery).where(Delivery.recipient_id == recipient_id)
    return page_of(question.order_by(Delivery.at.desc(), Delivery.run_id.desc()), page, per_page)


def waiting_of(recipient_id: int) -> list[Retry]:
    """What one recipient is to be sent again, the next first."""
    return list(db.session.scalars(select(Retry).where(Retry.recipient_id == recipient_id).order_by(Retry.next_at)))


def runs_of(run_ids: Iterable[int]) -> dict[int, Run]:
    """Runs by id."""
    return {run.id: run for run in db.session.scalars(select(Run).where(Run.id.in_(set(run_ids))))}


def refused_runs(since: datetime) -> list[tuple[Run, int, int]]:
    """Runs since then with copies refused because of us, or left to a decision, and how many of each."""
    mine = Delivery.run_id == Run.id
    refused = select(func.count()).where(
        mine, Delivery.outcome == Outcome.FAILED, Delivery.cause.in_(outcomes.CAUSES[Group.POLICY])
    )
    undecided = select(func.count()).where(mine, Delivery.outcome == Outcome.UNCERTAIN, Delivery.left_at.is_(None))
    question = select(Run, refused.scalar_subquery(), undecided.scalar_subquery()).where(
        Run.created_at >= since, or_(Run.refused > 0, Run.uncertain > 0)
    )
    return [(run, no, open_) for run, no, open_ in db.session.execute(question.order_by(Run.id.desc())) if no or open_]


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
