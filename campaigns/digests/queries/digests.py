"""Reads of digests: the rules, when they are due, the stories that could go in, and the issues that they made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select

from campaigns import clock
from campaigns.db import db
from campaigns.digests import recipe as recipes
from campaigns.digests.models import (
    Digest,
    DigestIssue,
    Feed,
    IssueState,
    PrintedKey,
    PrintedStory,
    StandingApproval,
    Story,
    StoryEntry,
    StoryState,
    Trust,
)
from campaigns.digests.queries import stories
from campaigns.digests.recipe import Candidate, Part, Recipe
from campaigns.digests.rhythm import Every, Rhythm
from campaigns.digests.rules import health
from campaigns.errors import NotFound
from campaigns.newsletters.models import ArchiveMode, Newsletter
from campaigns.web.paging import Page, page_of

KIND = "digest"
PER_PAGE = 20


def digests(with_archived: bool = False) -> list[Digest]:
    """The digests by name."""
    question = select(Digest).order_by(Digest.name, Digest.id)
    return list(db.session.scalars(question if with_archived else question.where(Digest.archived_at.is_(None))))


def get_digest(digest_id: int) -> Digest:
    """A digest, also one that was put away; raises NotFound."""
    found = db.session.get(Digest, digest_id)
    if found is None:
        raise NotFound("We could not find that digest. It may have been removed.")
    return found


def find_by_name(name: str) -> Digest | None:
    """The digest with this name or this last part of its address, however it is written, or None."""
    wanted = name.strip().casefold()
    return next((one for one in digests() if wanted in (one.name.casefold(), one.slug)), None)


def due(now: datetime) -> list[int]:
    """The digests whose time has come."""
    question = select(Digest.id).where(Digest.is_on.is_(True), Digest.next_at <= now, Digest.archived_at.is_(None))
    return list(db.session.scalars(question.order_by(Digest.next_at, Digest.id)))


def rhythm_of(digest: Digest) -> Rhythm:
    """When it is due."""
    return Rhythm(
        every=Every(digest.every),
        at=time.fromisoformat(digest.at_time),
        zone=digest.zone,
        weekdays=tuple(digest.weekdays) or (0,),
        month_day=digest.month_day,
    )


def recipe_of(digest: Digest) -> Recipe:
    """What it asks for."""
    parts = tuple(
        Part(one["title"], tuple(name.casefold() for name in one["categories"]), one["most"]) for one in digest.sections
    )
    return Recipe(
        categories=frozenset(name.casefold() for name in digest.categories),
        keywords=tuple(digest.keywords),
        without=tuple(digest.without),
        parts=parts,
        most=digest.most,
        most_per_source=digest.most_per_source,
        order=recipes.Order(digest.story_order),
        only_picked=digest.only_picked,
        trusted=frozenset({"own"}) if digest.only_own else Recipe().trusted,
        only_trusted=digest.only_own,
    )


def candidates(digest: Digest, now: datetime) -> list[Candidate]:
    """The stories of the last weeks that nobody skipped and that none of these readers got, as the best source tells.

    What counts is when we first saw them (never the date that a source gives) and the ledger.
    """
    question = select(Story).where(
        Story.state.in_((StoryState.WAITING, StoryState.PICKED)),
        Story.last_at > now - timedelta(days=recipes.HORIZON_DAYS),
        ~is_taken(digest.rhythm),
    )
    found = []
    for card in stories.cards(list(db.session.scalars(question.order_by(Story.id)))):
        lead = card.lead
        if lead is not None and lead.url:
            found.append(_candidate(card, lead))
    return found


def _candidate(card: stories.Card, lead: stories.Source) -> Candidate:
    told = card.sources
    return Candidate(
        story_id=card.story.id,
        title=lead.entry.title,
        text=lead.entry.text,
        url=lead.url,
        source=lead.feed.title,
        at=lead.entry.published_at or lead.entry.first_seen_at,
        # Only when each of its reports is ours is a story ours.
        trust=lead.feed.trust if lead.feed.trust != Trust.OWN or _are_own(told) else Trust.PARTNER,
        author=lead.entry.author,
        categories=frozenset(name.casefold() for name in card.categories),
        is_picked=card.story.state == StoryState.PICKED,
        is_backlog=card.story.is_backlog,
        sources=card.story.source_count,
        summary=card.story.summary,
        words=recipes.folded_words(*(text for one in told for text in (one.entry.title, one.entry.text))),
    )


def _are_own(sources: Iterable[stories.Source]) -> bool:
    return all(one.feed.trust == Trust.OWN for one in sources)


def is_taken(rhythm: str) -> ColumnElement[bool]:
    """Which stories these readers got or are about to get: the story itself, or any of its articles."""
    by_key = (
        exists()
        .where(StoryEntry.story_id == Story.id, PrintedKey.key == StoryEntry.key, PrintedKey.rhythm == rhythm)
        .correlate(Story)
    )
    by_story = (
        exists()
        .where(
            PrintedStory.story_id == Story.id,
            PrintedKey.printed_id == PrintedStory.id,
            PrintedKey.rhythm == rhythm,
        )
        .correlate(Story)
    )
    return or_(by_key, by_story)


def failed_sources(digest: Digest, now: datetime) -> list[tuple[str, str]]:
    """The name of each source of this digest that cannot be read now, and a sentence; "no news" is something else."""
    question = select(Feed).where(
        Feed.removed_at.is_(None), or_(Feed.failing_since.is_not(None), Feed.gone_at.is_not(None))
    )
    if digest.only_own:
        question = question.where(Feed.trust == Trust.OWN)
    wanted = {name.casefold() for name in digest.categories}

    def since(at: datetime) -> str:
        return health.since_words(at, now, lambda instant: clock.wall_time_of(instant, digest.zone))

    return [
        (feed.title, health.of(feed, now, since).sentence)
        for feed in db.session.scalars(question.order_by(Feed.title))
        if not wanted or feed.category.casefold() in wanted
    ]


def newsletters_since(digest: Digest, since: datetime) -> list[Newsletter]:
    """What went to everybody on these lists since then and may be read on the web, the first one first."""
    question = select(Newsletter).where(
        Newsletter.sent_at > since, Newsletter.archive_mode == ArchiveMode.LISTED, Newsletter.binned_at.is_(None)
    )
    lists = set(digest.list_ids)
    return [
        one
        for one in db.session.scalars(question.order_by(Newsletter.sent_at, Newsletter.id))
        if lists & set(one.audience_rule.get("lists", [])) and not one.audience_rule.get("rhythm")
    ]


def get_issue(issue_id: int) -> DigestIssue:
    """An issue; raises NotFound."""
    found = db.session.get(DigestIssue, issue_id)
    if found is None:
        raise NotFound("We could not find that issue. It may have been removed.")
    return found


def find_issue(digest_id: int, slot_at: datetime) -> DigestIssue | None:
    """The issue for a time, or None."""
    return db.session.scalar(
        select(DigestIssue).where(DigestIssue.digest_id == digest_id, DigestIssue.slot_at == slot_at)
    )


def issues_of(digest_id: int, page: int = 1) -> Page[DigestIssue]:
    """A page of what a digest made, the latest first."""
    question = select(DigestIssue).where(DigestIssue.digest_id == digest_id)
    return page_of(question.order_by(DigestIssue.slot_at.desc(), DigestIssue.id.desc()), page, PER_PAGE)


def last_issue(digest_id: int, *states: IssueState) -> DigestIssue | None:
    """The latest issue in one of these states, or None."""
    question = select(DigestIssue).where(DigestIssue.digest_id == digest_id, DigestIssue.state.in_(states))
    return db.session.scalar(question.order_by(DigestIssue.slot_at.desc()).limit(1))


def issues_in(*states: IssueState) -> list[DigestIssue]:
    """The issues in these states, the first one first."""
    question = select(DigestIssue).where(DigestIssue.state.in_(states))
    return list(db.session.scalars(question.order_by(DigestIssue.id)))


def printed_of(issue_id: int) -> list[PrintedStory]:
    """The stories of an issue in their order."""
    question = select(PrintedStory).where(PrintedStory.issue_id == issue_id)
    return list(db.session.scalars(question.order_by(PrintedStory.id)))


def get_printed(printed_id: int) -> PrintedStory:
    """A story as it stands in a newsletter; raises NotFound."""
    found = db.session.get(PrintedStory, printed_id)
    if found is None:
        raise NotFound("We could not find that story. It may have been taken out.")
    return found


def standing(digest_id: int) -> StandingApproval | None:
    """The latest standing approval that nobody took back and nothing made void, or None; it may have run out."""
    question = select(StandingApproval).where(
        StandingApproval.digest_id == digest_id, StandingApproval.voided_at.is_(None)
    )
    return db.session.scalar(question.order_by(StandingApproval.id.desc()).limit(1))


def standings_of(digest_id: int, limit: int = 10) -> list[StandingApproval]:
    """The standing approvals of a digest, the latest first."""
    question = select(StandingApproval).where(StandingApproval.digest_id == digest_id)
    return list(db.session.scalars(question.order_by(StandingApproval.id.desc()).limit(limit)))


@dataclass(frozen=True)
class Row:
    """A digest as the list shows it: its last issue, how many issues wait for somebody."""

    digest: Digest
    last: DigestIssue | None
    open: int


def rows(found: Sequence[Digest]) -> list[Row]:
    """Digests with where they stand."""
    ids = [digest.id for digest in found]
    newest = select(func.max(DigestIssue.id)).where(DigestIssue.digest_id.in_(ids)).group_by(DigestIssue.digest_id)
    last = {row.digest_id: row for row in db.session.scalars(select(DigestIssue).where(DigestIssue.id.in_(newest)))}
    waits = (IssueState.DRAFTED, IssueState.HANDED, IssueState.STUCK)
    counted = select(DigestIssue.digest_id, func.count()).where(
        DigestIssue.digest_id.in_(ids), DigestIssue.state.in_(waits)
    )
    counts = {row[0]: int(row[1]) for row in db.session.execute(counted.group_by(DigestIssue.digest_id))}
    return [Row(digest, last.get(digest.id), counts.get(digest.id, 0)) for digest in found]
