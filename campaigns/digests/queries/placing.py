"""What clustering needs to know: entries without a story, first entries near them in time, and what people decided."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from campaigns.audience.changes import chunks
from campaigns.db import db
from campaigns.digests.clustering import WINDOW, Item, Known
from campaigns.digests.keys import key_of
from campaigns.digests.models import Entry, Feed, StoryEntry, StoryPair

# What is older when its feed is added joins only by its address.
FARTHEST = timedelta(days=30)


def unplaced(limit: int) -> list[Item]:
    """Entries that belong to no story yet, the earliest first; those that a keyword rule skips are left out."""
    is_placed = exists().where(StoryEntry.entry_id == Entry.id)
    question = (
        select(Entry, Feed.title)
        .join(Feed, Feed.id == Entry.feed_id)
        .where(~is_placed, Entry.is_skipped.is_(False), Feed.removed_at.is_(None))
        .order_by(Entry.first_seen_at, Entry.id)
        .limit(limit)
    )
    return [item_of(entry, publisher) for entry, publisher in db.session.execute(question)]


def item_of(entry: Entry, publisher: str) -> Item:
    """An entry as clustering sees it; it was news when it was published, and never after we saw it."""
    seen = entry.first_seen_at
    return Item(
        id=entry.id,
        key=key_of(entry.canonical_url, entry.feed_id, entry.guid),
        title=entry.title,
        text=entry.text,
        at=min(entry.published_at, seen) if entry.published_at else seen,
        publisher=publisher,
    )


def known_for(items: Sequence[Item], now: datetime) -> Known:
    """Everything that these entries could join, and what was decided about their articles."""
    first = max(min(item.at for item in items), now - FARTHEST) - WINDOW
    last = max(item.at for item in items) + WINDOW
    question = (
        select(Entry, Feed.title)
        .join(StoryEntry, StoryEntry.entry_id == Entry.id)
        .join(Feed, Feed.id == Entry.feed_id)
        .where(StoryEntry.is_leader.is_(True), Entry.first_seen_at >= first)
    )
    near = [item_of(entry, publisher) for entry, publisher in db.session.execute(question)]
    leaders = sorted((item for item in near if first <= item.at <= last), key=lambda item: (item.at, item.id))
    keys = [item.key for item in items]
    together, apart = _decisions(keys)
    same = {key: min(ids) for key, ids in _leaders_of(keys).items()}
    return Known(leaders=leaders, leader_of_key=same, together=together, apart=apart)


def _leaders_of(keys: Sequence[str]) -> dict[str, set[int]]:
    """The first entries of the stories that hold these articles, by article."""
    leader = aliased(StoryEntry)
    found: dict[str, set[int]] = {}
    for some in chunks(keys):
        question = (
            select(StoryEntry.key, leader.entry_id)
            .join(leader, leader.story_id == StoryEntry.story_id)
            .where(StoryEntry.key.in_(some), leader.is_leader.is_(True))
        )
        for key, entry_id in db.session.execute(question):
            found.setdefault(key, set()).add(entry_id)
    return found


def _decisions(keys: Sequence[str]) -> tuple[dict[str, int], dict[str, frozenset[int]]]:
    together: dict[str, set[str]] = {}
    apart: dict[str, set[str]] = {}
    for some in chunks(keys):
        wanted = set(some)
        asked = or_(StoryPair.first_key.in_(some), StoryPair.second_key.in_(some))
        for pair in db.session.scalars(select(StoryPair).where(asked)):
            found = together if pair.is_together else apart
            for key, other in ((pair.first_key, pair.second_key), (pair.second_key, pair.first_key)):
                if key in wanted:
                    found.setdefault(key, set()).add(other)
    others = sorted({other for found in (together, apart) for keys_of in found.values() for other in keys_of})
    leaders = _leaders_of(others)
    joined = {key: min(ids) for key, those in together.items() if (ids := _ids(leaders, those))}
    return joined, {key: frozenset(_ids(leaders, those)) for key, those in apart.items()}


def _ids(leaders: dict[str, set[int]], keys: set[str]) -> set[int]:
    return {leader for key in keys for leader in leaders.get(key, ())}
