"""The adder of runs: how an action of a domain above starts, pauses, resumes or cancels a mailing."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from campaigns.delivery import asks, first_part, queries, rules
from campaigns.delivery.mime import Form
from campaigns.delivery.models import Batch, Delivery, Outcome, Retry, Run, RunForm, RunState, StageEnd
from campaigns.errors import Conflict
from campaigns.queueing import ask
from campaigns.staff.queries import get_organization

_AT_ONCE = 500


def add(
    session: Session,
    *,
    kind: str,
    ref: int,
    forms: dict[str, Form],
    max_id: int,
    expected: int,
    leaves_uncertain: bool = False,
    ignores_hours: bool = False,
    now: datetime,
) -> Run:
    """Put a new run in the session, with its id: `forms` by language, `max_id` the last recipient that may get it.

    `leaves_uncertain`: what may have left before a crash is left to a person instead of being sent again.
    `ignores_hours`: somebody decided that it leaves outside the sending hours too. Over a real mail server a large one
    begins with a first part.
    """
    run = Run(kind=kind, ref=ref, max_id=max_id, expected=expected, created_at=now, state=RunState.RUNNING)
    run.leaves_uncertain, run.ignores_hours = leaves_uncertain, ignores_hours
    rules_now = queries.sending_rules()
    if rules_now.is_staged and not get_organization().is_practice:
        run.stage_size = rules.first_part(expected, rules_now.stage_percent, rules_now.stage_least)
        run.stage_left = run.stage_size or None
    session.add(run)
    session.flush()
    for language, form in forms.items():
        session.add(RunForm(run_id=run.id, language=language, form=json.loads(form.to_json())))
    ask(session, asks.cut(run.id))
    return run


def pause(session: Session, run_id: int, reason: str) -> None:
    """Hold a run that is under way; raises Conflict when it is not."""
    _change(session, run_id, {RunState.RUNNING}, RunState.PAUSED, reason)


def resume(session: Session, run_id: int) -> None:
    """Let a run go on that was held or stopped; raises Conflict when it was not."""
    run = _change(session, run_id, {RunState.PAUSED, RunState.STOPPED}, RunState.RUNNING, "")
    run.failures, run.next_try_at, run.wait_kind, run.watch = 0, None, "", None
    if run.stage_end == StageEnd.STOPPED:
        # Whoever lets it go on has seen why it stopped.
        run.stage_left = None
    ask(session, asks.LOOK)


def end_first_part(session: Session, run_id: int) -> None:
    """Let the rest follow a first part without waiting longer; raises Conflict when nothing waits for it."""
    run = session.get_one(Run, run_id, with_for_update=True)
    if run.state != RunState.RUNNING or run.stage_left is None:
        raise Conflict("The sending has moved on in the meantime. Please look at the page again.")
    let_follow(session, run, StageEnd.BUTTON, first_part.seen(run))


def let_follow(session: Session, run: Run, end: StageEnd, seen: dict[str, int]) -> None:
    """Let the rest of a run follow its first part; `seen` is what it showed."""
    run.stage_left, run.stage_end, run.stage_seen = None, end, seen
    ask(session, asks.cut(run.id))


def cancel(session: Session, run_id: int, now: datetime) -> None:
    """End a run for good; who has the message keeps it, nobody else gets it. Raises Conflict when it has ended."""
    run = _change(session, run_id, {RunState.RUNNING, RunState.PAUSED, RunState.STOPPED}, RunState.CANCELED, "")
    run.finished_at = now
    # A batch that somebody holds is dropped by its holder, who still has to write down what left.
    is_free = or_(Batch.claimed_until.is_(None), Batch.claimed_until < now)
    session.execute(delete(Batch).where(Batch.run_id == run_id, is_free))
    session.execute(delete(Retry).where(Retry.run_id == run_id))


def send_again(session: Session, run_id: int, recipient_ids: Iterable[int], now: datetime) -> int:
    """Have copies tried again that failed or are uncertain, at once; gives how many, and opens an ended run again.

    Raises Conflict when the run was canceled.
    """
    run = session.get_one(Run, run_id, with_for_update=True)
    if run.state == RunState.CANCELED:
        raise Conflict("This sending was canceled, so nothing of it can be sent again.")
    rest, counts = iter(recipient_ids), Counter[str]()
    rows: list[Delivery] = []
    while some := list(islice(rest, _AT_ONCE)):
        mine = (Delivery.run_id == run_id, Delivery.recipient_id.in_(some))
        rows += session.scalars(
            select(Delivery).where(*mine, Delivery.outcome.in_([Outcome.FAILED, Outcome.UNCERTAIN]))
        )
    for row in rows:
        counts[row.outcome] += 1
        again = Retry(run_id=run_id, recipient_id=row.recipient_id, attempts=0, first_at=now, next_at=now)
        again.code, again.enhanced, again.text = row.code, row.enhanced, row.text
        again.is_wanted = row.is_uncertain
        session.add(again)
        session.delete(row)
    run.failed -= counts[Outcome.FAILED]
    run.uncertain -= counts[Outcome.UNCERTAIN]
    run.refused, run.refused_told_at = 0, None
    if counts and run.state == RunState.FINISHED:
        run.state, run.finished_at, run.is_settled = RunState.RUNNING, None, False
    ask(session, asks.LOOK)
    return counts.total()


def _change(session: Session, run_id: int, before: set[RunState], after: RunState, reason: str) -> Run:
    run = session.get_one(Run, run_id, with_for_update=True)
    if run.state not in before:
        raise Conflict("The sending has moved on in the meantime. Please look at the page again.")
    run.state, run.reason = after, reason
    return run


def leave(session: Session, run_id: int, recipient_ids: Iterable[int], now: datetime) -> int:
    """Note that somebody decided to leave uncertain copies as they are; gives how many."""
    rest, left = iter(recipient_ids), 0
    while some := list(islice(rest, _AT_ONCE)):
        mine = (Delivery.run_id == run_id, Delivery.recipient_id.in_(some), Delivery.outcome == Outcome.UNCERTAIN)
        changed = session.execute(update(Delivery).where(*mine, Delivery.left_at.is_(None)).values(left_at=now))
        left += int(getattr(changed, "rowcount", 0))
    return left
