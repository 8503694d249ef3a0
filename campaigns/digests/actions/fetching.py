"""Claiming feeds that are due, and recording what came back: the feed's state and its entries in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from campaigns import search
from campaigns.db import action, db, upserting
from campaigns.digests import links, storing
from campaigns.digests.fetching import Fetched, Target
from campaigns.digests.models import Feed, FeedHost, Trouble
from campaigns.digests.queries.sources import is_outage
from campaigns.digests.reading.found import FoundFeed
from campaigns.digests.rules import timing
from campaigns.staff import audit

# Longer than a fetch and its parsing can take, so that only a crash lets one run out.
LEASE = timedelta(minutes=5)
DISCOVER = (Trouble.NOT_FOUND, Trouble.GONE)
DISCOVER_AFTER = timedelta(days=7)


@action
def claim(now: datetime, most: int) -> list[Target]:
    """Take up to `most` feeds that are due, each of another host, so that nobody else fetches from these hosts.

    The next time is set at once: whatever happens to this process, the feed is not asked again within the hour (F4).
    """
    session = db.session()
    first: dict[str, Feed] = {}
    for feed in _due(session, now, most * 4):
        if len(first) < most:
            first.setdefault(feed.host, feed)
    taken = [first[host] for host in _take_hosts(session, list(first), now)]
    return [_take(feed, now) for feed in sorted(taken, key=lambda feed: feed.id)]


def _take(feed: Feed, now: datetime) -> Target:
    wants_discovery = feed.gone_at is not None or feed.next_fetch_at > now
    feed.claimed_until = now + LEASE
    if wants_discovery:
        feed.offers_checked_at = now
    else:
        feed.last_attempt_at, feed.next_fetch_at = now, now + timing.FLOOR
    return Target(
        id=feed.id,
        url=feed.url,
        host=feed.host,
        etag=feed.etag,
        last_modified=feed.last_modified,
        body_hash=feed.body_hash,
        site_url=feed.site_url,
        wants_discovery=wants_discovery,
    )


def _due(session: Session, now: datetime, most: int) -> Sequence[Feed]:
    busy = exists().where(FeedHost.host == Feed.host, or_(FeedHost.claimed_until > now, FeedHost.not_before > now))
    wanted = select(Feed).where(
        Feed.removed_at.is_(None),
        Feed.is_active.is_(True),
        or_(Feed.claimed_until.is_(None), Feed.claimed_until <= now),
        or_(Feed.gone_at.is_(None) & (Feed.next_fetch_at <= now), _lacks_offer(now)),
        ~busy,
    )
    return session.scalars(
        wanted.order_by(Feed.next_fetch_at, Feed.id).limit(most).with_for_update(skip_locked=True)
    ).all()


def _lacks_offer(now: datetime) -> ColumnElement[bool]:
    """A feed that is not found any more, whose site was not asked lately for the new address (F9)."""
    return (
        Feed.trouble.in_(DISCOVER)
        & (Feed.site_url != "")
        & (Feed.offers_url == "")
        & or_(Feed.offers_checked_at.is_(None), Feed.offers_checked_at <= now - DISCOVER_AFTER)
    )


def _take_hosts(session: Session, hosts: list[str], now: datetime) -> Sequence[str]:
    """Claim hosts that are free, and say which; in one order, so that two who claim do not block each other."""
    if not hosts:
        return []
    values = [{"host": host, "claimed_until": now + LEASE} for host in sorted(hosts)]
    insert = upserting(session, FeedHost.__table__).values(values)
    free = or_(FeedHost.claimed_until.is_(None), FeedHost.claimed_until <= now) & or_(
        FeedHost.not_before.is_(None), FeedHost.not_before <= now
    )
    taking = insert.on_conflict_do_update(index_elements=["host"], set_={"claimed_until": now + LEASE}, where=free)
    return session.scalars(taking.returning(FeedHost.host)).all()


@action
def record(batch: Sequence[Fetched], now: datetime, chance: Callable[[], float]) -> list[int]:
    """Write down what came back; gives how many entries each brought. `chance` (0 to 1) spreads the next look."""
    session = db.session()
    hosts = FeedHost.__table__
    done = update(hosts).where(hosts.c.host.in_([each.target.host for each in batch]))  # type: ignore[arg-type]
    session.execute(done.values(claimed_until=None, not_before=now + timing.HOST_PAUSE))
    wanted = select(Feed).where(Feed.id.in_([each.target.id for each in batch])).order_by(Feed.id)
    feeds = {feed.id: feed for feed in session.scalars(wanted.with_for_update())}
    with session.no_autoflush:
        fresh = [_record(session, feeds.get(each.target.id), each, now, chance) for each in batch]
        answered = {each.target.id: each for each in batch if each.is_ok and not each.target.wants_discovery}
        weekly = storing.in_week(session, list(answered), now)
        for feed_id, each in answered.items():
            if feed_id in feeds and feeds[feed_id].last_ok_at == now:
                feed = feeds[feed_id]
                base, feed.why_next = timing.interval(weekly.get(feed_id, 0), feed.ttl_s, each.headers)
                _plan(feed, now, base, chance())
    return fresh


def _record(session: Session, feed: Feed | None, fetched: Fetched, now: datetime, chance: Callable[[], float]) -> int:
    if feed is None:
        return 0
    feed.claimed_until = None
    if feed.url != fetched.target.url or feed.removed_at is not None:
        # Somebody gave it another address meanwhile; what came from the old one says nothing about the new.
        return 0
    if fetched.target.wants_discovery:
        feed.offers_url = fetched.offers
        return 0
    feed.last_status = fetched.status
    if fetched.is_ok:
        return _succeed(session, feed, fetched, now)
    _fail(session, feed, fetched, now, chance())
    return 0


def _succeed(session: Session, feed: Feed, fetched: Fetched, now: datetime) -> int:
    feed.failures, feed.failing_since, feed.trouble, feed.problem = 0, None, Trouble.NONE, ""
    feed.offers_url, feed.offers_checked_at = "", None
    _keep_validators(feed, fetched)
    fresh = storing.store(session, feed, fetched.found, now) if fetched.found is not None else 0
    if fetched.found is not None:
        _keep_words(session, feed, fetched.found)
        feed.body_hash = fetched.body_hash
    feed.last_ok_at = now
    _follow_moves(session, feed, fetched, now)
    return fresh


def _keep_words(session: Session, feed: Feed, found: FoundFeed) -> None:
    if feed.title in ("", feed.host) and found.title:
        feed.title = found.title
        search.put(session, "feed", feed.id, feed.title, feed.host, feed.folder, feed.category)
    feed.site_url = found.site_url or feed.site_url
    feed.language = feed.language or found.language
    feed.ttl_s, feed.quiet_hours = found.ttl_s, list(found.quiet_hours)
    feed.warning = found.warning


def _keep_validators(feed: Feed, fetched: Fetched) -> None:
    etag, modified = fetched.headers.get("etag", ""), fetched.headers.get("last-modified", "")
    if fetched.status == 304:
        # What a 304 does not repeat stays as it was (F3).
        feed.etag, feed.last_modified = etag or feed.etag, modified or feed.last_modified
    else:
        # A pair belongs to one answer; a lone leftover would lie (F2).
        feed.etag, feed.last_modified = etag, modified


def _follow_moves(session: Session, feed: Feed, fetched: Fetched, now: datetime) -> None:
    target = timing.permanent_target(feed.url, fetched.hops)
    if not target:
        feed.moved_to, feed.moved_count, feed.moved_since = "", 0, None
        return
    if target != feed.moved_to:
        feed.moved_to, feed.moved_count, feed.moved_since = target, 0, now
    feed.moved_count += 1
    if timing.may_adopt(feed.moved_count, feed.moved_since, now) and _is_free(session, feed, target):
        _move(feed, target)
        _audit(session, feed, "feed.moved", now)


def _is_free(session: Session, feed: Feed, url: str) -> bool:
    key = links.feed_key(url)
    return session.scalar(select(Feed.id).where(Feed.url_key == key, Feed.id != feed.id)) is None


def _move(feed: Feed, url: str) -> None:
    feed.moved_from, feed.url, feed.url_key, feed.host = feed.url, url, links.feed_key(url), links.host_of(url)
    feed.moved_to, feed.moved_count, feed.moved_since = "", 0, None
    feed.etag, feed.last_modified = "", ""


def _fail(session: Session, feed: Feed, fetched: Fetched, now: datetime, chance: float) -> None:
    # What others read next must hold what was found until here.
    session.flush()
    if fetched.trouble == Trouble.UNREACHABLE and is_outage(now):
        feed.why_next = "because our own connection seems to be down"
        feed.next_fetch_at = timing.next_at(now, timing.OUTAGE_PAUSE, feed.id, chance)
        return
    feed.failures += 1
    feed.failing_since = feed.failing_since or now
    if feed.trouble != fetched.trouble:
        feed.offers_checked_at = None
    feed.trouble, feed.problem = fetched.trouble, fetched.problem
    feed.offers_url = fetched.offers or (feed.offers_url if fetched.trouble in DISCOVER else "")
    if fetched.trouble == Trouble.GONE:
        feed.gone_at = now
        _audit(session, feed, "feed.gone", now)
        return
    wait = timing.retry_after(fetched.headers.get("retry-after", ""), now)
    base, feed.why_next = timing.pause_after(fetched.trouble, feed.failures, wait)
    _plan(feed, now, base, chance)
    if fetched.trouble == Trouble.LIMITED:
        _spare_host(session, feed)


def _plan(feed: Feed, now: datetime, base: timedelta, chance: float) -> None:
    feed.interval_s = int(base.total_seconds())
    feed.next_fetch_at = timing.next_at(now, base, feed.id, chance, feed.quiet_hours)


def _spare_host(session: Session, feed: Feed) -> None:
    """Leave a whole host in peace once it asked so for two of its feeds, no sooner (F10)."""
    session.flush()
    limited = select(Feed.next_fetch_at).where(
        Feed.host == feed.host, Feed.trouble == Trouble.LIMITED, Feed.is_active.is_(True), Feed.removed_at.is_(None)
    )
    waits = list(session.scalars(limited))
    if len(waits) > 1:
        session.execute(update(FeedHost).where(FeedHost.host == feed.host).values(not_before=min(waits)))


def _audit(session: Session, feed: Feed, what: str, now: datetime) -> None:
    audit.add(session, user_id=None, action=what, object_kind="feed", object_id=feed.id, now=now)


@action
def release(targets: Sequence[Target], now: datetime) -> None:
    """Give back what was claimed and not begun, when the program is to stop."""
    session = db.session()
    for target in targets:
        session.execute(update(FeedHost).where(FeedHost.host == target.host).values(claimed_until=None))
        session.execute(update(Feed).where(Feed.id == target.id).values(claimed_until=None, next_fetch_at=now))
