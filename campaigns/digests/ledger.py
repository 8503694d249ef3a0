"""The adder of the ledger: which stories a newsletter takes, and which it printed; in the caller's transaction.

An article is printed once for the same readers. It is taken while a newsletter that holds it is on its way, printed
once that left, and free again when the newsletter is thrown away or the story taken out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns.db import upserting
from campaigns.digests import links
from campaigns.digests.models import PrintedKey, PrintedStory, Story, StoryEntry
from campaigns.newsletters import queries as newsletters
from campaigns.newsletters.blocks import Story as StoryBlock
from campaigns.newsletters.models import Newsletter


@dataclass(frozen=True)
class Taken:
    """A story as a newsletter holds it: in which block, with which words, from which text of which entry."""

    block_id: str
    story_id: int | None
    entry_id: int | None
    title: str
    text: str
    url: str
    source: str
    source_hash: str


def take(
    session: Session, newsletter_id: int, taken: Taken, rhythm: str, now: datetime, issue_id: int | None = None
) -> PrintedStory | None:
    """Take a story for a newsletter; None when these readers got it, or another newsletter holds it, already."""
    row = PrintedStory(
        newsletter_id=newsletter_id,
        issue_id=issue_id,
        story_id=taken.story_id,
        entry_id=taken.entry_id,
        block_id=taken.block_id,
        title=taken.title,
        text=taken.text,
        url=taken.url,
        source=taken.source,
        source_hash=taken.source_hash,
        taken_at=now,
    )
    wanted = _keys(session, taken)
    if _is_known(session, taken.story_id, rhythm):
        return None
    session.add(row)
    session.flush()
    insert = upserting(session, PrintedKey.__table__)
    values = [{"key": key, "rhythm": rhythm, "printed_id": row.id} for key in wanted]
    # Whoever comes second, on another machine too, finds the key there and takes nothing.
    kept = session.execute(insert.values(values).on_conflict_do_nothing().returning(PrintedKey.key)).all()
    if len(kept) < len(wanted):
        release(session, [row])
        return None
    return row


def holder(session: Session, story_id: int, rhythm: str = "") -> PrintedStory | None:
    """Where these readers got a story, or are about to get it; None when it is free."""
    by_story = select(PrintedStory).join(PrintedKey, PrintedKey.printed_id == PrintedStory.id)
    by_story = by_story.where(PrintedStory.story_id == story_id, PrintedKey.rhythm == rhythm)
    by_key = select(PrintedStory).join(PrintedKey, PrintedKey.printed_id == PrintedStory.id)
    by_key = by_key.join(StoryEntry, StoryEntry.key == PrintedKey.key)
    by_key = by_key.where(StoryEntry.story_id == story_id, PrintedKey.rhythm == rhythm)
    return session.scalar(by_story.limit(1)) or session.scalar(by_key.limit(1))


def release(session: Session, rows: Iterable[PrintedStory]) -> None:
    """Let stories go that no newsletter holds any more."""
    ids = [row.id for row in rows]
    session.execute(delete(PrintedKey).where(PrintedKey.printed_id.in_(ids)))
    session.execute(delete(PrintedStory).where(PrintedStory.id.in_(ids)))
    session.flush()


def settle(session: Session, newsletter: Newsletter, now: datetime) -> int:
    """Hold the ledger against what a newsletter says: what was taken out is free, what was put in is taken.

    What is in one that left is printed. Gives how many rows are printed now that were not.
    """
    rows = list(session.scalars(select(PrintedStory).where(PrintedStory.newsletter_id == newsletter.id)))
    open_rows = [row for row in rows if row.printed_at is None]
    if newsletter.binned_at is not None:
        release(session, open_rows)
        return 0
    blocks = _blocks(newsletter)
    release(session, [row for row in open_rows if row.block_id not in blocks])
    known = {row.block_id for row in rows}
    rhythm = newsletter.audience_rule.get("rhythm", "")
    issue_id = next((row.issue_id for row in rows if row.issue_id), None)
    held = [row for row in open_rows if row.block_id in blocks]
    for block in blocks.values():
        if (
            block.story
            and block.id not in known
            and (made := _put_in(session, newsletter, block, rhythm, issue_id, now))
        ):
            held.append(made)
    for row in held:
        block = blocks[row.block_id]
        row.title, row.text, row.url, row.source = block.title, block.text, block.url, block.source
        row.printed_at = newsletter.sent_at
    return len(held) if newsletter.sent_at else 0


def _put_in(
    session: Session, newsletter: Newsletter, block: StoryBlock, rhythm: str, issue_id: int | None, now: datetime
) -> PrintedStory | None:
    story = session.get(Story, block.story)
    lead = story.lead_id if story else None
    taken = Taken(
        block.id,
        story.id if story else None,
        lead,
        block.title,
        block.text,
        block.url,
        block.source,
        block.source_hash,
    )
    return take(session, newsletter.id, taken, rhythm, now, issue_id)


def _blocks(newsletter: Newsletter) -> dict[str, StoryBlock]:
    texts = newsletters.document_of(newsletter).editions.values()
    return {block.id: block for text in texts for block in text.blocks if isinstance(block, StoryBlock)}


def _keys(session: Session, taken: Taken) -> Sequence[str]:
    found = session.scalars(select(StoryEntry.key).where(StoryEntry.story_id == (taken.story_id or 0)))
    return sorted(set(found)) or [links.canonical(taken.url)]


def _is_known(session: Session, story_id: int | None, rhythm: str) -> bool:
    return story_id is not None and holder(session, story_id, rhythm) is not None
