"""The sender of a new installation, so that a first newsletter can be written at once."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.delivery.models import Sender
from campaigns.staff.queries import get_organization


def add(session: Session, now: datetime) -> None:
    """Put the organization itself in the session as a sender; replies go to its mailbox."""
    organization = get_organization()
    session.add(
        Sender(
            name=organization.name,
            address=organization.email,
            reply_to=organization.email,
            is_default=True,
            created_at=now,
        )
    )
