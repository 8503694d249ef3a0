"""The pause switch of a new installation, off."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.planning.models import Pause


def add(session: Session, _now: datetime) -> None:
    """Put the row of the switch in the session."""
    session.add(Pause(id=1))
