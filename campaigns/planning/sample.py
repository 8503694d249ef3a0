"""The adder of labeled sample content: one campaign."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import search
from campaigns.planning.models import Campaign


def add(session: Session, now: datetime) -> Campaign:
    """Add the sample campaign; returns it with its id."""
    campaign = Campaign(
        name="Sample: January awareness month",
        goal="Every community group we work with knows the signs, and whom to call.",
        starts_on=date(now.year + 1, 1, 1),
        ends_on=date(now.year + 1, 1, 31),
        created_at=now,
        is_sample=True,
    )
    session.add(campaign)
    session.flush()
    search.put(session, "campaign", campaign.id, campaign.name, campaign.goal)
    return campaign


def remove(session: Session) -> None:
    """Remove the sample campaign; items in it stay and belong to no campaign."""
    for campaign in session.scalars(select(Campaign).where(Campaign.is_sample.is_(True))):
        search.remove(session, "campaign", campaign.id)
        session.delete(campaign)
