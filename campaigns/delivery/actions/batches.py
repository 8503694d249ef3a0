"""The writes of a run on its way: cut, claim, release, record, finish. Each is short and may be repeated."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Row, Table, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from campaigns.db import action, db, upserting
from campaigns.delivery import asks, deliveries, ledger, refusals, rules
from campaigns.delivery.actions import usual
from campaigns.delivery.brakes import Toll, Wait, hours_of
from campaigns.delivery.hours import Hours
from campaigns.delivery.models import (
    Batch,
    OutboxMail,
    OutboxState,
    Outcome,
    Retry,
    Run,
    RunState,
    WaitKind,
)
from campaigns.delivery.queries import has_open_work, tries
from campaigns.queueing import ask

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH, _RUN = cast(Table, Batch.__table__), cast(Table, Run.__table__)
_HELD = (
    select(
        *(_BATCH.c[name] for name in ("run_id", "ids", "done", "released")),
        *(_RUN.c[name] for name in ("state", "is_cut", "failures", "next_try_at", "reason", "watch")),
    )
    .join_from(_BATCH, _RUN)
    .where(_BATCH.c.id == bindparam("batch_id"), _BATCH.c.claimed_by == bindparam("owner"))
    .with_for_update()
)
# Made once: to put a statement together takes longer than to carry it out.
_READY = select(func.count()).select_from(_BATCH).where(_BATCH.c.run_id == bindparam("run_id"))
_MOVE = update(_RUN).where(_RUN.c.id == bindparam("run_id"))
_MOVE = _MOVE.values({name: bindparam(f"new_{name}") for name in ("batches", "cursor", "stage_left")})
_ADD = insert(_BATCH).returning(_BATCH.c.id)
_FREE = (
    select(*(_BATCH.c[name] for name in ("id", "ids", "done", "released")))
    .join_from(_BATCH, _RUN)
    .where(_BATCH.c.run_id == bindparam("run_id"), _RUN.c.state == RunState.RUNNING.value)
    .where(or_(_BATCH.c.claimed_until.is_(None), _BATCH.c.claimed_until < bindparam("now")))
    .where(or_(_RUN.c.next_try_at.is_(None), _RUN.c.next_try_at <= bindparam("now")))
    .order_by(_BATCH.c.no)
    .limit(1)
    .with_for_update(skip_locked=True, of=_BATCH)
)
_THIS_FREE = _FREE.where(_BATCH.c.id == bindparam("batch_id"))
_MARK = update(_BATCH).where(_BATCH.c.id == bindparam("batch_id"))
_MARK = _MARK.values({name: bindparam(f"new_{name}") for name in ("done", "released", "claimed_by", "claimed_until")})
_COUNT = update(_RUN).where(_RUN.c.id == bindparam("run_id"))
_COUNT = _COUNT.values({one.value: _RUN.c[one.value] + bindparam(f"more_{one.value}") for one in Outcome})


class Ack(NamedTuple):
    """The outcome of one recipient's copy; `outcome` None means that the server asked us to come back later.

    `to` is the address, for what is counted by domain or kept as a fingerprint; it is stored nowhere.
    """

    position: int
    recipient_id: int
    outcome: Outcome | None
    at: datetime
    code: int = 0
    text: str = ""
    is_uncertain: bool = False
    enhanced: str = ""
    to: str = ""


@dataclass(frozen=True)
class Claimed:
    """A batch that is ours for the length of the lease; what is open below `released` may have left before."""

    batch_id: int
    ids: list[int]
    open: list[int]
    released: int


@dataclass(frozen=True)
class Again:
    """Somebody to be tried again; `is_uncertain` when their copy may have left before a crash.

    `is_wanted` when a person wishes it although that may make two copies.
    """

    recipient_id: int
    is_uncertain: bool
    is_wanted: bool = False


@action
def cut_batch(run_id: int, next_ids: Callable[[Run, int, int], list[int]]) -> bool:
    """Put the next recipients of a run into a batch, move its cursor, ask for both to go on: one transaction.

    False when there are no more, or so many batches stand ready that whoever finishes one asks for the next.
    """
    session = db.session()
    run = session.get(Run, run_id, with_for_update=True)
    if run is None or run.state != RunState.RUNNING or run.is_cut or _ready(run_id) >= ledger.AHEAD:
        return False
    # Behind the first part of a large newsletter the rest waits.
    size = ledger.BATCH_SIZE if run.stage_left is None else min(ledger.BATCH_SIZE, run.stage_left)
    ids = next_ids(run, run.cursor, size) if size else None
    if ids is None:
        return False
    if not ids:
        run.is_cut = True
        return False
    left = None if run.stage_left is None else run.stage_left - len(ids)
    known = {"run_id": run_id, "new_batches": run.batches + 1, "new_cursor": ids[-1], "new_stage_left": left}
    connection = session.connection()
    connection.execute(_MOVE, known)
    bits = ledger.empty_bits(len(ids))
    batch = {"run_id": run_id, "no": run.batches + 1, "ids": ledger.pack_ids(ids), "done": bits}
    batch_id = connection.execute(_ADD, batch).scalar_one()
    ask(session, asks.send(batch_id))
    ask(session, asks.cut(run_id))
    return True


def _ready(run_id: int) -> int:
    return int(db.session.connection().execute(_READY, {"run_id": run_id}).scalar_one())


@action
def claim_batch(run_id: int, owner: str, now: datetime, batch_id: int | None = None) -> Claimed | None:
    """Take a batch of a run that nobody holds, that one or any, for the length of the lease; None when there is none.

    There is none either while the run rests: held, over, or its mail server left alone for a while.
    """
    wanted = {"run_id": run_id, "batch_id": batch_id, "now": now}
    connection = db.session.connection()
    batch = connection.execute(_FREE if batch_id is None else _THIS_FREE, wanted).first()
    if batch is None:
        return None
    _mark(batch.id, batch.done, batch.released, owner, now + rules.BATCH_LEASE)
    ids = ledger.unpack_ids(batch.ids)
    return Claimed(batch.id, ids, ledger.open_positions(batch.done, len(ids)), batch.released)


def release_group(
    batch_id: int, owner: str, up_to: int, acks: Sequence[Ack], now: datetime, toll: Toll | None = None
) -> bool:
    """Record what is known of the group before, and mark the next one as on its way, in one transaction.

    `up_to` is the first position that must not leave yet. False when the batch is no longer ours or its run no longer
    under way: then nothing of the next group may leave (what is known of the last one is recorded all the same).
    With a `toll` only what gets tokens is released, and who is set aside is kept for later.
    """
    if toll is None and (answer := usual.release(batch_id, owner, up_to, acks, now)) is not None:
        return answer
    return _release(batch_id, owner, up_to, acks, now, toll)


@action
def _release(
    batch_id: int, owner: str, up_to: int, acks: Sequence[Ack], now: datetime, toll: Toll | None = None
) -> bool:
    held = _held(batch_id, owner)
    if held is None:
        return False
    done, state = _record(db.session(), held, acks, now)
    is_ours = state == RunState.RUNNING
    if is_ours and toll is not None:
        up_to = toll.deal(db.session(), now)
        done = ledger.with_bits(done, toll.aside)
        _set_aside(db.session(), held.run_id, toll, now)
    mark = max(held.released, up_to) if is_ours else held.released
    _mark(batch_id, done, mark, owner, now + rules.BATCH_LEASE)
    return is_ours


@action
def put_back(
    batch_id: int,
    owner: str,
    released: int | None,
    acks: Sequence[Ack],
    now: datetime,
    toll: Toll | None = None,
    unsent: Sequence[int] = (),
) -> None:
    """Record what is known and give the batch back; it is dropped when nothing is open.

    `released` is the first position that certainly did not leave, None to keep the mark. The tokens of `unsent`
    positions are given back to whom `toll` took them from.
    """
    if toll is not None and unsent:
        toll.give_back(db.session(), unsent, now)
    held = _held(batch_id, owner)
    if held is None:
        return
    session = db.session()
    done, state = _record(session, held, acks, now)
    if state != RunState.CANCELED and ledger.open_positions(done, len(ledger.unpack_ids(held.ids))):
        mark = held.released if released is None else released
        _mark(batch_id, done, mark, "", None)
        return
    session.execute(delete(Batch).where(Batch.id == batch_id))
    if state == RunState.RUNNING and not held.is_cut:
        ask(session, asks.cut(held.run_id))


@action
def claim_retries(
    run_id: int, now: datetime, but_not: Iterable[str] = (), limit: int = ledger.GROUP_SIZE
) -> list[Again]:
    """Take recipients of a run whose time to be tried again has come, set aside for none of those domains.

    A claim that ran out means that its holder died, perhaps after the message had left.
    """
    is_free = or_(Retry.claimed_until.is_(None), Retry.claimed_until < now)
    wanted = select(Retry).where(Retry.run_id == run_id, Retry.next_at <= now, is_free)
    wanted = wanted.where(Retry.aside_for.not_in(list(but_not)))
    rows = db.session.scalars(
        wanted.order_by(Retry.next_at, Retry.recipient_id).limit(limit).with_for_update(skip_locked=True)
    ).all()
    again = [Again(row.recipient_id, row.claimed_until is not None, row.is_wanted) for row in rows]
    for row in rows:
        row.claimed_until = now + rules.LEASE
    return again


@action
def record_retries(run_id: int, acks: Sequence[Ack], untried: Sequence[Again], now: datetime) -> None:
    """Record what became of recipients that were tried again, and give back those that were not."""
    session = db.session()
    run = session.get_one(Run, run_id, with_for_update=True)
    _write_outcomes(session, run_id, acks, now, run.watch is not None, are_retries=True)
    for one in untried:
        # A claim in the past is a claim that ran out: the doubt is kept.
        free = LONG_AGO if one.is_uncertain else None
        mine = (Retry.run_id == run_id, Retry.recipient_id == one.recipient_id, Retry.claimed_until > now)
        session.execute(update(Retry).where(*mine).values(claimed_until=free))


@action
def pay(run_id: int, toll: Toll, now: datetime) -> None:
    """Take the tokens for recipients that are tried again, and set aside those whose domain has none left."""
    toll.deal(db.session(), now)
    for recipient_id, domain in toll.aside_people():
        mine = (Retry.run_id == run_id, Retry.recipient_id == recipient_id)
        db.session.execute(update(Retry).where(*mine).values(aside_for=domain))


@action
def note_wait(run_id: int, wait: Wait, now: datetime) -> None:
    """Remember what a run waits for, and leave it alone until then."""
    run = db.session.get_one(Run, run_id, with_for_update=True)
    if run.state == RunState.RUNNING:
        run.wait_kind, run.reason = wait.kind, wait.reason
        run.next_try_at = wait.until or now + rules.LOOK_AGAIN


@action
def note_server_fault(run_id: int, sentence: str, now: datetime) -> None:
    """Remember that the mail server did not serve us, and leave it alone for a while."""
    run = db.session.get_one(Run, run_id, with_for_update=True)
    if run.state == RunState.RUNNING:
        run.failures += 1
        run.next_try_at = rules.server_try_at(run.failures, now)
        run.wait_kind, run.reason = WaitKind.FAULT, rules.told(sentence)


@action
def finish_run(run_id: int, now: datetime) -> bool:
    """End a run of which nothing is left to do; False when something is."""
    run = db.session.get_one(Run, run_id, with_for_update=True)
    if run.state != RunState.RUNNING or not run.is_cut or has_open_work(run_id):
        return False
    run.state, run.finished_at, run.reason, run.wait_kind = RunState.FINISHED, now, "", ""
    return True


@action
def settle(run_id: int) -> None:
    """Note that whoever asked for a run was told of its end."""
    db.session.execute(update(Run).where(Run.id == run_id).values(is_settled=True))


def _held(batch_id: int, owner: str) -> Row[Any] | None:
    """A batch that is ours and its run, both locked. As a row and not as objects: this is asked all the time."""
    return db.session.connection().execute(_HELD, {"batch_id": batch_id, "owner": owner}).first()


def _set_aside(session: Session, run_id: int, toll: Toll, now: datetime) -> None:
    rows = [
        {"run_id": run_id, "recipient_id": recipient_id, "attempts": 0, "first_at": now, "next_at": now}
        | {"code": 0, "enhanced": "", "text": "", "cause": "", "is_wanted": False, "aside_for": domain}
        for recipient_id, domain in toll.aside_people()
    ]
    if rows:
        session.execute(upserting(session, Retry.__table__).on_conflict_do_nothing(), rows)


def _mark(batch_id: int, done: bytes, released: int, owner: str, until: datetime | None) -> None:
    values = {"new_done": done, "new_released": released, "new_claimed_by": owner, "new_claimed_until": until}
    db.session.connection().execute(_MARK, {"batch_id": batch_id, **values})


def _record(session: Session, held: Row[Any], acks: Sequence[Ack], now: datetime) -> tuple[bytes, str]:
    """Write down what is known; gives the bits of the batch and the state of the run as they are then."""
    done, state = held.done, str(held.state)
    if not acks:
        return done, state
    state = _write_outcomes(session, held.run_id, acks, now, held.watch is not None) or state
    if any(ack.code for ack in acks) and (held.failures or held.next_try_at or held.reason):
        ended = {"reason": "", "wait_kind": ""} if state == RunState.RUNNING else {}
        session.execute(update(_RUN).where(_RUN.c.id == held.run_id).values(failures=0, next_try_at=None, **ended))
    return ledger.with_bits(done, (ack.position for ack in acks)), state


def _write_outcomes(
    session: Session, run_id: int, acks: Sequence[Ack], now: datetime, is_watched: bool, are_retries: bool = False
) -> str:
    """Write down what became of each; gives the state of the run where a refusal or the watch asked for it."""
    verdicts, state = refusals.judge(acks), ""
    final: list[tuple[Ack, Outcome]] = []
    plan: tuple[rules.Tries, Hours | None] | None = None
    for ack in acks:
        outcome = ack.outcome
        if outcome is None:
            plan = plan or (tries(), hours_of(session.get_one(Run, run_id)))
            outcome = _come_back_later(session, run_id, ack, refusals.cause_of(verdicts, ack), plan, now)
        if outcome is not None:
            final.append((ack, outcome))
    if verdicts or is_watched:
        run = session.get_one(Run, run_id)
        refusals.write_down(session, run, acks, verdicts, {ack.recipient_id for ack, _ in final}, now)
        state = run.state
    if final:
        _write_deliveries(session, run_id, final, verdicts, are_retries)
    return state


def _write_deliveries(
    session: Session, run_id: int, final: list[tuple[Ack, Outcome]], verdicts: refusals.Verdicts, are_retries: bool
) -> None:
    new = Counter[Outcome]()
    for outcome in {outcome for _, outcome in final}:
        acks = [ack for ack, one in final if one == outcome]
        # As many as are new count: who was sent a copy by somebody else meanwhile is in the books already.
        new[outcome] = deliveries.add(session, run_id, outcome, acks, verdicts)
    session.connection().execute(_COUNT, {"run_id": run_id, **{f"more_{one.value}": new[one] for one in Outcome}})
    # Nobody waits to be tried again whose first try this was, unless there is no time for a second.
    waited = [ack.recipient_id for ack, _ in final if are_retries or ack.outcome is None]
    if waited:
        session.execute(delete(Retry).where(Retry.run_id == run_id, Retry.recipient_id.in_(waited)))


def _come_back_later(
    session: Session, run_id: int, ack: Ack, cause: str, plan: tuple[rules.Tries, Hours | None], now: datetime
) -> Outcome | None:
    row = session.get(Retry, (run_id, ack.recipient_id))
    if row is None:
        row = Retry(run_id=run_id, recipient_id=ack.recipient_id, attempts=0, first_at=now, next_at=now)
        session.add(row)
    if not row.attempts:
        row.first_at = now
    row.attempts += 1
    row.aside_for = ""
    row.code, row.enhanced, row.text, row.cause = ack.code, ack.enhanced, rules.told(ack.text), cause
    row.claimed_until = LONG_AGO if ack.is_uncertain and not row.is_wanted else None
    again = rules.next_try_at(row.attempts, row.first_at, now, *plan)
    if again is None:
        return Outcome.FAILED
    row.next_at = again
    return None


@action
def free_all() -> None:
    """Give back every batch, retry and mail that somebody held; only for a start when nobody else can be at work."""
    db.session.execute(update(Batch).values(claimed_by="", claimed_until=None))
    db.session.execute(update(Retry).where(Retry.claimed_until.is_not(None)).values(claimed_until=LONG_AGO))
    lost = OutboxMail.state == OutboxState.SENDING
    db.session.execute(update(OutboxMail).where(lost).values(state=OutboxState.WAITING, claimed_until=None))
