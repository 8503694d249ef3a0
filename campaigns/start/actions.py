"""Filling a new installation, taking its sample content away again, and the step from practice to real mail."""

from datetime import datetime

from sqlalchemy import delete, select

from campaigns.audience import memberships, requests
from campaigns.audience import sample as audience_sample
from campaigns.audience import seed as audience
from campaigns.db import action, db
from campaigns.delivery import queries
from campaigns.delivery import seed as delivery
from campaigns.delivery.models import OutboxMail, OutboxState, Run, RunState
from campaigns.errors import Conflict, NotFound
from campaigns.newsletters import drafts
from campaigns.newsletters import sample as newsletters_sample
from campaigns.planning import approvals
from campaigns.planning import sample as planning_sample
from campaigns.planning import seed as planning
from campaigns.playbooks import letters as station_letters
from campaigns.radio import planned as radio
from campaigns.radio import sample as radio_sample
from campaigns.social import drafts as posts
from campaigns.social import sample as social_sample
from campaigns.staff import audit, live
from campaigns.staff import queries as staff_queries
from campaigns.staff import seed as staff
from campaigns.staff.models import Organization
from campaigns.start import readiness

OPEN_RUNS = (RunState.RUNNING, RunState.PAUSED, RunState.STOPPED)
LEFT_MAIL = (OutboxState.WAITING, OutboxState.SENDING)
VOID_NOTE = "The office went live. What was approved in practice has to be approved again."


@action
def install(now: datetime) -> bool:
    """Fill an empty database with the organization, roles and lists; False when that was done before."""
    session = db.session()
    if staff.is_done(session):
        return False
    staff.add(session, now)
    session.flush()
    delivery.add(session, now)
    audience.add(session, now)
    planning.add(session, now)
    return True


@action
def add_sample(now: datetime) -> bool:
    """Add the labeled sample content; False when it is there already."""
    session = db.session()
    organization = staff_queries.get_organization()
    if organization.has_sample:
        return False
    audience_sample.add(session, now)
    planning_sample.add(session, now)
    newsletters_sample.add(session, now, user_id=None)
    social_sample.add(session, now, user_id=None)
    radio_sample.add(session, now)
    organization.has_sample = True
    return True


@action
def remove_sample(user_id: int | None, now: datetime) -> bool:
    """Remove the sample content and nothing else; False when there is none."""
    session = db.session()
    organization = staff_queries.get_organization()
    if not organization.has_sample:
        return False
    newsletters_sample.remove(session)
    social_sample.remove(session)
    radio_sample.remove(session, now)
    planning_sample.remove(session)
    audience_sample.remove(session)
    organization.has_sample = False
    audit.add(session, user_id=user_id, action="sample.removed", object_kind="organization", object_id=1, now=now)
    return True


@action
def go_live(user_id: int, now: datetime) -> None:
    """From now on mail reaches people. Raises Conflict when something is missing or a practice run is under way.

    What was proved by mail of the sandbox is proved no more: practice approvals, joins and addresses confirmed there.
    Mail that still waits is thrown away, and mailed links of the audience do not work any more.
    """
    session = db.session()
    organization = session.get(Organization, 1, with_for_update=True)
    if organization is None:
        raise NotFound("This installation has not been set up yet.")
    if not organization.is_practice:
        raise Conflict("The office is live already.")
    steps = readiness.steps(organization, queries.default_sender(), queries.relay(), staff_queries.approvers())
    if missing := readiness.missing(steps):
        raise Conflict(f"This is still missing: {'; '.join(step.title for step in missing)}.")
    # Newsletters are locked before runs are looked for, so that none can begin in between.
    drafts.end_practice(session, VOID_NOTE, now)
    posts.end_practice(session, VOID_NOTE, now)
    radio.end_practice(session, VOID_NOTE, now)
    station_letters.end_practice(session, VOID_NOTE, now)
    approvals.void_practice(session, VOID_NOTE, now)
    if session.scalar(select(Run.id).where(Run.state.in_(OPEN_RUNS)).limit(1)) is not None:
        raise Conflict("A practice newsletter is still being sent. Let it finish or cancel it; then go live.")
    session.execute(delete(OutboxMail).where(OutboxMail.state.in_(LEFT_MAIL)))
    requests.end_practice(session, now)
    waiting = memberships.end_practice(session, now)
    live.switch(session, organization, now)
    audit.add(
        session,
        user_id=user_id,
        action="office.went_live",
        object_kind="organization",
        object_id=1,
        details={"joins_to_confirm": waiting},
        now=now,
    )
