"""When a feed is read again: what it asks for, how often it brings something, and how long to leave it in peace.

The numbers F1 to F19 are the rules that a polite reader follows; each is a line of the test tables.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from campaigns.digests.models import Trouble

FLOOR = timedelta(hours=1)
CEILING = timedelta(hours=24)
# The button "Fetch now" may come sooner, and is still conditional (F4).
BUTTON_FLOOR = timedelta(minutes=5)
HOST_PAUSE = timedelta(seconds=2)
WEEK = timedelta(days=7)
LIMITED_FIRST = timedelta(hours=4)
LIMITED_LONGEST = timedelta(days=7)
OUTAGE_PAUSE = timedelta(minutes=15)
JITTER = 0.1
ADOPT_COUNT = 3
ADOPT_AFTER = timedelta(hours=48)
PERMANENT = {301, 308}


def rhythm(entries_in_week: int) -> timedelta:
    """How often a feed is worth reading: a week shared out among its entries, at least daily, at most hourly (F6)."""
    return _clamp(WEEK / entries_in_week if entries_in_week else CEILING)


def freshness(headers: Mapping[str, str]) -> timedelta:
    """How long an answer says it stays fresh: max-age, else Expires against its own Date (F5); zero for nothing."""
    control = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    if "no-cache" in control or "no-store" in control:
        return timedelta(0)
    for part in control:
        if found := re.fullmatch(r'max-age\s*=\s*"?(\d{1,9})"?', part):
            return timedelta(seconds=int(found[1]))
    expires, date = http_date(headers.get("expires", "")), http_date(headers.get("date", ""))
    return max(expires - date, timedelta(0)) if expires and date else timedelta(0)


def http_date(text: str) -> datetime | None:
    """The instant in a header, or None for what is no date ("0", "-1", nonsense)."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def interval(entries_in_week: int, ttl_s: int, headers: Mapping[str, str]) -> tuple[timedelta, str]:
    """How long a feed that answered is left alone, and why in words."""
    reasons = [
        (rhythm(entries_in_week), "by how often it brings something"),
        (timedelta(seconds=ttl_s), "because the feed asks for that"),
        (freshness(headers), "because its server asks for that"),
    ]
    longest, why = max(reasons, key=lambda reason: reason[0])
    return _clamp(longest), why


def spread(base: timedelta, feed_id: int, chance: float) -> timedelta:
    """The interval with up to a tenth more, half by chance and half the feed's own, so that none march in step (F7)."""
    own = (feed_id * 2_654_435_761 % 1_000) / 1_000
    return base * (1 + JITTER * (own + chance) / 2)


def next_at(now: datetime, base: timedelta, feed_id: int, chance: float, quiet: Sequence[int] = ()) -> datetime:
    """The instant of the next look: spread, outside the feed's quiet hours, never in the minute when everybody asks."""
    at = now + spread(base, feed_id, chance)
    closed = set(quiet)
    for _hour in range(168):
        if at.weekday() * 24 + at.hour not in closed:
            break
        at = at.replace(minute=1 + feed_id % 50, second=0, microsecond=0) + timedelta(hours=1)
    return at + timedelta(minutes=1 + feed_id % 7) if at.minute == 0 else at


def retry_after(text: str, now: datetime) -> timedelta | None:
    """What a Retry-After asks for, in seconds or as a date, at most 7 days; None when it says nothing (F10)."""
    text = text.strip()
    if re.fullmatch(r"\d{1,9}", text):
        return min(timedelta(seconds=int(text)), LIMITED_LONGEST)
    at = http_date(text)
    return None if at is None else min(max(at - now, timedelta(0)), LIMITED_LONGEST)


def pause_after(trouble: str, failures: int, wait: timedelta | None) -> tuple[timedelta, str]:
    """How long a feed that failed is left alone, and why; `failures` counts this one. It never gives up (F11)."""
    if trouble == Trouble.LIMITED:
        asked = wait if wait is not None else min(LIMITED_FIRST * 2 ** min(failures - 1, 8), CEILING)
        return max(asked, FLOOR), "because its server asks us to come back later"
    if trouble == Trouble.CHALLENGED:
        return CEILING, "because the site blocks automatic readers"
    return min(FLOOR * 2 ** min(failures - 1, 8), CEILING), "after a failure, each time a little later"


def permanent_target(url: str, hops: Sequence[tuple[int, str, str]]) -> str:
    """Where permanent redirects lead while every hop so far is permanent, or "" (F8). A hop is (status, from, to)."""
    target = ""
    for status, _source, to in hops:
        if status not in PERMANENT:
            break
        target = to
    return "" if target == url or (url.startswith("https:") and not target.startswith("https:")) else target


def may_adopt(count: int, since: datetime | None, now: datetime) -> bool:
    """Whether a permanent redirect has proved itself: seen three times or more, over two days or more."""
    return since is not None and count >= ADOPT_COUNT and now - since >= ADOPT_AFTER


def _clamp(value: timedelta) -> timedelta:
    return min(max(value, FLOOR), CEILING)
