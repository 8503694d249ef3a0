"""The lists that a new installation begins with."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.audience.models import MailingList

LISTS = [
    ("newsletter", "Newsletter", "Once a month: what the program does, and how to help."),
    ("radio-show-alerts", "Radio show alerts", "The day before each show: who speaks, and when to listen."),
    ("news-digest", "News digest", "On Mondays: what the press reported about human trafficking."),
    ("bay-area-heat-coalition", "Bay Area HEAT Coalition", "For partner organizations: meetings, training, requests."),
    ("youth-action-network", "Youth Action Network", "For young people, 13 and older, who want to take part."),
]


def add(session: Session, now: datetime) -> None:
    """Put the first lists in the session."""
    for position, (slug, name, description) in enumerate(LISTS, 1):
        session.add(MailingList(slug=slug, name=name, description=description, position=position, created_at=now))
