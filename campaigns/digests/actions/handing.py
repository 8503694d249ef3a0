"""An issue goes to its approver: links looked at, submitted; under a standing approval it leaves two hours later."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.db import action, db, end_reading
from campaigns.digests import drafting, letters
from campaigns.digests.actions import checking, standing
from campaigns.digests.actions.digests import locked
from campaigns.digests.models import Digest, DigestIssue, Entry, Feed, IssueState, StoryEntry, Trust
from campaigns.digests.queries import checks
from campaigns.digests.queries import digests as queries
from campaigns.digests.rules import digests as rules
from campaigns.errors import Invalid
from campaigns.newsletters import deciding, drafts, preparing
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.preparing import Prepared
from campaigns.planning.models import ItemState
from campaigns.staff import audit


def hand_over(issue_id: int, now: datetime, say: Callable[[int, int], None] | None = None) -> bool:
    """Look at the links of a draft and hand it to its approver; gives whether it was handed over.

    Not a transaction itself: looking and rendering happen between several. `say` hears how many links were looked at.
    """
    issue = queries.get_issue(issue_id)
    if issue.newsletter_id is None or issue.state not in (IssueState.DRAFTED, IssueState.STUCK):
        return False
    digest = queries.get_digest(issue.digest_id)
    template = preparing.template_hash(digest.sender_id)
    end_reading()
    checking.check_issue(issue_id, now, say)
    _choose_way(issue_id, template, now)
    prepared = preparing.prepare(queries.get_issue(issue_id).newsletter_id or 0, now)
    end_reading()
    return _hand(issue_id, prepared, template, now)


@action
def _choose_way(issue_id: int, template: str, now: datetime) -> None:
    """Whether a standing approval covers this issue; the time of the draft follows from that."""
    session = db.session()
    issue, digest, newsletter = _open(session, issue_id)
    found, fault = standing.fault(session, digest, template, now)
    fault = fault or _issue_fault(session, issue)
    issue.standing_id = found.id if found is not None and not fault else None
    if found is not None and fault:
        issue.note = f"{issue.note} The standing approval was not used: {fault[0].lower()}{fault[1:]}".strip()
    if newsletter.state == ItemState.DRAFT:
        send_at = now + rules.IN_VIEW if issue.standing_id else None
        drafting.set_time(session, newsletter, send_at, digest.zone, now)


@action
def _hand(issue_id: int, prepared: Prepared, template: str, now: datetime) -> bool:
    session = db.session()
    issue, digest, newsletter = _open(session, issue_id)
    if newsletter.state != ItemState.DRAFT:
        # Somebody was quicker and sent it for approval by hand.
        issue.state, issue.handed_at = IssueState.HANDED, now
        return True
    if not prepared.is_ready:
        first = next(problem for problem in prepared.problems if problem.is_must)
        sentence = f"It cannot be approved yet. {first.title}. {first.text}"
        if issue.state != IssueState.STUCK:
            letters.told(session, digest, issue, sentence, now)
        issue.state, issue.note = IssueState.STUCK, sentence
        return False
    notes = _notes(issue)
    deciding.submit(session, prepared, "\n".join(notes), digest.changed_by_id, now)
    issue.state, issue.handed_at = IssueState.HANDED, now
    if issue.standing_id is None or not _leaves_by_itself(session, issue, digest, prepared, template, now):
        letters.handed(session, digest, issue, notes, now)
    return True


def _leaves_by_itself(
    session: Session, issue: DigestIssue, digest: Digest, prepared: Prepared, template: str, now: datetime
) -> bool:
    """Approve it in the name of who gave the standing approval; everybody concerned hears of it two hours before."""
    found, fault = standing.fault(session, digest, template, now)
    if found is None or fault or found.id != issue.standing_id or found.approver_id is None:
        issue.standing_id = None
        return False
    until = found.expires_at.date().isoformat()
    comment = f"By the standing approval number {found.id}, which holds until {until}."
    try:
        deciding.approve(session, prepared, prepared.content_hash, comment, found.approver_id, now)
    except Invalid as error:
        issue.standing_id, issue.note = None, str(error)
        return False
    audit.add(
        session,
        user_id=None,
        action="digest.standing_used",
        object_kind=queries.KIND,
        object_id=digest.id,
        details={"standing": found.id, "issue": issue.id, "newsletter": prepared.newsletter_id},
        now=now,
    )
    sentence = (
        "A new issue leaves in two hours under the standing approval, within the sending hours. Until then anybody can "
        "stop it on its page."
    )
    letters.told(session, digest, issue, sentence, now)
    return True


def _issue_fault(session: Session, issue: DigestIssue) -> str:
    """Why this issue needs a person even under a standing approval; "" when it does not."""
    if issue.is_late:
        return "The issue is late, so a person should look at it."
    told_by = (
        select(Feed.title)
        .join(Entry, Entry.feed_id == Feed.id)
        .join(StoryEntry, StoryEntry.entry_id == Entry.id)
        .where(Feed.trust != Trust.OWN)
    )
    for printed in queries.printed_of(issue.id):
        if checking.DEAD & set(printed.check.get("flags", [])):
            return f"The link of “{printed.title}” leads nowhere."
        other = session.scalar(told_by.where(StoryEntry.story_id == (printed.story_id or 0)).limit(1))
        if other is not None:
            return f"“{printed.title}” comes from a source that is not ours."
    return ""


def _notes(issue: DigestIssue) -> list[str]:
    """What the approver should know, a sentence each."""
    return [*([issue.note] if issue.note else []), *checks.sentences(issue.id), *issue.failed_sources]


def _open(session: Session, issue_id: int) -> tuple[DigestIssue, Digest, Newsletter]:
    issue = session.get_one(DigestIssue, issue_id, with_for_update=True)
    return issue, locked(session, issue.digest_id), drafts.locked(session, issue.newsletter_id or 0)
