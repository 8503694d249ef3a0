"""How a source is doing, in plain words: since when, what it means, what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from campaigns.digests.models import Feed, Trouble

YELLOW_AFTER = timedelta(days=7)
RED_AFTER = timedelta(days=30)
SILENT_AFTER = timedelta(days=30)


class Health(StrEnum):
    """The mark beside a source; the colors of caution and stop come after 7 and 30 days."""

    NEW = "new"
    WELL = "well"
    HICCUP = "hiccup"
    YELLOW = "yellow"
    RED = "red"
    GONE = "gone"
    PAUSED = "paused"


# Follows "The Tribune ..."; {since} becomes "since Tuesday".
SAYINGS = {
    Trouble.NOT_FOUND: "has answered “not found” {since}",
    Trouble.GONE: "has said {since} that this feed is gone for good, so we stopped reading it",
    Trouble.LIMITED: "has asked us {since} to come back later",
    Trouble.CHALLENGED: "has been blocking automatic readers {since}",
    Trouble.WEB_PAGE: "has given us a web page in place of a feed {since}",
    Trouble.NOT_A_FEED: "has given us something that cannot be read {since}",
    Trouble.REFUSED: "has refused to let us read it {since}",
    Trouble.BLOCKED: "has led {since} to an address that we do not visit",
    Trouble.TOO_LARGE: "has been larger than we read {since}",
    Trouble.SERVER: "has had a fault on its server {since}",
    Trouble.UNREACHABLE: "has not been reachable {since}",
}


@dataclass(frozen=True)
class State:
    """The mark, and the sentence beside it ("" when there is nothing to say)."""

    health: Health
    sentence: str


def of(feed: Feed, now: datetime, since: Callable[[datetime], str]) -> State:
    """How a feed is doing; `since` says an instant in the reader's words ("since Tuesday")."""
    if feed.gone_at is not None:
        return State(Health.GONE, _sentence(feed, since))
    if not feed.is_active:
        return State(Health.PAUSED, "You paused this source; nothing is fetched.")
    if feed.failing_since is None:
        if feed.last_ok_at is None:
            return State(Health.NEW, "It has not been read yet.")
        return State(Health.WELL, "")
    age = now - feed.failing_since
    if age >= RED_AFTER:
        return State(Health.RED, _sentence(feed, since))
    return State(Health.YELLOW if age >= YELLOW_AFTER else Health.HICCUP, _sentence(feed, since))


def _sentence(feed: Feed, since: Callable[[datetime], str]) -> str:
    saying = SAYINGS.get(Trouble(feed.trouble), "has not been read well {since}")
    when = since(feed.failing_since) if feed.failing_since else ""
    words = " ".join(saying.format(since=when).split())
    offer = "; its site now offers another address" if feed.offers_url else ""
    return f"{feed.title} {words}{offer}."


def since_words(at: datetime, now: datetime, local: Callable[[datetime], datetime]) -> str:
    """ "since this morning", "since Tuesday", "since November 3"; `local` gives the wall time in the reader's zone."""
    then, today = local(at), local(now)
    days = (today.date() - then.date()).days
    if days <= 0:
        return "since today"
    if days == 1:
        return "since yesterday"
    if days < 7:
        return f"since {then:%A}"
    year = "" if then.year == today.year else f", {then.year}"
    return f"since {then:%B} {then.day}{year}"
