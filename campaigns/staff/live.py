"""The adder that takes the organization out of practice mode; delivery decides when."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from campaigns.staff.models import Organization, User


def switch(session: Session, organization: Organization, now: datetime) -> None:
    """From now on mail is real. Addresses confirmed in practice were confirmed from the sandbox, so they are not."""
    organization.went_live_at = now
    organization.version += 1
    session.execute(update(User).values(confirmed_at=None))
