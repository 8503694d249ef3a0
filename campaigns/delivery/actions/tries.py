"""The write of the plan by which recipients are tried again whose mail server says later."""

from datetime import datetime

from campaigns.db import action, db
from campaigns.delivery import rules
from campaigns.delivery.models import TryPlan
from campaigns.errors import Conflict, Invalid
from campaigns.staff import audit


@action
def change(steps: str, hours: int, version: int, user_id: int, now: datetime) -> None:
    """Set the minutes between tries, as "5, 15, 30", and the hours after which a copy counts as failed.

    Who waits already keeps the time of the next try. Raises Invalid; Conflict when somebody saved since `version`.
    """
    row = db.session.get(TryPlan, 1, with_for_update=True)
    if (row.version if row else 0) != version:
        raise Conflict("Somebody else changed this while you were writing. Nothing of yours was saved.")
    if not 1 <= hours <= rules.LONGEST_HOURS:
        raise Invalid({"hours": f"Enter a number of hours from 1 to {rules.LONGEST_HOURS} (five days)."})
    try:
        wanted = rules.read_steps(steps)
    except ValueError as error:
        raise Invalid({"steps": str(error)}) from error
    if row is None:
        row = TryPlan(id=1, version=0)
        db.session.add(row)
    row.steps, row.hours = list(wanted), hours
    row.version += 1
    details: dict[str, object] = {"steps": row.steps, "hours": hours}
    audit.add(
        db.session(),
        user_id=user_id,
        action="tries.changed",
        object_kind="tries",
        object_id=1,
        details=details,
        now=now,
    )
