"""The adder of entries: what a feed brought becomes rows, in the caller's transaction. First seen is when we saw it."""

from collections.abc import Sequence
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
    known = {each.guid: each for each in session.scalars(_with_guids(feed, found))} if feed.last_ok_at else {}
    canonical = {each.guid: links.canonical(each.url) for each in found.entries}
    missing = [each for each in found.entries if each.guid not in known]
    moved = _under_other_ids(session, feed, {canonical[each.guid] for each in missing}, known)
    rows = []
    for each in found.entries:
        entry = known.get(each.guid) or moved.pop(canonical[each.guid], None)
        if entry is None:
            rows.append(_row(feed, each, canonical[each.guid], now))
        else:
            entry.guid = each.guid
            if entry.content_hash != each.content_hash:
                _change(feed, entry, each, canonical[each.guid], now)
    if rows:
        session.execute(insert(Entry.__table__), rows)  # type: ignore[arg-type]
    return len(rows)


def in_week(session: Session, feed_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """How many entries of the last seven days feeds have; its own date counts for what we saw late."""
    if not feed_ids:
        return {}
    at = func.coalesce(Entry.published_at, Entry.first_seen_at)
    recent = (Entry.first_seen_at > now - 5 * timing.WEEK) & (at > now - timing.WEEK)
    question = select(Entry.feed_id, func.count()).where(Entry.feed_id.in_(feed_ids), recent).group_by(Entry.feed_id)
    return {row[0]: row[1] for row in session.execute(question)}


def apply_rules(session: Session, feed: Feed, since: datetime) -> None:
    """Judge again the entries first seen since an instant, after the keyword rules of their feed changed."""
    for entry in session.scalars(select(Entry).where(Entry.feed_id == feed.id, Entry.first_seen_at >= since)):
        entry.skip_reason = _why_skipped(feed, entry.title, entry.text, entry.categories)
        entry.is_skipped = bool(entry.skip_reason)


def _with_guids(feed: Feed, found: FoundFeed) -> Select[Entry]:
    return select(Entry).where(Entry.feed_id == feed.id, Entry.guid.in_([each.guid for each in found.entries]))


def _under_other_ids(session: Session, feed: Feed, urls: set[str], known: dict[str, Entry]) -> dict[str, Entry]:
    """Entries of a feed with these canonical addresses whose ids it does not name any more."""
    urls.discard("")
    if not urls or feed.last_ok_at is None:
        return {}
    same = select(Entry).where(Entry.feed_id == feed.id, Entry.canonical_url.in_(urls)).order_by(Entry.id.desc())
    return {entry.canonical_url: entry for entry in session.scalars(same) if entry.guid not in known}


def _row(feed: Feed, each: FoundEntry, canonical: str, now: datetime) -> dict[str, object]:
    reason = _why_skipped(feed, each.title, each.text, each.categories)
    return {
        "feed_id": feed.id,
        "guid": each.guid,
        "first_seen_at": now,
        "changed_at": None,
        "is_backlog": feed.last_ok_at is None,
        "is_skipped": bool(reason),
        "skip_reason": reason,
        **_content(each, canonical),
    }


def _change(feed: Feed, known: Entry, each: FoundEntry, canonical: str, now: datetime) -> None:
    for name, value in _content(each, canonical).items():
        setattr(known, name, value)
    known.changed_at = now
    known.skip_reason = _why_skipped(feed, each.title, each.text, each.categories)
    known.is_skipped = bool(known.skip_reason)


def _content(each: FoundEntry, canonical: str) -> dict[str, object]:
    return {
        "url": each.url,
        "canonical_url": canonical,
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
