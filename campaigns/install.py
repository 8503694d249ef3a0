"""What a new installation holds before anybody signs in: the organization, the roles and the lists."""

from datetime import datetime

from campaigns.audience import seed as audience
from campaigns.db import action, db
from campaigns.planning import seed as planning
from campaigns.staff import seed as staff


@action
def install(now: datetime) -> bool:
    """Fill an empty database with the organization, roles and lists; False when that was done before."""
    if staff.is_done(db.session()):
        return False
    staff.add(db.session(), now)
    audience.add(db.session(), now)
    planning.add(db.session(), now)
    return True
