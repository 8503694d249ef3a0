"""What the public home shows of late."""

from sqlalchemy import select

from campaigns.db import db
from campaigns.newsletters.models import ArchiveMode, Newsletter
from campaigns.planning.models import ItemState


def newsletters(limit: int) -> list[Newsletter]:
    """The newsletters in the public archive that went out last."""
    listed = select(Newsletter).where(
        Newsletter.state == ItemState.SENT,
        Newsletter.archive_mode == ArchiveMode.LISTED,
        Newsletter.sent_at.is_not(None),
        Newsletter.binned_at.is_(None),
    )
    return list(db.session.scalars(listed.order_by(Newsletter.sent_at.desc(), Newsletter.id.desc()).limit(limit)))
