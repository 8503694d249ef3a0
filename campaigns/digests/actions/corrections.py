"""Writes of corrections: what was wrong in a printed story, said on its page at once and in the next issue."""

from datetime import datetime

from campaigns.db import action, db
from campaigns.digests.models import Correction, PrintedStory
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.markup import tidy
from campaigns.staff import audit

LONGEST = 1000


@action
def correct(printed_id: int, text: str, user_id: int, now: datetime) -> int:
    """Mark a printed story as corrected; gives the correction. Raises Invalid, Conflict before it was printed."""
    session = db.session()
    printed = session.get(PrintedStory, printed_id)
    if printed is None:
        raise NotFound("We could not find that story. It may have been taken out.")
    if printed.printed_at is None:
        raise Conflict("This story was not printed yet. Change it in its newsletter.")
    said = tidy(text)
    if not said:
        raise Invalid({"text": "Write what was wrong, and what is right."})
    if len(said) > LONGEST:
        raise Invalid({"text": f"That is too long: at most {LONGEST:,} characters fit here."})
    made = Correction(printed_id=printed.id, text=said, by_id=user_id, at=now)
    session.add(made)
    session.flush()
    _record("story.corrected", printed, user_id, now)
    return made.id


@action
def withdraw(correction_id: int, user_id: int, now: datetime) -> None:
    """Take a correction back before an issue says it; raises Conflict afterwards."""
    session = db.session()
    found = session.get(Correction, correction_id, with_for_update=True)
    if found is None:
        raise NotFound("We could not find that correction.")
    if found.issue_id is not None or found.said_at is not None:
        raise Conflict("An issue says this correction already. Write another one that puts it right.")
    printed = session.get_one(PrintedStory, found.printed_id)
    session.delete(found)
    _record("story.correction_withdrawn", printed, user_id, now)


def _record(what: str, printed: PrintedStory, user_id: int, now: datetime) -> None:
    audit.add(
        db.session(),
        user_id=user_id,
        action=what,
        object_kind="newsletter",
        object_id=printed.newsletter_id,
        details={"printed": printed.id},
        now=now,
    )
