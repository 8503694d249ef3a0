"""Writes about the first part of a large newsletter: looked at while and after it leaves, stopped, or followed."""

from datetime import datetime

from sqlalchemy import select

from campaigns.db import action, db, end_reading
from campaigns.delivery import first_part, queries, rules, runs
from campaigns.delivery.models import Batch, Run, RunState, StageEnd


def look_at_all(now: datetime) -> int:
    """Look at each run whose first part is on its way or was sent; gives how many stopped or went on.

    Not a transaction itself: one for each.
    """
    changed = sum(look(run_id, now) for run_id in first_part.under_way())
    end_reading()
    return changed


@action
def look(run_id: int, now: datetime) -> bool:
    """Stop a run whose first part shows that something is wrong, or let the rest follow once it was looked at.

    True when either happened.
    """
    run = db.session.get(Run, run_id, with_for_update=True)
    if run is None or run.state != RunState.RUNNING or run.stage_left is None:
        return False
    limits, seen = queries.sending_rules(), first_part.seen(run)
    is_sent = run.stage_left == 0 and _is_answered(run_id)
    fault = rules.first_part_fault(seen, limits.stage_refusals, limits.stage_least, is_sent)
    if fault:
        run.state, run.reason, run.stage_end, run.stage_seen = RunState.STOPPED, fault, StageEnd.STOPPED, seen
        return True
    if is_sent and run.stage_until is None:
        run.stage_until = rules.first_part_until(now, limits.stage_minutes)
    elif is_sent and run.stage_until is not None and now >= run.stage_until:
        runs.let_follow(db.session(), run, StageEnd.WAITED, seen)
        return True
    return False


def _is_answered(run_id: int) -> bool:
    return db.session.scalar(select(Batch.id).where(Batch.run_id == run_id).limit(1)) is None
