"""The adder of entries: what a feed brought becomes rows, in the caller's transaction. First seen is when we saw it."""

from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from campaigns.digests import keywords, links
from campaigns.digests.models import Entry, Feed
from campaigns.digests.reading.found import FoundEntry, FoundFeed
from campaigns.digests.rules import timing


def store(session: Session, feed: Feed, found: FoundFeed, now: datetime) -> int:
    """Add what is new and change what changed; gives how many are new.

    What a feed holds when it is read for the first time is its backlog, and no news. An entry that comes back under
    another id with the same address is the same one: sites that move would otherwise bring everything again.
    """
    by_guid = {each.guid: each for each in session.scalars(_known(feed, found))}
    rows = []
    for each in found.entries:
        known = by_guid.get(each.guid) or _renamed(session, feed, each, by_guid)
        if known is None:
            rows.append(_row(feed, each, now))
        elif known.content_hash != each.content_hash:
            _change(feed, known, each, now)
    if rows:
        session.execute(insert(Entry), rows)
    return len(rows)


def in_week(session: Session, feed_id: int, now: datetime) -> int:
    """How many entries of the last seven days a feed has; its own date counts for what we saw late."""
    at = func.coalesce(Entry.published_at, Entry.first_seen_at)
    question = select(func.count()).where(
        Entry.feed_id == feed_id, Entry.first_seen_at > now - 5 * timing.WEEK, at > now - timing.WEEK
    )
    return session.scalar(question) or 0


def apply_rules(session: Session, feed: Feed, since: datetime) -> None:
    """Judge again the entries first seen since an instant, after the keyword rules of their feed changed."""
    for entry in session.scalars(select(Entry).where(Entry.feed_id == feed.id, Entry.first_seen_at >= since)):
        entry.skip_reason = _why_skipped(feed, entry.title, entry.text, entry.categories)
        entry.is_skipped = bool(entry.skip_reason)


def _known(feed: Feed, found: FoundFeed) -> Select[Entry]:
    return select(Entry).where(Entry.feed_id == feed.id, Entry.guid.in_([each.guid for each in found.entries]))


def _renamed(session: Session, feed: Feed, each: FoundEntry, by_guid: dict[str, Entry]) -> Entry | None:
    canonical = links.canonical(each.url)
    if not canonical or feed.last_ok_at is None:
        return None
    same = select(Entry).where(Entry.feed_id == feed.id, Entry.canonical_url == canonical).order_by(Entry.id)
    known = next((entry for entry in session.scalars(same) if entry.guid not in by_guid), None)
    if known is not None:
        known.guid = each.guid
        by_guid[each.guid] = known
    return known


def _row(feed: Feed, each: FoundEntry, now: datetime) -> dict[str, object]:
    reason = _why_skipped(feed, each.title, each.text, each.categories)
    return {
        "feed_id": feed.id,
        "guid": each.guid,
        "first_seen_at": now,
        "is_backlog": feed.last_ok_at is None,
        "is_skipped": bool(reason),
        "skip_reason": reason,
        **_content(each),
    }


def _change(feed: Feed, known: Entry, each: FoundEntry, now: datetime) -> None:
    for name, value in _content(each).items():
        setattr(known, name, value)
    known.changed_at = now
    known.skip_reason = _why_skipped(feed, each.title, each.text, each.categories)
    known.is_skipped = bool(known.skip_reason)


def _content(each: FoundEntry) -> dict[str, object]:
    return {
        "url": each.url,
        "canonical_url": links.canonical(each.url),
        "title": each.title,
        "author": each.author,
        "summary": each.summary,
        "text": each.text,
        "image_url": each.image_url,
        "language": each.language,
        "categories": list(each.categories),
        "published_at": each.published_at,
        "content_hash": each.content_hash,
    }


def _why_skipped(feed: Feed, title: str, text: str, categories: object) -> str:
    names = categories if isinstance(categories, list | tuple) else ()
    return keywords.why_skipped(feed.keep_words, feed.skip_words, title, text, *names)
