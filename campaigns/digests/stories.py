"""The adder of stories: entries put together and taken apart, the representative chosen, the search words kept in step.

Everything here belongs to the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import search
from campaigns.audience.changes import chunks
from campaigns.digests.clustering import Item, Placement, Why
from campaigns.digests.models import Entry, Feed, Story, StoryEntry, StoryPair, StoryState
from campaigns.digests.recipe import NEARNESS

KIND = "story"


def add(session: Session, items: Mapping[int, Item], placements: Sequence[Placement], now: datetime) -> int:
    """Write down where entries belong; gives how many. What was placed meanwhile stays where it is."""
    placed = _rows(session, [found.item_id for found in placements])
    fresh = [found for found in placements if found.item_id not in placed]
    known = {**_rows(session, [found.leader_id for found in fresh]), **placed}
    entries = _entries(session, [found.item_id for found in fresh])
    begun = {}
    for found in fresh:
        if found.why is Why.FIRST:
            begun[found.item_id] = _begin(session, entries[found.item_id], items[found.item_id], now)
    session.flush()
    touched = set()
    for found in fresh:
        story_id = begun[found.item_id].id if found.why is Why.FIRST else _story_of(found.leader_id, begun, known)
        if story_id is not None:
            session.add(_row(items[found.item_id], story_id, found, now))
            touched.add(story_id)
    session.flush()
    refresh(session, touched)
    return len(fresh)


def _rows(session: Session, entry_ids: Iterable[int]) -> dict[int, int]:
    """Entry to story, for those that have one."""
    found: dict[int, int] = {}
    for some in chunks(entry_ids):
        question = select(StoryEntry.entry_id, StoryEntry.story_id).where(StoryEntry.entry_id.in_(some))
        found.update({row.entry_id: row.story_id for row in session.execute(question)})
    return found


def _entries(session: Session, entry_ids: Iterable[int]) -> dict[int, Entry]:
    found: dict[int, Entry] = {}
    for some in chunks(entry_ids):
        found.update({entry.id: entry for entry in session.scalars(select(Entry).where(Entry.id.in_(some)))})
    return found


def _begin(session: Session, entry: Entry, item: Item, now: datetime) -> Story:
    story = Story(
        title=entry.title,
        lead_id=entry.id,
        first_at=item.at,
        last_at=entry.first_seen_at,
        is_backlog=entry.is_backlog,
        created_at=now,
    )
    session.add(story)
    return story


def _story_of(leader_id: int, begun: Mapping[int, Story], known: Mapping[int, int]) -> int | None:
    story = begun.get(leader_id)
    return story.id if story else known.get(leader_id)


def _row(item: Item, story_id: int, found: Placement, now: datetime) -> StoryEntry:
    return StoryEntry(
        entry_id=item.id,
        story_id=story_id,
        key=item.key,
        why=found.why,
        score=found.score,
        is_leader=found.why is Why.FIRST,
        at=now,
    )


def refresh(session: Session, story_ids: Iterable[int]) -> None:
    """Bring what a story repeats of its entries up to date: counts, times, representative, search words."""
    words: dict[int, list[str]] = {}
    for some in chunks(sorted(story_ids)):
        told: dict[int, list[tuple[Entry, str, str]]] = {}
        question = (
            select(StoryEntry.story_id, Entry, Feed.title, Feed.trust)
            .join(Entry, Entry.id == StoryEntry.entry_id)
            .join(Feed, Feed.id == Entry.feed_id)
            .where(StoryEntry.story_id.in_(some))
            .order_by(Entry.first_seen_at, Entry.id)
        )
        for story_id, entry, publisher, trust in session.execute(question):
            told.setdefault(story_id, []).append((entry, publisher, trust))
        for story in session.scalars(select(Story).where(Story.id.in_(some))):
            entries = told.get(story.id, [])
            _describe(story, entries)
            words[story.id] = [story.summary, story.note]
            words[story.id] += [
                text for entry, publisher, _ in entries for text in (entry.title, entry.text, publisher)
            ]
        search.remove_many(session, KIND, some)
    search.put_many(session, KIND, words)


def _describe(story: Story, entries: Sequence[tuple[Entry, str, str]]) -> None:
    story.source_count = len({entry.feed_id for entry, _, _ in entries})
    if not entries:
        return
    story.last_at = max(entry.first_seen_at for entry, _, _ in entries)
    story.is_backlog = all(entry.is_backlog for entry, _, _ in entries)
    ids = {entry.id for entry, _, _ in entries}
    # Whom people chose to speak for a story keeps doing so while it is part of it.
    if story.lead_id not in ids or not story.is_lead_chosen:
        story.is_lead_chosen = False
        best, _, _ = min(entries, key=lambda told: (NEARNESS.get(told[2], 9), told[0].first_seen_at, told[0].id))
        story.lead_id, story.title = best.id, best.title


def decide(
    session: Session, pairs: Iterable[tuple[str, str]], is_together: bool, user_id: int | None, now: datetime
) -> list[list[object]]:
    """Keep for good that articles belong together or not; gives what was decided before, for `restore_pairs`."""
    before: list[list[object]] = []
    for first, second in sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}):
        known = find_pair(session, first, second)
        before.append([first, second, known.is_together if known else None])
        if known is None:
            known = StoryPair(first_key=first, second_key=second)
            session.add(known)
        known.is_together, known.by_id, known.at = is_together, user_id, now
    session.flush()
    return before


def restore_pairs(session: Session, before: Iterable[Sequence[object]], user_id: int, now: datetime) -> None:
    """Bring back what was decided about pairs before; None is nothing."""
    for first, second, was_together in before:
        known = find_pair(session, str(first), str(second))
        if known is not None and was_together is None:
            session.delete(known)
        elif known is not None:
            known.is_together, known.by_id, known.at = bool(was_together), user_id, now
    session.flush()


def find_pair(session: Session, first: str, second: str) -> StoryPair | None:
    """The decision about two articles, or None."""
    asked = select(StoryPair).where(StoryPair.first_key == first, StoryPair.second_key == second)
    return session.scalar(asked)


def rows_of(session: Session, story_id: int) -> list[StoryEntry]:
    """The entries of a story, the first one first."""
    question = select(StoryEntry).where(StoryEntry.story_id == story_id)
    return list(session.scalars(question.order_by(StoryEntry.is_leader.desc(), StoryEntry.at, StoryEntry.entry_id)))


def forget(session: Session, story_id: int) -> None:
    """Remove a story that holds no entry any more."""
    search.remove(session, KIND, story_id)
    session.delete(session.get_one(Story, story_id))
    session.flush()


def waiting_count(session: Session) -> int:
    """How many stories wait for a decision."""
    asked = select(func.count()).select_from(Story)
    return session.scalar(asked.where(Story.state == StoryState.WAITING, Story.is_backlog.is_(False))) or 0
