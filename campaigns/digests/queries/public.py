"""Reads for anybody: digests that have a page, and what their issues printed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from campaigns.db import db
from campaigns.digests.models import Correction, Digest, DigestIssue, IssueState, PrintedStory
from campaigns.digests.queries import corrections
from campaigns.newsletters import links
from campaigns.newsletters import queries as newsletters
from campaigns.newsletters.models import Newsletter
from campaigns.web.paging import Page, page_of

ISSUES_PER_PAGE = 5
FEED_STORIES = 60


@dataclass(frozen=True)
class Printed:
    """A story as readers got it, with what was corrected since."""

    story: PrintedStory
    corrections: list[Correction] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it can be read, "" for anything that is no web address."""
        return links.web(self.story.url)

    @property
    def printed_at(self) -> datetime:
        """When it left."""
        return self.story.printed_at or self.story.taken_at

    @property
    def changed_at(self) -> datetime:
        """When something about it was said last."""
        return max([self.printed_at, *(one.at for one in self.corrections)])


@dataclass(frozen=True)
class Issue:
    """An issue that left, its newsletter, and its stories."""

    issue: DigestIssue
    newsletter: Newsletter
    stories: list[Printed]


def digests() -> list[Digest]:
    """The digests that anybody may see and that printed something, by name."""
    printed = newsletters.listed(
        select(DigestIssue.digest_id).join(Newsletter, Newsletter.id == DigestIssue.newsletter_id)
    )
    question = select(Digest).where(
        Digest.is_public.is_(True), Digest.archived_at.is_(None), Digest.id.in_(printed.distinct())
    )
    return list(db.session.scalars(question.order_by(Digest.name)))


def find(slug: str) -> Digest | None:
    """A digest that anybody may see, or None."""
    question = select(Digest).where(Digest.slug == slug, Digest.is_public.is_(True), Digest.archived_at.is_(None))
    return db.session.scalar(question)


def issues(digest_id: int, page: int = 1) -> Page[Issue]:
    """A page of its issues that left and may be read on the web, the latest first."""
    question = newsletters.listed(
        select(DigestIssue)
        .join(Newsletter, Newsletter.id == DigestIssue.newsletter_id)
        .where(DigestIssue.digest_id == digest_id, DigestIssue.state == IssueState.SENT)
    )
    ordered = question.order_by(DigestIssue.sent_at.desc(), DigestIssue.id.desc())
    found = page_of(ordered, page, ISSUES_PER_PAGE)
    ids = [one.id for one in found.items]
    rows = db.session.scalars(
        select(PrintedStory)
        .where(PrintedStory.issue_id.in_(ids), PrintedStory.printed_at.is_not(None))
        .order_by(PrintedStory.id)
    )
    by_issue: dict[int | None, list[Printed]] = {}
    for one in _with_corrections(rows):
        by_issue.setdefault(one.story.issue_id, []).append(one)
    sent = select(Newsletter).where(Newsletter.id.in_([one.newsletter_id for one in found.items]))
    letters = {one.id: one for one in db.session.scalars(sent)}
    made = [Issue(one, letters[one.newsletter_id or 0], by_issue.get(one.id, [])) for one in found.items]
    return Page(made, found.page, found.per_page, found.total)


def stories(digest_id: int, limit: int = FEED_STORIES) -> list[Printed]:
    """What a digest printed, the latest first."""
    question = newsletters.listed(
        select(PrintedStory)
        .join(DigestIssue, DigestIssue.id == PrintedStory.issue_id)
        .join(Newsletter, Newsletter.id == PrintedStory.newsletter_id)
        .where(DigestIssue.digest_id == digest_id, PrintedStory.printed_at.is_not(None))
    )
    ordered = question.order_by(PrintedStory.printed_at.desc(), PrintedStory.id).limit(limit)
    return _with_corrections(db.session.scalars(ordered))


def _with_corrections(rows: Iterable[PrintedStory]) -> list[Printed]:
    found = list(rows)
    said = corrections.of_printed([row.id for row in found])
    return [Printed(row, said.get(row.id, [])) for row in found]
