"""Writing: begin, save, step back and forward, copy. Nobody's text is ever overwritten silently."""

from datetime import date, datetime, time
from typing import Any

from campaigns.audience import queries as audience
from campaigns.db import action, db
from campaigns.delivery.queries import default_sender
from campaigns.errors import Conflict, Invalid, Refused
from campaigns.newsletters import drafts, queries, rules
from campaigns.newsletters.documents import Document, empty_document, read_document
from campaigns.newsletters.models import Newsletter, Revision
from campaigns.newsletters.queries import KIND
from campaigns.staff import audit
from campaigns.staff.queries import get_organization

MORNING = time(9, 0)


class Changed(Conflict):
    """Somebody saved in between: `theirs` is the stored document, `version` its number, `by_id` who, `at` when."""

    def __init__(self, newsletter: Newsletter, theirs: dict[str, Any]) -> None:
        self.theirs, self.version = theirs, newsletter.version
        self.by_id, self.at = newsletter.changed_by_id, newsletter.changed_at
        super().__init__("Somebody else changed this newsletter while you were writing. Your text was not saved.")


@action
def create(
    title: str, user_id: int | None, now: datetime, campaign_id: int | None = None, day: date | None = None
) -> int:
    """Begin a newsletter to the first list, in the default sender's name, on a day of the calendar if one is given.

    Returns its id; raises Invalid when it has no name.
    """
    sender, lists = default_sender(), audience.lists()
    document = empty_document(
        title, sender.id if sender else None, [entry.id for entry in lists[:1]], get_organization().zone
    )
    if day is not None:
        wall = datetime.combine(day, MORNING).isoformat()
        document = read_document({**document.to_json(), "send_mode": "at", "send_wall": wall})
    return _add(document, user_id, now, campaign_id)


@action
def create_from(document: dict[str, Any], user_id: int | None, now: datetime) -> int:
    """Begin a newsletter with a whole document; returns its id. Raises Invalid with a sentence per field."""
    return _add(read_document(document), user_id, now)


@action
def duplicate(newsletter_id: int, user_id: int | None, now: datetime) -> int:
    """Begin a copy, without its time; returns the id of the copy."""
    old = queries.get_newsletter(newsletter_id)
    document = queries.document_of(old).to_json()
    title = f"Copy of {document['title']}"[:200]
    copy = read_document({**document, "title": title, "send_mode": "now", "send_wall": ""})
    return _add(copy, user_id, now, old.campaign_id)


def _add(document: Document, user_id: int | None, now: datetime, campaign_id: int | None = None) -> int:
    session = db.session()
    made = drafts.add(session, document, user_id=user_id, campaign_id=campaign_id, now=now)
    audit.add(session, user_id=user_id, action="newsletter.created", object_kind=KIND, object_id=made.id, now=now)
    return made.id


@action
def save(newsletter_id: int, version: int, document: dict[str, Any], user_id: int | None, now: datetime) -> int:
    """Save what somebody wrote on top of `version`; returns the new version, the same one when nothing is different.

    Raises Changed when somebody saved in between, Invalid with a sentence per field, Refused once it is on its way.
    """
    wanted = read_document(document)
    newsletter = _editable(newsletter_id)
    stored = queries.document_of(newsletter)
    if stored == wanted:
        return newsletter.version
    _check_version(newsletter, stored, version)
    _change(newsletter, wanted, user_id, now)
    return newsletter.version


@action
def undo(newsletter_id: int, version: int, user_id: int | None, now: datetime) -> int:
    """Bring back what it was one step before, as a new version, whose number is returned."""
    newsletter = _editable(newsletter_id)
    _check_version(newsletter, queries.document_of(newsletter), version)
    return _step(newsletter, queries.undo_target(db.session(), newsletter), user_id, now)


@action
def redo(newsletter_id: int, version: int, user_id: int | None, now: datetime) -> int:
    """Bring back what was undone last, as a new version, whose number is returned."""
    newsletter = _editable(newsletter_id)
    _check_version(newsletter, queries.document_of(newsletter), version)
    return _step(newsletter, queries.redo_target(db.session(), newsletter), user_id, now)


def _step(newsletter: Newsletter, target: Revision | None, user_id: int | None, now: datetime) -> int:
    if target is None:
        raise Invalid("There is no further step.")
    _change(newsletter, read_document(target.document), user_id, now, target.version)
    return newsletter.version


def _change(
    newsletter: Newsletter, document: Document, user_id: int | None, now: datetime, origin: int | None = None
) -> None:
    session = db.session()
    if rules.may_take_back(newsletter.state):
        audit.add(
            session,
            user_id=user_id,
            action="newsletter.changed_after_submission",
            object_kind=KIND,
            object_id=newsletter.id,
            details={"state": newsletter.state},
            now=now,
        )
    drafts.change(session, newsletter, document, user_id=user_id, origin=origin, now=now)


def _editable(newsletter_id: int) -> Newsletter:
    newsletter = drafts.locked(db.session(), newsletter_id)
    if newsletter.binned_at is not None:
        raise Refused("This newsletter is in the bin. Restore it first.")
    if not rules.may_edit(newsletter.state):
        raise Refused("This newsletter is on its way or was sent, so it cannot be changed. You can make a copy.")
    return newsletter


def _check_version(newsletter: Newsletter, stored: Document, version: int) -> None:
    if newsletter.version != version:
        raise Changed(newsletter, stored.to_json())
