"""Reads of bounces: what is new, what came back of a run or from one recipient, and how many complained."""

from datetime import datetime

from sqlalchemy import String, cast, func, or_, select

from campaigns.db import db
from campaigns.delivery.bounces.models import Bounce, BounceKind, BounceMailbox


def complaints_of(run_id: int) -> int:
    """How many recipients of a run reported it as spam."""
    return counts_of(run_id)[BounceKind.COMPLAINT]


def counts_of(run_id: int) -> dict[BounceKind, int]:
    """How many copies of a run came back for each kind, zeros included; a recipient counts once a kind."""
    who = func.coalesce(cast(Bounce.recipient_id, String), Bounce.fingerprint)
    question = select(Bounce.kind, func.count(who.distinct())).where(Bounce.run_id == run_id).group_by(Bounce.kind)
    found = {str(kind): int(count) for kind, count in db.session.execute(question)}
    return {kind: found.get(kind, 0) for kind in BounceKind}


def unsettled(limit: int) -> list[Bounce]:
    """Facts on which nobody above has acted yet, the oldest first."""
    question = select(Bounce).where(Bounce.settled_at.is_(None)).order_by(Bounce.id).limit(limit)
    return list(db.session.scalars(question))


def facts_about(recipient_id: int, fingerprint: str, since: datetime | None = None, limit: int = 200) -> list[Bounce]:
    """What came back from one recipient or their address, the latest first."""
    theirs = or_(Bounce.recipient_id == recipient_id, Bounce.fingerprint == fingerprint)
    question = select(Bounce).where(theirs)
    if since is not None:
        question = question.where(Bounce.at >= since)
    return list(db.session.scalars(question.order_by(Bounce.at.desc(), Bounce.id.desc()).limit(limit)))


def mailbox() -> BounceMailbox | None:
    """Where bounces go, or None while nothing is set."""
    return db.session.scalar(select(BounceMailbox).order_by(BounceMailbox.id).limit(1))
