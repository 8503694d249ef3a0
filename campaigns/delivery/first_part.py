"""The first part of a large newsletter: which runs have one on its way, and what it shows. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from campaigns.db import db
from campaigns.delivery import replies
from campaigns.delivery.bounces import queries as bounces
from campaigns.delivery.bounces.models import Bounce, BounceKind
from campaigns.delivery.models import Delivery, Outcome, Retry, Run, RunState

_CAME_BACK = (BounceKind.ADDRESS, BounceKind.MAILBOX, BounceKind.POLICY)
_MOST_READ = 1_000


@dataclass(frozen=True)
class FirstPart:
    """Of how many people it is, how it ended ("" while it has not), until when it is looked at, what was seen."""

    size: int
    end: str
    until: datetime | None
    sent: int
    refused: int
    complaints: int


def of(run: Run) -> FirstPart | None:
    """The first part of a run, or None when it has none."""
    if not run.stage_size:
        return None
    show = run.stage_seen or seen(run)
    return FirstPart(run.stage_size, run.stage_end, run.stage_until, show["sent"], show["refused"], show["complaints"])


def under_way() -> list[int]:
    """The runs whose first part is on its way or is looked at."""
    return list(db.session.scalars(select(Run.id).where(Run.state == RunState.RUNNING, Run.stage_left.is_not(None))))


def seen(run: Run) -> dict[str, int]:
    """What became of the copies so far: handed over, refused in any way, reported as spam; `tried` is of how many."""
    later = _refused_for_now(run.id)
    return {
        "sent": run.sent,
        "refused": run.failed + later + _came_back(run.id),
        "complaints": bounces.complaints_of(run.id),
        "tried": run.sent + run.failed + later,
    }


def _came_back(run_id: int) -> int:
    """How many copies a server took first and sent back later; refusals on the spot are counted already."""
    taken = (Delivery.run_id == Bounce.run_id) & (Delivery.recipient_id == Bounce.recipient_id)
    question = select(func.count(Bounce.recipient_id.distinct())).join(Delivery, taken)
    question = question.where(Bounce.run_id == run_id, Bounce.kind.in_(_CAME_BACK), Delivery.outcome == Outcome.SENT)
    return db.session.scalar(question) or 0


def _refused_for_now(run_id: int) -> int:
    """How many are tried again although the answer says something about all our mail."""
    columns = select(Retry.code, Retry.text, Retry.enhanced).where(Retry.run_id == run_id, Retry.code > 0)
    rows = db.session.execute(columns.limit(_MOST_READ)).all()
    return sum(replies.read(row.code, row.text, row.enhanced).is_alarming for row in rows)
