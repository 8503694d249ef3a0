"""The adder of decisions: a newsletter is submitted and approved, with its launch, in the caller's transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.delivery import brakes
from campaigns.errors import Conflict, Invalid, Refused
from campaigns.markup import one_line, tidy
from campaigns.newsletters import drafts, queries, rules
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.preparing import Prepared
from campaigns.newsletters.queries import KIND
from campaigns.planning import approvals
from campaigns.planning.models import ItemState
from campaigns.staff import audit
from campaigns.staff.queries import get_organization

READ_AGAIN = "It was changed in the meantime. Please look at it again."
MAX_NOTE = 1000


def submit(session: Session, prepared: Prepared, note: str, user_id: int | None, now: datetime) -> Newsletter:
    """Ask for approval of exactly what was prepared; gives the newsletter.

    Raises Invalid when something must be put right first, Conflict when it was changed since it was prepared.
    """
    newsletter = current(session, prepared)
    if not rules.may_submit(newsletter.state):
        raise Conflict("This newsletter was submitted already.")
    _refuse_unready(prepared)
    newsletter.state = ItemState.IN_REVIEW
    newsletter.submitted_at, newsletter.submitted_by_id = now, user_id
    newsletter.submit_note, newsletter.launch_note = tidy(note)[:MAX_NOTE], ""
    drafts.plan(session, newsletter, now, content_hash=prepared.content_hash)
    record(session, newsletter, "newsletter.submitted", user_id, now, {"people": prepared.people})
    return newsletter


def approve(
    session: Session,
    prepared: Prepared,
    seen_hash: str,
    comment: str,
    user_id: int,
    now: datetime,
    seen_people: int | None = None,
    outside: str | None = None,
) -> None:
    """Approve exactly what the person saw; it leaves at its time, and never within the next minute.

    Raises Conflict when what was seen is not what stands now, Refused for an author outside practice, Invalid when
    something became wrong since it was submitted, such as a time that has passed. Outside the sending hours it leaves
    when they begin; `outside` is the reason to let it leave all the same.
    """
    newsletter = current(session, prepared)
    if not rules.may_decide(newsletter.state):
        raise Conflict("This newsletter no longer waits for a decision.")
    if seen_hash != prepared.content_hash:
        raise Conflict(READ_AGAIN)
    if seen_people is not None and rules.count_differs(seen_people, prepared.people):
        raise Invalid(
            f"While you were reading, the number of people changed from {seen_people:,} to {prepared.people:,}. "
            "Please look at the lists, and approve it again if that is right."
        )
    _refuse_unready(prepared)
    newsletter.launch_confirmed_count = prepared.people
    newsletter.state = ItemState.SCHEDULED
    set_launch(session, newsletter, prepared.document.send_at, outside, user_id, now)
    _decide(session, newsletter, prepared, comment, user_id, now)


def set_launch(
    session: Session,
    newsletter: Newsletter,
    send_at: datetime | None,
    outside: str | None,
    user_id: int,
    now: datetime,
) -> None:
    """Say when it leaves: at its time, or when the sending hours begin, unless `outside` is somebody's reason not to.

    Raises Invalid for an empty reason.
    """
    newsletter.launch_at = rules.launch_time(send_at, now)
    newsletter.outside_reason, newsletter.outside_by_id = "", None
    wait = brakes.hours_wait(newsletter.launch_at)
    if wait is None:
        return
    if outside is None:
        newsletter.launch_at = wait.until
        return
    reason = one_line(outside)[:300]
    if not reason:
        raise Invalid({"outside_reason": "Say why it leaves outside the sending hours."})
    newsletter.outside_reason, newsletter.outside_by_id = reason, user_id
    record(session, newsletter, "newsletter.outside_hours", user_id, now)


def current(session: Session, prepared: Prepared) -> Newsletter:
    """The newsletter, locked, when it still is what was prepared; raises Conflict otherwise."""
    newsletter = drafts.locked(session, prepared.newsletter_id)
    if newsletter.version != prepared.version or newsletter.binned_at is not None:
        raise Conflict(READ_AGAIN)
    return newsletter


def record(
    session: Session,
    newsletter: Newsletter,
    what: str,
    user_id: int | None,
    now: datetime,
    details: dict[str, object] | None = None,
) -> None:
    """One entry in the audit log about a newsletter."""
    audit.add(
        session,
        user_id=user_id,
        action=what,
        object_kind=KIND,
        object_id=newsletter.id,
        details={"version": newsletter.version, **(details or {})},
        now=now,
    )


def _refuse_unready(prepared: Prepared) -> None:
    if not prepared.is_ready:
        first = next(problem for problem in prepared.problems if problem.is_must)
        raise Invalid(f"{first.title}. {first.text}")


def _decide(
    session: Session, newsletter: Newsletter, prepared: Prepared, comment: str, user_id: int, now: datetime
) -> None:
    is_practice = get_organization().is_practice
    if not is_practice and user_id in queries.authors_of(newsletter):
        raise Refused("You wrote in this newsletter, so somebody else needs to approve it.")
    item = drafts.plan(session, newsletter, now, content_hash=prepared.content_hash)
    approvals.record(
        session,
        item,
        content_hash=prepared.content_hash,
        author_id=newsletter.submitted_by_id or newsletter.author_id,
        approver_id=user_id,
        is_approved=True,
        is_practice=is_practice,
        people=prepared.people,
        comment=tidy(comment)[:MAX_NOTE],
        snapshot={"document": prepared.document.to_json()},
        now=now,
    )
    details: dict[str, object] = {"people": prepared.people, "is_practice": is_practice}
    record(session, newsletter, "newsletter.approved", user_id, now, details)
