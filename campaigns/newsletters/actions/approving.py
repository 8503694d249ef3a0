"""Two people and the exact content: submit, take back, approve, ask for changes."""

from datetime import datetime

from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid
from campaigns.markup import tidy
from campaigns.newsletters import deciding, drafts, queries, rules
from campaigns.newsletters.preparing import Prepared
from campaigns.planning import approvals
from campaigns.staff.queries import get_organization


@action
def submit(prepared: Prepared, note: str, user_id: int, now: datetime) -> None:
    """Ask for approval of exactly what was prepared.

    Raises Invalid when something must be put right first, Conflict when it was changed since it was prepared.
    """
    deciding.submit(db.session(), prepared, note, user_id, now)


@action
def take_back(newsletter_id: int, user_id: int, now: datetime) -> None:
    """Make it a draft again, before anything left; an approval is void then."""
    newsletter = drafts.locked(db.session(), newsletter_id)
    if not rules.may_take_back(newsletter.state):
        raise Conflict("This newsletter cannot become a draft again: it is one already, or it is on its way.")
    before = newsletter.state
    drafts.to_draft(db.session(), newsletter, now)
    deciding.record(db.session(), newsletter, "newsletter.taken_back", user_id, now, {"state": before})


@action
def approve(
    prepared: Prepared,
    seen_hash: str,
    comment: str,
    user_id: int,
    now: datetime,
    seen_people: int | None = None,
    outside: str | None = None,
) -> None:
    """Approve exactly what the person saw; raises as `deciding.approve` does."""
    deciding.approve(db.session(), prepared, seen_hash, comment, user_id, now, seen_people, outside)


@action
def ask_for_changes(newsletter_id: int, comment: str, user_id: int, now: datetime) -> None:
    """Give it back to the author with a word on what should change."""
    session = db.session()
    newsletter = drafts.locked(session, newsletter_id)
    if not rules.may_decide(newsletter.state):
        raise Conflict("This newsletter no longer waits for a decision.")
    comment = tidy(comment)[: deciding.MAX_NOTE]
    if not comment:
        raise Invalid({"comment": "Say what should change, so that the author knows."})
    item = drafts.plan(session, newsletter, now)
    approvals.record(
        session,
        item,
        content_hash=item.content_hash,
        author_id=newsletter.author_id,
        approver_id=user_id,
        is_approved=False,
        is_practice=get_organization().is_practice,
        people=0,
        comment=comment,
        snapshot={"document": queries.document_of(newsletter).to_json()},
        now=now,
    )
    drafts.to_draft(session, newsletter, now)
    newsletter.launch_note = comment
    drafts.plan(session, newsletter, now)
    deciding.record(session, newsletter, "newsletter.changes_asked", user_id, now)
