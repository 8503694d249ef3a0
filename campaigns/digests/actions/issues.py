"""What the clock does with digests: makes drafts at their times, hands them over, reminds, and keeps the ledger."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.db import action, db, end_reading
from campaigns.digests import drafting, ledger, letters, planned, rhythm
from campaigns.digests.actions.digests import locked
from campaigns.digests.actions.handing import hand_over
from campaigns.digests.models import Digest, DigestIssue, IssueState, PrintedStory
from campaigns.digests.queries import digests as queries
from campaigns.digests.recipe import Little
from campaigns.digests.rules import digests as rules
from campaigns.errors import Conflict, OutreachError
from campaigns.newsletters.models import Newsletter
from campaigns.planning.models import ItemState
from campaigns.staff import audit

log = logging.getLogger("digests")
LOOK_AGAIN = timedelta(hours=1)
OPEN = (IssueState.DRAFTED, IssueState.HANDED, IssueState.STUCK)


def work(now: datetime) -> int:
    """Everything that is due; gives how many things were done.

    Not a transaction itself: one each, and none is open while we look at links.
    """
    done = settle(now)
    for digest_id in queries.due(now):
        done += _one(prepare, digest_id, now)
    for issue in queries.issues_in(IssueState.WAITING):
        if now - issue.prepared_at >= LOOK_AGAIN:
            done += _one(look_again, issue.id, now)
    for issue in queries.issues_in(IssueState.DRAFTED):
        done += _one(hand_over, issue.id, now)
    done += remind(now)
    end_reading()
    return done


def _one(act: Callable[[int, datetime], object], number: int, now: datetime) -> bool:
    try:
        return bool(act(number, now))
    except OutreachError:
        # One digest that cannot go on must not keep the others; it is tried again, and its page says where it stands.
        log.exception("a digest could not go on")
        return False


@action
def prepare(digest_id: int, now: datetime) -> int | None:
    """Make the issue that is due: a draft, or a sentence that says why there is none. Gives its id.

    However many times passed while nothing ran, there is one issue, for the last of them, and it says that it is late.
    None when nothing is due.
    """
    session = db.session()
    digest = locked(session, digest_id)
    if not digest.is_on or digest.next_at is None or digest.next_at > now or digest.archived_at is not None:
        return None
    beat = queries.rhythm_of(digest)
    slot, missed = beat.latest_until(digest.next_at, now)
    digest.next_at = beat.next_after(max(slot, now))
    planned.put(session, digest, now)
    if queries.find_issue(digest.id, slot) is not None:
        return None
    is_late = missed > 0 or rhythm.is_late(slot, now)
    return _make(session, digest, DigestIssue(digest_id=digest.id, slot_at=slot, is_late=is_late), missed, now).id


@action
def prepare_now(digest_id: int, now: datetime) -> int:
    """Make an issue at once, beside its times, because a person asks for it; gives its id. Little news is no reason to
    wait then.
    """
    session = db.session()
    digest = locked(session, digest_id)
    issue = queries.find_issue(digest.id, now) or DigestIssue(digest_id=digest.id, slot_at=now)
    return _make(session, digest, issue, 0, now, least=1).id


@action
def look_again(issue_id: int, now: datetime) -> bool:
    """Whether an issue that waited for news has enough now, and so became a draft."""
    session = db.session()
    issue = session.get_one(DigestIssue, issue_id, with_for_update=True)
    if issue.state != IssueState.WAITING:
        return False
    issue.prepared_at = now
    digest = locked(session, issue.digest_id)
    found = drafting.choose(digest, now)
    if found.count < digest.least:
        return False
    _draft(session, digest, issue, found, now)
    return True


def _make(
    session: Session, digest: Digest, issue: DigestIssue, missed: int, now: datetime, least: int | None = None
) -> DigestIssue:
    _end_waiting(session, digest)
    issue.prepared_at, issue.state = now, IssueState.DRAFTED
    session.add(issue)
    session.flush()
    found = drafting.choose(digest, now)
    if found.count >= (digest.least if least is None else least):
        _draft(session, digest, issue, found, now)
    else:
        _rest(session, digest, issue, found.count, now)
    if issue.is_late:
        times = "an earlier time" if missed == 1 else f"{missed} earlier times"
        passed = f" It stands for {times} too." if missed else ""
        issue.note = f"{issue.note} It is late, because nothing ran at its time.{passed}".strip()
    return issue


def _rest(session: Session, digest: Digest, issue: DigestIssue, count: int, now: datetime) -> None:
    """Say that there is too little news, and what happens now."""
    stories = "no new story" if not count else "1 new story" if count == 1 else f"{count} new stories"
    found = f"There {'were' if count > 1 else 'was'} {stories}, and this digest wants at least {max(digest.least, 1)}."
    if digest.when_little == Little.WAIT:
        issue.state, issue.note = IssueState.WAITING, f"{found} It waits until there are enough."
    else:
        issue.state, issue.note = IssueState.SKIPPED, f"{found} This issue was skipped."
    letters.told(session, digest, issue, issue.note, now)


def _draft(session: Session, digest: Digest, issue: DigestIssue, found: drafting.Found, now: datetime) -> None:
    drafting.add(session, digest, issue, found, now)
    issue.state, issue.note = IssueState.DRAFTED, ""


def _end_waiting(session: Session, digest: Digest) -> None:
    question = select(DigestIssue).where(DigestIssue.digest_id == digest.id, DigestIssue.state == IssueState.WAITING)
    for issue in session.scalars(question):
        issue.state, issue.note = IssueState.SKIPPED, "There was too little news until the next issue."


def remind(now: datetime) -> int:
    """Ask approvers again who have not decided for a day; gives how many were asked."""
    asked = 0
    for issue in queries.issues_in(IssueState.HANDED):
        if issue.handed_at and rules.needs_reminder(issue.handed_at, issue.reminded_at, issue.reminders, now):
            asked += _remind(issue.id, now)
    return asked


@action
def _remind(issue_id: int, now: datetime) -> bool:
    session = db.session()
    issue = session.get_one(DigestIssue, issue_id, with_for_update=True)
    newsletter = session.get(Newsletter, issue.newsletter_id) if issue.newsletter_id else None
    if newsletter is None or newsletter.state != ItemState.IN_REVIEW:
        return False
    issue.reminded_at, issue.reminders = now, issue.reminders + 1
    digest = session.get_one(Digest, issue.digest_id)
    letters.reminded(session, digest, issue, issue.reminders >= rules.REMINDERS, now)
    return True


def settle(now: datetime) -> int:
    """Hold ledger and issues against what became of their newsletters; gives how many issues ended."""
    held = select(PrintedStory.newsletter_id).where(PrintedStory.printed_at.is_(None)).distinct()
    for newsletter_id in list(db.session.scalars(held)):
        _settle(newsletter_id, now)
    return sum(_end(issue.id) for issue in queries.issues_in(*OPEN))


@action
def _settle(newsletter_id: int, now: datetime) -> None:
    session = db.session()
    newsletter = session.get(Newsletter, newsletter_id, with_for_update=True)
    if newsletter is not None:
        ledger.settle(session, newsletter, now)


@action
def _end(issue_id: int) -> bool:
    """Whether an issue ended: its newsletter left, or was thrown away."""
    session = db.session()
    issue = session.get_one(DigestIssue, issue_id, with_for_update=True)
    newsletter = session.get(Newsletter, issue.newsletter_id) if issue.newsletter_id else None
    if newsletter is None or newsletter.binned_at is not None:
        drafting.end_without(session, issue)
        return True
    if newsletter.sent_at is None:
        return False
    drafting.end_sent(session, issue, newsletter)
    return True


@action
def drop(issue_id: int, user_id: int, now: datetime) -> None:
    """Throw the draft of an issue away, before anything of it left; raises Conflict afterwards."""
    session = db.session()
    queries.get_issue(issue_id)
    issue = session.get_one(DigestIssue, issue_id, with_for_update=True)
    if issue.state not in OPEN or issue.newsletter_id is None:
        raise Conflict("This issue has no draft that could be thrown away.")
    drafting.drop(session, issue, now)
    audit.add(
        session,
        user_id=user_id,
        action="digest.issue_dropped",
        object_kind=queries.KIND,
        object_id=issue.digest_id,
        details={"issue": issue.id},
        now=now,
    )
