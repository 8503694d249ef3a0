"""The adder that takes the organization out of practice mode; the domain `start` decides when."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from campaigns.staff.models import Organization, StaffLink, StaffLinkKind, User


def switch(session: Session, organization: Organization, now: datetime) -> None:
    """From now on mail is real. What was mailed in practice lay in the sandbox, so that it proves no address.

    Confirmed addresses are confirmed no more, and open invitations and address links end.
    """
    organization.went_live_at = now
    organization.version += 1
    session.execute(update(User).values(confirmed_at=None))
    mailed = (StaffLinkKind.INVITATION, StaffLinkKind.ADDRESS)
    is_open = (StaffLink.kind.in_(mailed), StaffLink.used_at.is_(None), StaffLink.expires_at > now)
    session.execute(update(StaffLink).where(*is_open).values(expires_at=now))
