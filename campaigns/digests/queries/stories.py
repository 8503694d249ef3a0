"""Reads of stories: the inbox, one story with its sources and why they belong together, and what was done to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.sql import Select

from campaigns import search
from campaigns.db import db
from campaigns.digests import clustering, stories
from campaigns.digests.clustering import Why
from campaigns.digests.models import Entry, Feed, PrintedStory, Story, StoryChange, StoryEntry, StoryState
from campaigns.digests.queries import placing
from campaigns.errors import NotFound
from campaigns.newsletters import links
from campaigns.web.paging import Page, page_of

VIEWS = ("waiting", "picked", "skipped", "printed", "older")
PER_PAGE = 50
UNDO_FOR = timedelta(days=7)
NEAREST = 5


@dataclass(frozen=True)
class Source:
    """One report of a story. `url` leads to the web or is empty; `why` and `score` say why it is here."""

    entry: Entry
    feed: Feed
    why: str
    score: float
    by_id: int | None = None

    @property
    def url(self) -> str:
        """Where it can be read, "" for anything that is no web address."""
        return links.web(self.entry.url)

    @property
    def reason(self) -> str:
        """Why it belongs to the story, in words."""
        return {
            Why.FIRST: "First report",
            Why.SAME_ARTICLE: "The same article",
            Why.BY_HAND: "Put here by hand",
        }.get(Why(self.why), f"{round(self.score * 100)} % alike")


@dataclass(frozen=True)
class Card:
    """A story as the inbox shows it, the source that speaks for it first."""

    story: Story
    sources: list[Source] = field(default_factory=list)
    printed: list[PrintedStory] = field(default_factory=list)

    @property
    def lead(self) -> Source | None:
        """The source that speaks for it."""
        return next((one for one in self.sources if one.entry.id == self.story.lead_id), next(iter(self.sources), None))

    @property
    def changed(self) -> list[PrintedStory]:
        """Where it was printed with words that its source has changed since."""
        hashes = {one.entry.id: one.entry.content_hash for one in self.sources}
        return [
            row
            for row in self.printed
            if row.source_hash and hashes.get(row.entry_id or 0, row.source_hash) != row.source_hash
        ]

    @property
    def categories(self) -> list[str]:
        """The categories of its sources, by name."""
        return sorted({one.feed.category for one in self.sources if one.feed.category})


def inbox(
    view: str = "waiting", q: str = "", category: str = "", feed_id: int | None = None, page: int = 1
) -> Page[Card]:
    """A page of stories, those with the latest news first."""
    question = _in_view(select(Story), view)
    for words in search.matching(stories.KIND, q):
        question = question.where(Story.id.in_(words))
    if category or feed_id:
        told = select(StoryEntry.story_id).join(Entry, Entry.id == StoryEntry.entry_id)
        told = told.join(Feed, Feed.id == Entry.feed_id)
        told = told.where(Feed.category == category) if category else told
        question = question.where(Story.id.in_(told.where(Feed.id == feed_id) if feed_id else told))
    found = page_of(question.order_by(Story.last_at.desc(), Story.id.desc()), page, PER_PAGE)
    return Page(cards(found.items), found.page, found.per_page, found.total)


def _in_view(question: Select[tuple[Story]], view: str) -> Select[tuple[Story]]:
    question = question.where(Story.state != StoryState.MERGED)
    if view == "printed":
        return question.where(_is_printed())
    if view == "older":
        return question.where(Story.state == StoryState.WAITING, Story.is_backlog.is_(True), ~_is_printed())
    if view in ("waiting", "picked", "skipped"):
        question = question.where(Story.state == view, ~_is_printed())
        return question.where(Story.is_backlog.is_(False)) if view == "waiting" else question
    return question


def _is_printed() -> ColumnElement[bool]:
    return exists().where(PrintedStory.story_id == Story.id)


def counts() -> dict[str, int]:
    """How many stories each view of the inbox holds."""
    found = {}
    for view in VIEWS:
        found[view] = db.session.scalar(select(func.count()).select_from(_in_view(select(Story), view).subquery())) or 0
    return found


def waiting_ids(q: str = "", category: str = "", limit: int = 2000) -> list[int]:
    """The ids of waiting stories that fit, for skipping all of them."""
    question = _in_view(select(Story), "waiting").with_only_columns(Story.id)
    for words in search.matching(stories.KIND, q):
        question = question.where(Story.id.in_(words))
    if category:
        told = select(StoryEntry.story_id).join(Entry, Entry.id == StoryEntry.entry_id)
        question = question.where(
            Story.id.in_(told.join(Feed, Feed.id == Entry.feed_id).where(Feed.category == category))
        )
    return list(db.session.scalars(question.order_by(Story.id).limit(limit)))


def cards(found: Sequence[Story]) -> list[Card]:
    """Stories with their sources, the one that speaks first, and where they were printed."""
    ids = [story.id for story in found]
    sources: dict[int, list[Source]] = {number: [] for number in ids}
    question = (
        select(StoryEntry, Entry, Feed)
        .join(Entry, Entry.id == StoryEntry.entry_id)
        .join(Feed, Feed.id == Entry.feed_id)
        .where(StoryEntry.story_id.in_(ids))
        .order_by(StoryEntry.is_leader.desc(), Entry.first_seen_at, Entry.id)
    )
    for row, entry, feed in db.session.execute(question):
        sources[row.story_id].append(Source(entry, feed, row.why, row.score, row.by_id))
    printed: dict[int, list[PrintedStory]] = {number: [] for number in ids}
    for one in db.session.scalars(select(PrintedStory).where(PrintedStory.story_id.in_(ids)).order_by(PrintedStory.id)):
        printed[one.story_id or 0].append(one)
    return [
        Card(
            story,
            sorted(sources[story.id], key=lambda one, lead=story.lead_id: one.entry.id != lead),  # type: ignore[misc]
            printed[story.id],
        )
        for story in found
    ]


def get_story(story_id: int) -> Story:
    """A story; raises NotFound."""
    found = db.session.get(Story, story_id)
    if found is None:
        raise NotFound("We could not find that story. It may have been taken back.")
    return found


def get_card(story_id: int) -> Card:
    """A story with its sources; raises NotFound."""
    (card,) = cards([get_story(story_id)])
    return card


def changes_of(story_id: int, limit: int = 30) -> list[StoryChange]:
    """What people did to a story, the latest first."""
    question = select(StoryChange).where(StoryChange.story_id == story_id)
    return list(db.session.scalars(question.order_by(StoryChange.id.desc()).limit(limit)))


def last_change(user_id: int, now: datetime) -> StoryChange | None:
    """What this person could take back next, or None."""
    question = select(StoryChange).where(StoryChange.user_id == user_id, StoryChange.undone_at.is_(None))
    found = db.session.scalar(question.order_by(StoryChange.id.desc()).limit(1))
    return found if found is not None and now - found.at < UNDO_FOR else None


@dataclass(frozen=True)
class Near:
    """Another story that looks alike, how much, and what speaks against their being one; "" when nothing does."""

    story: Story
    score: float
    conflict: str


def near(card: Card, now: datetime) -> list[Near]:
    """Stories of the same days that may be about the same event, the most alike first."""
    lead = card.lead
    if lead is None:
        return []
    item = placing.item_of(lead.entry, lead.feed.title)
    known = placing.known_for([item], now)
    found = clustering.nearest(item, known.leaders, NEAREST + len(card.sources))
    of_entry = _stories_of([number for number, _, _ in found])
    seen = {card.story.id}
    result = []
    for number, score, conflict in found:
        story = of_entry.get(number)
        if story is not None and story.id not in seen:
            seen.add(story.id)
            result.append(Near(story, score, conflict))
    return result[:NEAREST]


def _stories_of(entry_ids: Iterable[int]) -> dict[int, Story]:
    question = select(StoryEntry.entry_id, Story).join(Story, Story.id == StoryEntry.story_id)
    return {row[0]: row[1] for row in db.session.execute(question.where(StoryEntry.entry_id.in_(list(entry_ids))))}


def categories() -> list[str]:
    """The categories of the feeds there are, by name."""
    question = select(Feed.category).where(Feed.category != "", Feed.removed_at.is_(None)).distinct()
    return list(db.session.scalars(question.order_by(Feed.category)))
