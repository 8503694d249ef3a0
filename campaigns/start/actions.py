"""Filling a new installation, and taking its sample content away again."""

from datetime import datetime

from campaigns.audience import sample as audience_sample
from campaigns.audience import seed as audience
from campaigns.db import action, db
from campaigns.delivery import seed as delivery
from campaigns.newsletters import sample as newsletters_sample
from campaigns.planning import sample as planning_sample
from campaigns.planning import seed as planning
from campaigns.staff import audit
from campaigns.staff import queries as staff_queries
from campaigns.staff import seed as staff


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
    """Add the labelled sample content; False when it is there already."""
    session = db.session()
    organization = staff_queries.get_organization()
    if organization.has_sample:
        return False
    audience_sample.add(session, now)
    planning_sample.add(session, now)
    newsletters_sample.add(session, now, user_id=None)
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
    planning_sample.remove(session)
    audience_sample.remove(session)
    organization.has_sample = False
    audit.add(session, user_id=user_id, action="sample.removed", object_kind="organization", object_id=1, now=now)
    return True
