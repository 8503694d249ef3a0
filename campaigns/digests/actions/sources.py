"""Writes of sources: add, change, pause, remove and bring back, fetch soon, take or decline another address."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import http, search, vetting
from campaigns.db import action, db
from campaigns.digests import links, storing
from campaigns.digests.models import Feed, Trouble, Trust
from campaigns.digests.rules import timing
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.staff import audit

SEARCH_KIND = "feed"
# How far back a change of the keyword rules reaches.
JUDGE_AGAIN = timedelta(days=30)
# A permanent redirect that staff took back is counted from so far below that it is not adopted again.
DECLINED = -10_000


@dataclass(frozen=True)
class Values:
    """What staff says about a source; an empty title is taken from the feed."""

    url: str
    title: str = ""
    folder: str = ""
    category: str = ""
    trust: str = Trust.OTHER
    language: str = ""
    keep_words: list[str] = field(default_factory=list)
    skip_words: list[str] = field(default_factory=list)
    site_url: str = ""


@action
def add(values: Values, user_id: int | None, now: datetime) -> int:
    """Add a source, or bring a removed one back with what it remembers; gives its id."""
    session = db.session()
    check_address(values.url)
    known = find(session, values.url)
    if known is not None and known.removed_at is None:
        raise Invalid({"url": f"This is a source already: “{known.title or known.url}”."})
    feed = put(session, values, known, user_id, now)
    _audit(session, feed, "feed.added" if known is None else "feed.restored", user_id, now)
    return feed.id


def check_address(url: str) -> None:
    """Raise Invalid for an address that the guard of the web would refuse anyway."""
    try:
        http.check(url)
    except vetting.Blocked as error:
        raise Invalid({"url": str(error)}) from error


def find(session: Session, url: str) -> Feed | None:
    """The row of a feed, however its address is written, also a removed one."""
    return session.scalar(select(Feed).where(Feed.url_key == links.feed_key(url)))


def put(session: Session, values: Values, known: Feed | None, user_id: int | None, now: datetime) -> Feed:
    """A new row or a known one, with these values, due soon; in the caller's transaction."""
    if known is None:
        known = Feed(
            title=values.title or links.host_of(values.url),
            url=values.url,
            url_key=links.feed_key(values.url),
            host=links.host_of(values.url),
            site_url=values.site_url,
            created_by=user_id,
            created_at=now,
            next_fetch_at=now,
        )
        session.add(known)
    else:
        # Its validators are still good, so that what it holds does not come as news again (F15).
        known.removed_at, known.gone_at, known.is_active = None, None, True
        known.next_fetch_at = _soonest(known, now)
    known.title = values.title or known.title
    _describe(known, values)
    session.flush()
    index(session, known)
    return known


def _describe(feed: Feed, values: Values) -> None:
    feed.folder, feed.category, feed.trust, feed.language = (
        values.folder,
        values.category,
        values.trust,
        values.language or feed.language or "",
    )
    feed.keep_words, feed.skip_words = values.keep_words, values.skip_words


def index(session: Session, feed: Feed) -> None:
    """Make a source findable by its title, host, folder and category; in the caller's transaction."""
    search.put(session, SEARCH_KIND, feed.id, feed.title, feed.host, feed.folder, feed.category)


@action
def change(feed_id: int, version: int, values: Values, user_id: int | None, now: datetime) -> None:
    """Change a source. Another address starts anew; other keyword rules also judge the entries of the last 30 days."""
    session = db.session()
    feed = _get(session, feed_id)
    if feed.version != version:
        raise Conflict("Somebody else changed this source meanwhile. Look at it again, then change it.")
    if values.url != feed.url:
        check_address(values.url)
        move(session, feed, values.url, now)
    rules_before = (feed.keep_words, feed.skip_words)
    feed.title = values.title or feed.title
    _describe(feed, values)
    feed.language = values.language
    feed.version += 1
    if rules_before != (values.keep_words, values.skip_words):
        storing.apply_rules(session, feed, now - JUDGE_AGAIN)
    index(session, feed)
    _audit(session, feed, "feed.changed", user_id, now)


def move(session: Session, feed: Feed, url: str, now: datetime) -> None:
    """Give a feed another address, in the caller's transaction; raises Invalid when another source has it."""
    other = find(session, url)
    if other is not None and other.id != feed.id:
        raise Invalid({"url": f"Another source has this address already: “{other.title or other.url}”."})
    feed.url, feed.url_key, feed.host = url, links.feed_key(url), links.host_of(url)
    # Validators belong to the address that gave them (F2).
    feed.etag, feed.last_modified = "", ""
    feed.failures, feed.failing_since, feed.trouble, feed.problem = 0, None, Trouble.NONE, ""
    feed.offers_url, feed.offers_checked_at, feed.gone_at = "", None, None
    feed.moved_to, feed.moved_count, feed.moved_since = "", 0, None
    feed.next_fetch_at = now


@action
def take_offer(feed_id: int, user_id: int | None, now: datetime) -> None:
    """Read the address that the site offers instead."""
    session = db.session()
    feed = _get(session, feed_id)
    if not feed.offers_url:
        raise Conflict("Its site does not offer another address any more.")
    before, url = feed.url, feed.offers_url
    check_address(url)
    move(session, feed, url, now)
    feed.moved_from = before
    feed.version += 1
    index(session, feed)
    _audit(session, feed, "feed.moved", user_id, now)


@action
def move_back(feed_id: int, user_id: int | None, now: datetime) -> None:
    """Go back to the address before the feed moved; that move is not made again by itself."""
    session = db.session()
    feed = _get(session, feed_id)
    if not feed.moved_from:
        raise Conflict("This source did not move.")
    declined, before = feed.url, feed.moved_from
    move(session, feed, before, now)
    feed.moved_from = ""
    feed.moved_to, feed.moved_count, feed.moved_since = declined, DECLINED, now
    feed.version += 1
    index(session, feed)
    _audit(session, feed, "feed.moved_back", user_id, now)


@action
def pause(feed_id: int, user_id: int | None, now: datetime) -> None:
    """Stop fetching a source until somebody goes on."""
    session = db.session()
    feed = _get(session, feed_id)
    feed.is_active = False
    _audit(session, feed, "feed.paused", user_id, now)


@action
def resume(feed_id: int, user_id: int | None, now: datetime) -> None:
    """Fetch a source again that was paused, or that said it was gone."""
    session = db.session()
    feed = _get(session, feed_id)
    feed.is_active, feed.gone_at = True, None
    feed.next_fetch_at = _soonest(feed, now)
    _audit(session, feed, "feed.resumed", user_id, now)


@action
def remove(feed_id: int, user_id: int | None, now: datetime) -> None:
    """Take a source away. Its entries stay for the record, so that what was printed keeps its source."""
    session = db.session()
    feed = _get(session, feed_id)
    feed.removed_at = now
    search.remove(session, SEARCH_KIND, feed.id)
    _audit(session, feed, "feed.removed", user_id, now)


@action
def restore(feed_id: int, user_id: int | None, now: datetime) -> None:
    """Bring a removed source back."""
    session = db.session()
    feed = session.get(Feed, feed_id, with_for_update=True)
    if feed is None:
        raise NotFound("This source does not exist.")
    feed.removed_at = None
    feed.next_fetch_at = _soonest(feed, now)
    index(session, feed)
    _audit(session, feed, "feed.restored", user_id, now)


@action
def fetch_soon(feed_id: int, user_id: int | None, now: datetime) -> datetime:
    """Have a source fetched as soon as manners allow; gives when. Its server's own wish to wait comes first."""
    session = db.session()
    feed = _get(session, feed_id)
    if feed.gone_at is not None or not feed.is_active:
        raise Conflict("This source is not being read. Go on with it first.")
    if feed.trouble == Trouble.LIMITED and feed.next_fetch_at > now:
        raise Conflict("Its server asked us to come back later, so we wait until then.")
    feed.next_fetch_at = min(feed.next_fetch_at, _soonest(feed, now))
    _audit(session, feed, "feed.fetch_asked", user_id, now)
    return feed.next_fetch_at


@action
def fetch_all_soon(now: datetime) -> int:
    """The same for every source that is read; gives how many. For the command line."""
    session = db.session()
    reading = select(Feed).where(Feed.removed_at.is_(None), Feed.is_active.is_(True), Feed.gone_at.is_(None))
    chosen = [feed for feed in session.scalars(reading) if feed.trouble != Trouble.LIMITED]
    for feed in chosen:
        feed.next_fetch_at = min(feed.next_fetch_at, _soonest(feed, now))
    return len(chosen)


def _soonest(feed: Feed, now: datetime) -> datetime:
    # Also a button, or removing and adding again, must not become a way to ask a server every few seconds (F4).
    return now if feed.last_attempt_at is None else max(now, feed.last_attempt_at + timing.BUTTON_FLOOR)


def _get(session: Session, feed_id: int) -> Feed:
    feed = session.get(Feed, feed_id, with_for_update=True)
    if feed is None or feed.removed_at is not None:
        raise NotFound("This source does not exist any more.")
    return feed


def _audit(session: Session, feed: Feed, what: str, user_id: int | None, now: datetime) -> None:
    audit.add(session, user_id=user_id, action=what, object_kind="feed", object_id=feed.id, now=now)
