"""The adder of labeled sample content: one channel that is posted to by hand, with slots, and a draft for it."""

from datetime import datetime, time

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns.social import accounts, drafts
from campaigns.social.documents import read_document
from campaigns.social.models import Channel, Post, PostChannel, Publication, Slot
from campaigns.staff.models import Organization

TEXT = (
    "Most young people who are exploited live at home and go to school. A nurse, a bus driver and a teacher tell what "
    "they noticed, and what they did next.\n\n"
    "You do not have to be certain. Ask, listen, and call: the tip line is confidential."
)


def add(session: Session, now: datetime, user_id: int | None) -> Post:
    """Add the sample channel and draft; returns the draft with its id."""
    zone = session.get_one(Organization, 1).zone
    channel = Channel(
        network="manual",
        name="Sample: Nextdoor, by hand",
        handle="Nextdoor",
        zone=zone,
        credentials_sealed=accounts.seal({"handle": "Nextdoor"}),
        created_at=now,
        is_sample=True,
    )
    session.add(channel)
    session.flush()
    session.add_all(Slot(channel_id=channel.id, weekday=day, at=time(9)) for day in (1, 3))
    document = read_document(
        {
            "title": "Sample: What they noticed",
            "text": TEXT,
            "link": "https://www.heatwatch.org/",
            "card": {"title": "H.E.A.T. Watch", "description": "Know the signs, and whom to call."},
            "channels": [channel.id],
            "send_zone": zone,
        }
    )
    return drafts.add(session, document, user_id=user_id, is_sample=True, now=now)


def remove(session: Session) -> None:
    """Remove the sample draft and channel, unless something was posted with them."""
    for post in session.scalars(select(Post).where(Post.is_sample.is_(True), Post.launched_at.is_(None))):
        drafts.withdraw(session, post)
    session.flush()
    for channel in session.scalars(select(Channel).where(Channel.is_sample.is_(True))):
        used = select(PostChannel.post_id).where(PostChannel.channel_id == channel.id)
        is_published = session.scalar(select(Publication.id).where(Publication.channel_id == channel.id).limit(1))
        if session.scalar(used.limit(1)) is None and is_published is None:
            session.execute(delete(Slot).where(Slot.channel_id == channel.id))
            session.delete(channel)
