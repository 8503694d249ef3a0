"""Reads of sources, their entries and imports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import ColumnElement, Select

from campaigns import search
from campaigns.db import db
from campaigns.digests.models import Entry, Feed, FeedImport
from campaigns.digests.opml import Listed
from campaigns.errors import NotFound
from campaigns.web.paging import Page, page_of

SILENT_AFTER = timedelta(days=30)
# Enough hosts without an answer, and none with one, mean that it is our own line (F12).
OUTAGE_HOSTS = 3
OUTAGE_WINDOW = timedelta(minutes=90)
REACHED_WINDOW = timedelta(minutes=30)
# What the filter by state offers.
STATES = {"": "Every state", "trouble": "With a problem", "silent": "Silent for 30 days", "paused": "Paused"}


@dataclass(frozen=True)
class Activity:
    """What a source brought: entries in the last 7 days, how many of them its rules skip, when the latest came."""

    in_week: int = 0
    skipped_in_week: int = 0
    latest_at: datetime | None = None


def feeds() -> list[Feed]:
    """All sources, by title."""
    return list(db.session.scalars(_present().order_by(func.lower(Feed.title), Feed.id)))


def _present() -> Select[Feed]:
    return select(Feed).where(Feed.removed_at.is_(None))


def search_feeds(q: str, folder: str, trust: str, state: str, now: datetime, page: int) -> Page[Feed]:
    """Sources by words, folder, trust and state; those with a problem first."""
    question = _present()
    for ids in search.matching("feed", q):
        question = question.where(Feed.id.in_(ids))
    if folder:
        question = question.where(Feed.folder == folder)
    if trust:
        question = question.where(Feed.trust == trust)
    if state:
        question = question.where(_in_state(state, now))
    has_problem = or_(Feed.failing_since.is_not(None), Feed.gone_at.is_not(None))
    return page_of(question.order_by(has_problem.desc(), func.lower(Feed.title), Feed.id), page)


def _in_state(state: str, now: datetime) -> ColumnElement[bool]:
    if state == "trouble":
        return or_(Feed.failing_since.is_not(None), Feed.gone_at.is_not(None))
    if state == "paused":
        return Feed.is_active.is_(False)
    recent = select(Entry.feed_id).where(Entry.first_seen_at > now - SILENT_AFTER)
    return Feed.id.not_in(recent) & (Feed.created_at < now - SILENT_AFTER)


def get_feed(feed_id: int) -> Feed:
    """A source; raises NotFound, also for a removed one."""
    feed = db.session.get(Feed, feed_id)
    if feed is None or feed.removed_at is not None:
        raise NotFound("This source does not exist any more.")
    return feed


def find_feed(name: str) -> Feed | None:
    """The source with that title, address or number, for the command line."""
    for feed in feeds():
        if name.casefold() in (feed.title.casefold(), feed.url.casefold(), str(feed.id)):
            return feed
    return None


def folders() -> list[str]:
    """The folders in use."""
    return _in_use(Feed.folder)


def categories() -> list[str]:
    """The categories in use."""
    return _in_use(Feed.category)


def _in_use(column: InstrumentedAttribute[str]) -> list[str]:
    used = select(column).where(Feed.removed_at.is_(None), column != "").distinct().order_by(column)
    return list(db.session.scalars(used))


def activity(feed_ids: Sequence[int], now: datetime) -> dict[int, Activity]:
    """What these sources brought lately; their backlog does not count."""
    week = now - timedelta(days=7)
    is_recent = Entry.first_seen_at > week
    question = (
        select(
            Entry.feed_id,
            func.count().filter(is_recent, Entry.is_backlog.is_(False)),
            func.count().filter(is_recent, Entry.is_backlog.is_(False), Entry.is_skipped.is_(True)),
            func.max(func.coalesce(Entry.published_at, Entry.first_seen_at)),
        )
        .where(Entry.feed_id.in_(list(feed_ids)))
        .group_by(Entry.feed_id)
    )
    return {row[0]: Activity(row[1], row[2], row[3]) for row in db.session.execute(question)}


def entries_of(feed_id: int, page: int, per_page: int = 25) -> Page[Entry]:
    """The entries of a source, the latest first."""
    return page_of(_latest(feed_id), page, per_page)


def _latest(feed_id: int) -> Select[Entry]:
    # What came together stands in the order of its own dates.
    at = func.coalesce(Entry.published_at, Entry.first_seen_at)
    return (
        select(Entry).where(Entry.feed_id == feed_id).order_by(Entry.first_seen_at.desc(), at.desc(), Entry.id.desc())
    )


def recent_entries(feed_id: int, most: int = 50) -> list[Entry]:
    """The latest entries of a source, for the preview of its keyword rules."""
    return list(db.session.scalars(_latest(feed_id).limit(most)))


def known_urls(urls: Sequence[str]) -> dict[str, int]:
    """Which of these feed keys are sources already, and their ids."""
    held = select(Feed.url_key, Feed.id).where(Feed.url_key.in_(list(urls)), Feed.removed_at.is_(None))
    return {row.url_key: row.id for row in db.session.execute(held)}


def listed() -> list[Listed]:
    """All sources for an OPML file, by folder."""
    rows = sorted(feeds(), key=lambda feed: (feed.folder.casefold(), feed.title.casefold()))
    return [Listed(each.url, each.title, each.site_url, each.folder, each.category, each.language) for each in rows]


def get_import(import_id: int) -> FeedImport:
    """The report of an import; raises NotFound."""
    found = db.session.get(FeedImport, import_id)
    if found is None:
        raise NotFound("This import does not exist.")
    return found


def is_outage(now: datetime) -> bool:
    """Whether nothing answers at all, from three hosts or more: then our own line is down and no feed to blame."""
    attempted = select(Feed.host).where(Feed.removed_at.is_(None))
    reached = attempted.where(
        Feed.last_status.is_not(None), Feed.last_attempt_at > now - REACHED_WINDOW, Feed.claimed_until.is_(None)
    )
    if db.session.scalar(reached.limit(1)) is not None:
        return False
    silent = attempted.where(Feed.last_status.is_(None), Feed.last_attempt_at > now - OUTAGE_WINDOW).distinct()
    return len(list(db.session.scalars(silent.limit(OUTAGE_HOSTS)))) >= OUTAGE_HOSTS


def count_due(now: datetime) -> int:
    """How many sources wait to be fetched."""
    due = _present().where(Feed.is_active.is_(True), Feed.gone_at.is_(None), Feed.next_fetch_at <= now)
    return db.session.scalar(select(func.count()).select_from(due.subquery())) or 0


def count_trouble() -> int:
    """How many sources have a problem."""
    failing = _present().where(or_(Feed.failing_since.is_not(None), Feed.gone_at.is_not(None)))
    return db.session.scalar(select(func.count()).select_from(failing.subquery())) or 0
