"""Reads of corrections: which wait for the next issue, and which a story has."""

from collections.abc import Iterable

from sqlalchemy import or_, select

from campaigns.db import db
from campaigns.digests.models import Correction, DigestIssue, PrintedStory
from campaigns.errors import NotFound


def waiting_for(digest_id: int) -> list[tuple[Correction, PrintedStory]]:
    """What the next issue of a digest has to say: about its own stories, and about those of no digest."""
    question = (
        select(Correction, PrintedStory)
        .join(PrintedStory, PrintedStory.id == Correction.printed_id)
        .outerjoin(DigestIssue, DigestIssue.id == PrintedStory.issue_id)
        .where(Correction.issue_id.is_(None), Correction.said_at.is_(None))
        .where(or_(DigestIssue.digest_id == digest_id, PrintedStory.issue_id.is_(None)))
    )
    return [(row[0], row[1]) for row in db.session.execute(question.order_by(Correction.id))]


def of_printed(printed_ids: Iterable[int]) -> dict[int, list[Correction]]:
    """The corrections of printed stories, the first one first."""
    found: dict[int, list[Correction]] = {}
    question = select(Correction).where(Correction.printed_id.in_(list(printed_ids)))
    for one in db.session.scalars(question.order_by(Correction.id)):
        found.setdefault(one.printed_id, []).append(one)
    return found


def issue_of(correction_id: int) -> int:
    """The issue in which a corrected story was printed; raises NotFound."""
    question = select(PrintedStory.issue_id).join(Correction, Correction.printed_id == PrintedStory.id)
    found = db.session.scalar(question.where(Correction.id == correction_id))
    if found is None:
        raise NotFound("We could not find that correction.")
    return found
