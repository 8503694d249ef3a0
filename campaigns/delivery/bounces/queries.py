"""Reads of bounces: what is new, what came back of a run or from one recipient, and how many complained."""

from datetime import datetime

from sqlalchemy import String, cast, func, or_, select

from campaigns.db import db
from campaigns.delivery.bounces.models import SMTP, Bounce, BounceKind, BounceMailbox, UnreadReport, Webhook
from campaigns.delivery.models import Delivery, Outcome
from campaigns.errors import NotFound


def complaints_of(run_id: int) -> int:
    """How many recipients of a run reported it as spam."""
    return counts_of(run_id)[BounceKind.COMPLAINT]


def counts_of(run_id: int) -> dict[BounceKind, int]:
    """How many copies of a run a server took and sent back later, or were reported, for each kind, zeros included.

    A recipient counts once a kind. What a server refused on the spot never left, and is no part of this.
    """
    who = func.coalesce(cast(Bounce.recipient_id, String), Bounce.fingerprint)
    question = select(Bounce.kind, func.count(who.distinct())).where(Bounce.run_id == run_id, Bounce.source != SMTP)
    found = {str(kind): int(count) for kind, count in db.session.execute(question.group_by(Bounce.kind))}
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


def arrived_at(recipient_id: int, since: datetime) -> list[datetime]:
    """When servers took copies to a recipient that have not come back."""
    back = select(Bounce.id).where(Bounce.run_id == Delivery.run_id, Bounce.recipient_id == Delivery.recipient_id)
    taken = select(Delivery.at).where(Delivery.recipient_id == recipient_id, Delivery.outcome == Outcome.SENT)
    return list(db.session.scalars(taken.where(Delivery.at >= since, ~back.exists())))


def counts_since(since: datetime) -> tuple[int, int, int]:
    """Since an instant: copies that servers took, complaints, and refusals for which our side is at fault."""
    taken = select(func.count()).select_from(Delivery).where(Delivery.outcome == Outcome.SENT, Delivery.at >= since)
    kinds = select(Bounce.kind, func.count()).where(Bounce.at >= since).group_by(Bounce.kind)
    found = {str(kind): int(count) for kind, count in db.session.execute(kinds)}
    return db.session.scalar(taken) or 0, found.get(BounceKind.COMPLAINT, 0), found.get(BounceKind.POLICY, 0)


def webhooks() -> list[Webhook]:
    """The connections of providers, the oldest first."""
    return list(db.session.scalars(select(Webhook).order_by(Webhook.id)))


def get_webhook(webhook_id: int) -> Webhook:
    """A connection; raises NotFound."""
    found = db.session.get(Webhook, webhook_id)
    if found is None:
        raise NotFound()
    return found


def find_webhook(digest: str) -> Webhook | None:
    """The connection whose token has this digest, or None."""
    return db.session.scalar(select(Webhook).where(Webhook.token_digest == digest))


def unread_reports(limit: int = 20) -> list[UnreadReport]:
    """Reports that nobody understood, the latest first."""
    return list(db.session.scalars(select(UnreadReport).order_by(UnreadReport.at.desc()).limit(limit)))
