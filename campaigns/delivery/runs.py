"""The adder of runs: how an action of a domain above starts, pauses, resumes or cancels a mailing."""

import json
from datetime import datetime

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from campaigns.delivery.mime import Form
from campaigns.delivery.models import Batch, Retry, Run, RunForm, RunState
from campaigns.errors import Conflict


def add(
    session: Session, *, kind: str, ref: int, forms: dict[str, Form], max_id: int, expected: int, now: datetime
) -> Run:
    """Put a new run in the session, with its id: `forms` by language, `max_id` the last recipient that may get it."""
    run = Run(kind=kind, ref=ref, max_id=max_id, expected=expected, created_at=now, state=RunState.RUNNING)
    session.add(run)
    session.flush()
    for language, form in forms.items():
        session.add(RunForm(run_id=run.id, language=language, form=json.loads(form.to_json())))
    return run


def pause(session: Session, run_id: int, reason: str) -> None:
    """Hold a run that is under way; raises Conflict when it is not."""
    _change(session, run_id, {RunState.RUNNING}, RunState.PAUSED, reason)


def resume(session: Session, run_id: int) -> None:
    """Let a run go on that was held or stopped; raises Conflict when it was not."""
    run = _change(session, run_id, {RunState.PAUSED, RunState.STOPPED}, RunState.RUNNING, "")
    run.failures, run.next_try_at = 0, None


def cancel(session: Session, run_id: int, now: datetime) -> None:
    """End a run for good; who has the message keeps it, nobody else gets it. Raises Conflict when it has ended."""
    run = _change(session, run_id, {RunState.RUNNING, RunState.PAUSED, RunState.STOPPED}, RunState.CANCELED, "")
    run.finished_at = now
    # A batch that somebody holds is dropped by its holder, who still has to write down what left.
    is_free = or_(Batch.claimed_until.is_(None), Batch.claimed_until < now)
    session.execute(delete(Batch).where(Batch.run_id == run_id, is_free))
    session.execute(delete(Retry).where(Retry.run_id == run_id))


def _change(session: Session, run_id: int, before: set[RunState], after: RunState, reason: str) -> Run:
    run = session.get_one(Run, run_id, with_for_update=True)
    if run.state not in before:
        raise Conflict("The sending has moved on in the meantime. Please look at the page again.")
    run.state, run.reason = after, reason
    return run
