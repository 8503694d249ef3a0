"""The step from practice to real mail, taken once, and what the sandbox's emptying leaves in the audit log."""

from datetime import datetime

from sqlalchemy import delete, select

from campaigns.db import action, db
from campaigns.delivery import queries, readiness
from campaigns.delivery.models import OutboxMail, OutboxState, Run, RunState
from campaigns.errors import Conflict, NotFound
from campaigns.staff import audit, live
from campaigns.staff import queries as staff
from campaigns.staff.models import Organization

OPEN = (RunState.RUNNING, RunState.PAUSED, RunState.STOPPED)


@action
def go_live(user_id: int, now: datetime) -> None:
    """From now on mail reaches people. Raises Conflict when something is missing or a practice run is under way.

    Mail of practice that still waits is thrown away: it was meant for the sandbox.
    """
    session = db.session()
    organization = session.get(Organization, 1, with_for_update=True)
    if organization is None:
        raise NotFound("This installation has not been set up yet.")
    if not organization.is_practice:
        raise Conflict("The office is live already.")
    steps = readiness.steps(organization, queries.default_sender(), queries.relay(), staff.approvers())
    if missing := readiness.missing(steps):
        raise Conflict(f"This is still missing: {'; '.join(step.title for step in missing)}.")
    if session.scalar(select(Run.id).where(Run.state.in_(OPEN)).limit(1)) is not None:
        raise Conflict("A practice newsletter is still being sent. Let it finish or cancel it; then go live.")
    left = (OutboxState.WAITING, OutboxState.SENDING)
    session.execute(delete(OutboxMail).where(OutboxMail.state.in_(left)))
    live.switch(session, organization, now)
    audit.add(session, user_id=user_id, action="office.went_live", object_kind="organization", object_id=1, now=now)


@action
def record_emptied(messages: int, user_id: int, now: datetime) -> None:
    """Note that somebody emptied the sandbox."""
    audit.add(
        db.session(),
        user_id=user_id,
        action="sandbox.emptied",
        object_kind="sandbox",
        object_id=None,
        details={"messages": messages},
        now=now,
    )
