"""What the clock finds: posts whose time has come, channels with something to do, and what has no outcome yet."""

from datetime import datetime, timedelta

from sqlalchemy import and_, case, or_, select
from sqlalchemy.sql import ColumnElement

from campaigns.db import db
from campaigns.planning.models import ItemState
from campaigns.social import rules
from campaigns.social.models import Channel, ChannelState, Post, Publication
from campaigns.social.models import PublicationState as P


def posts(now: datetime, limit: int = 200) -> list[int]:
    """The posts whose time to leave has come, in order."""
    question = select(Post.id).where(Post.state == ItemState.SCHEDULED, Post.publish_at <= now)
    return list(db.session.scalars(question.order_by(Post.publish_at, Post.id).limit(limit)))


def channels(now: datetime) -> list[int]:
    """The channels on which something is to be done and nobody works, the longest waiting first."""
    question = (
        select(Channel.id)
        .join(Publication, Publication.channel_id == Channel.id)
        .where(or_(Channel.busy_until.is_(None), Channel.busy_until <= now), _is_due(now))
        .where(or_(Channel.free_at.is_(None), Channel.free_at <= now))
        .group_by(Channel.id)
    )
    return list(db.session.scalars(question))


def next_publication(channel_id: int, now: datetime) -> Publication | None:
    """What is to be done next on a channel: doubts first, then threads that have begun, then in order of time."""
    question = (
        select(Publication)
        .join(Channel, Channel.id == Publication.channel_id)
        .where(Publication.channel_id == channel_id, _is_due(now))
        .order_by(
            case((Publication.state.in_((P.SENDING, P.CHECKING)), 0), else_=1),
            case((Publication.position > 0, 0), else_=1),
            Publication.due_at,
            Publication.id,
        )
        .limit(1)
        .with_for_update(of=Publication)
        .execution_options(populate_existing=True)
    )
    return db.session.scalar(question)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(Publication.state.in_((P.WAITING, P.RETRY)), Publication.not_before <= now),
        and_(
            Publication.state == P.CHECKING,
            Publication.not_before <= now,
            Channel.state != ChannelState.NEEDS_SIGN_IN,
        ),
        # Whoever held it is gone.
        and_(Publication.state == P.SENDING, Publication.claimed_until <= now),
    )


def without_outcome(now: datetime) -> list[int]:
    """Publications that were due five minutes ago, are not out, and have not been flagged."""
    question = select(Publication.id).where(
        Publication.state.in_((*rules.OPEN, P.BY_HAND)),
        Publication.due_at <= now - rules.WATCH_AFTER,
        Publication.flagged_at.is_(None),
    )
    return list(db.session.scalars(question.order_by(Publication.due_at).limit(200)))


def not_launched(now: datetime) -> list[int]:
    """Posts whose time came five minutes ago and that nothing has launched."""
    question = select(Post.id).where(
        Post.state == ItemState.SCHEDULED, Post.publish_at <= now - rules.WATCH_AFTER, Post.flagged_at.is_(None)
    )
    return list(db.session.scalars(question.order_by(Post.publish_at).limit(200)))


def next_time(publication: Publication, channel: Channel) -> datetime:
    """When it is looked at next: its own time, or later when the network wants nothing of the channel before."""
    return max(publication.not_before, channel.free_at) if channel.free_at else publication.not_before


def lease(now: datetime) -> datetime:
    """Until when a claim holds: longer than any request may take."""
    return now + timedelta(minutes=10)
