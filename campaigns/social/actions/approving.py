"""Two people and the exact content: submit, take back, approve, ask for changes, stop, send."""

from datetime import datetime

from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid, Refused
from campaigns.markup import tidy
from campaigns.planning import approvals
from campaigns.planning import queries as planning
from campaigns.planning.models import Approval, ItemState
from campaigns.planning.rules import covers
from campaigns.social import drafts, queries, rules
from campaigns.social.actions.writing import record
from campaigns.social.models import Post
from campaigns.social.preparing import Prepared
from campaigns.social.queries import KIND
from campaigns.staff.queries import get_organization

READ_AGAIN = "It was changed in the meantime. Please look at it again."
VOID_NOTE = "It was approved in another form, for another time or for practice. Please send it for approval again."
MAX_NOTE = 1000


@action
def submit(prepared: Prepared, note: str, user_id: int, now: datetime) -> None:
    """Ask for approval of exactly what was prepared.

    Raises Invalid when something must be put right first, Conflict when it was changed since it was prepared.
    """
    post = current(prepared)
    if not rules.may_submit(post.state):
        raise Conflict("This post was submitted already.")
    _check_ready(prepared)
    post.state, post.note = ItemState.IN_REVIEW, ""
    post.submitted_at, post.submitted_by_id, post.submit_note = now, user_id, tidy(note)[:MAX_NOTE]
    drafts.plan(db.session(), post, now, content_hash=prepared.content_hash)
    record(post, "post.submitted", user_id, now)


@action
def take_back(post_id: int, user_id: int, now: datetime) -> None:
    """Make it a draft again, before it was launched; an approval is void then."""
    post = drafts.locked(db.session(), post_id)
    if not rules.may_take_back(post.state):
        raise Conflict("This post cannot become a draft again: it is one already, or it is on its way.")
    before = post.state
    drafts.to_draft(db.session(), post, now)
    record(post, "post.taken_back", user_id, now, {"state": before})


@action
def approve(prepared: Prepared, seen_hash: str, comment: str, user_id: int, now: datetime) -> None:
    """Approve exactly what the person saw; it leaves at its time, and never within the next minute.

    Raises Conflict when what was seen is not what stands now, Refused for an author outside practice, Invalid when
    something became wrong since it was submitted, such as a time that has passed.
    """
    post = current(prepared)
    if not rules.may_decide(post.state):
        raise Conflict("This post no longer waits for a decision.")
    if seen_hash != prepared.content_hash:
        raise Conflict(READ_AGAIN)
    _check_ready(prepared)
    is_practice = get_organization().is_practice
    if not is_practice and user_id in queries.authors_of(post):
        raise Refused("You wrote in this post, so somebody else needs to approve it.")
    post.state, post.publish_at = ItemState.SCHEDULED, rules.launch_time(prepared.document.send_at, now)
    item = drafts.plan(db.session(), post, now, content_hash=prepared.content_hash)
    approvals.record(
        db.session(),
        item,
        content_hash=prepared.content_hash,
        author_id=post.submitted_by_id or post.author_id,
        approver_id=user_id,
        is_approved=True,
        is_practice=is_practice,
        people=0,
        comment=tidy(comment)[:MAX_NOTE],
        snapshot={"document": prepared.document.to_json()},
        now=now,
    )
    record(post, "post.approved", user_id, now, {"is_practice": is_practice})


@action
def ask_for_changes(post_id: int, comment: str, user_id: int, now: datetime) -> None:
    """Give it back to the author with a word on what should change."""
    session = db.session()
    post = drafts.locked(session, post_id)
    if not rules.may_decide(post.state):
        raise Conflict("This post no longer waits for a decision.")
    comment = tidy(comment)[:MAX_NOTE]
    if not comment:
        raise Invalid({"comment": "Say what should change, so that the author knows."})
    item = drafts.plan(session, post, now)
    approvals.record(
        session,
        item,
        content_hash=item.content_hash,
        author_id=post.author_id,
        approver_id=user_id,
        is_approved=False,
        is_practice=get_organization().is_practice,
        people=0,
        comment=comment,
        snapshot={"document": queries.document_of(post).to_json()},
        now=now,
    )
    drafts.to_draft(session, post, now, note=comment)
    record(post, "post.changes_asked", user_id, now)


@action
def stop(post_id: int, user_id: int, now: datetime) -> None:
    """Stop it before its time; it stays approved. Raises Conflict when it was launched."""
    post = drafts.locked(db.session(), post_id)
    if not rules.may_stop(post.state):
        raise Conflict("It is too late to stop it here: it is on its way.")
    post.publish_at, post.note, post.state = None, "", ItemState.APPROVED
    drafts.plan(db.session(), post, now)
    record(post, "post.stopped", user_id, now)


@action
def send(prepared: Prepared, user_id: int, now: datetime) -> None:
    """Let an approved post go after it was stopped: in a minute, or at its own time when that is later.

    Raises Invalid when its own time has passed, Conflict when the approval does not cover what stands now.
    """
    post = current(prepared)
    if not rules.may_send(post.state):
        raise Conflict("This post cannot be scheduled now. Please look at where it stands.")
    if standing(post, prepared) is None:
        raise Conflict(VOID_NOTE)
    _check_ready(prepared)
    post.publish_at, post.note, post.state = rules.launch_time(prepared.document.send_at, now), "", ItemState.SCHEDULED
    drafts.plan(db.session(), post, now)
    record(post, "post.send", user_id, now)


def current(prepared: Prepared) -> Post:
    """The post, locked, when it still is what was prepared; raises Conflict otherwise."""
    post = drafts.locked(db.session(), prepared.post_id)
    if post.version != prepared.version or post.binned_at is not None:
        raise Conflict(READ_AGAIN)
    return post


def standing(post: Post, prepared: Prepared) -> Approval | None:
    """The approval that covers what was prepared, or None."""
    item = planning.get_item(KIND, post.id)
    approval = planning.standing_approval(item)
    is_covered = covers(approval, prepared.content_hash, get_organization().is_practice)
    return approval if is_covered and item.approved_hash == prepared.content_hash else None


def _check_ready(prepared: Prepared) -> None:
    if not prepared.is_ready:
        first = next(problem for problem in prepared.problems if problem.is_must)
        raise Invalid(f"{first.title}. {first.text}")
