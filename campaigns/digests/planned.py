"""The adder of a digest's row on the calendar: when its next draft is made, in the caller's transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.digests.models import Digest
from campaigns.digests.queries.digests import KIND
from campaigns.planning import items
from campaigns.planning.models import ItemState

NOTE = "A draft is made then, and somebody is asked to approve it. Nothing is sent by itself."


def put(session: Session, digest: Digest, now: datetime) -> None:
    """Show the next draft on the calendar, or nothing while the digest rests."""
    if not digest.is_on or digest.next_at is None or digest.archived_at is not None:
        items.withdraw(session, KIND, digest.id, now)
        return
    items.put(
        session,
        kind=KIND,
        ref=digest.id,
        title=f"{digest.name}: draft of the next issue",
        state=ItemState.SCHEDULED,
        wall=clock.wall_time_of(digest.next_at, digest.zone),
        zone=digest.zone,
        due_at=digest.next_at,
        owner_id=digest.changed_by_id,
        content_hash="",
        note=NOTE,
        now=now,
    )
