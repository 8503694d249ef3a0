"""The usual release, many times a second: copies left, the server refused none, and nothing else is to be looked at."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from campaigns.db import db, quick_action
from campaigns.delivery import deliveries, ledger, rules
from campaigns.delivery.models import Outcome, RunState

if TYPE_CHECKING:
    from campaigns.delivery.actions.batches import Ack

_HELD = """
    SELECT batch.run_id, batch.done, batch.released, run.watch, run.failures, run.next_try_at, run.reason
    FROM batch JOIN run ON run.id = batch.run_id
    WHERE batch.id = ? AND batch.claimed_by = ? AND run.state = ?
"""
_COUNT = "UPDATE run SET sent = sent + ?, skipped = skipped + ? WHERE id = ?"
_MARK = "UPDATE batch SET done = ?, released = ?, claimed_until = ? WHERE id = ?"
_LITE = (_HELD, _COUNT, _MARK)
# The way PostgreSQL's driver marks values; and others may write at the same time.
_POSTGRES = tuple(statement.replace("?", "%s") for statement in (_HELD + "FOR UPDATE", _COUNT, _MARK))


@quick_action
def release(cursor: Any, batch_id: int, owner: str, up_to: int, acks: Sequence["Ack"], now: datetime) -> bool | None:
    """As `batches.release_group` where all is well; None where it is not, and nothing was written."""
    sent = [ack for ack in acks if ack.outcome == Outcome.SENT]
    skipped = [ack for ack in acks if ack.outcome == Outcome.SKIPPED] if len(sent) < len(acks) else []
    if len(sent) + len(skipped) < len(acks):
        return None
    on_postgres = db.engine.dialect.name == "postgresql"
    held, count, mark = _POSTGRES if on_postgres else _LITE
    cursor.execute(held, (batch_id, owner, RunState.RUNNING.value))
    row = cursor.fetchone()
    if row is None or any(row[3:]):
        return None
    run_id, done, released = row[:3]
    counts = [
        sum(cursor.execute(*one).rowcount for one in deliveries.statements(run_id, outcome, some, {}, on_postgres))
        for outcome, some in ((Outcome.SENT, sent), (Outcome.SKIPPED, skipped))
    ]
    if acks:
        cursor.execute(count, (*counts, run_id))
    done = ledger.with_bits(done, (ack.position for ack in acks))
    until = now + rules.BATCH_LEASE
    known = (done, max(released, up_to), until if on_postgres else deliveries.stored(until), batch_id)
    cursor.execute(mark, known)
    return True
