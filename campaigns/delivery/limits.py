"""What every setting of a limit shares: which numbers it may have, and that whoever waits for it looks again."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from campaigns.delivery.models import Run, RunState

MOST = 10_000_000


def limit_faults(hour: int | None, day: int | None) -> dict[str, str]:
    """What is wrong with two limits, by the name of their field."""
    faults = {}
    for name, value in (("hour_limit", hour), ("day_limit", day)):
        if value is not None and not 1 <= value <= MOST:
            faults[name] = f"Enter a number from 1 to {MOST:,}, or nothing."
    return faults


def wake(session: Session) -> None:
    """In the caller's transaction: let the runs that wait look again, because what they wait for may have changed."""
    waiting = (Run.state == RunState.RUNNING, Run.wait_kind != "")
    session.execute(update(Run).where(*waiting).values(next_try_at=None))
