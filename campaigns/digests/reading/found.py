"""What was read in a feed, as plain values that travel between processes as JSON."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


class Unreadable(Exception):
    """These bytes are no feed; `kind` is "web_page" or "not_a_feed", `str()` a sentence for people."""

    def __init__(self, kind: str, sentence: str) -> None:
        self.kind = kind
        super().__init__(sentence)


@dataclass(frozen=True)
class FoundEntry:
    """One entry, clean: `summary` is HTML through the allow-list, everything else plain text or an http address."""

    guid: str
    url: str
    title: str
    author: str
    summary: str
    text: str
    image_url: str
    language: str
    categories: tuple[str, ...]
    published_at: datetime | None
    content_hash: str


@dataclass(frozen=True)
class FoundFeed:
    """A feed as it says it is. `ttl_s` is how long it asks to be left alone, `quiet_hours` hours of the week in UTC."""

    title: str
    site_url: str
    language: str
    entries: tuple[FoundEntry, ...]
    ttl_s: int = 0
    quiet_hours: tuple[int, ...] = ()
    warning: str = ""
    cut: bool = field(default=False)


def hash_of(*parts: str) -> str:
    """What two versions of an entry are compared by."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def distinct(entries: Iterable[FoundEntry]) -> tuple[FoundEntry, ...]:
    """The entries with an id each; some systems give every entry the same id, and then the link tells them apart."""
    found: dict[str, FoundEntry] = {}
    for each in entries:
        known = found.get(each.guid)
        if known is None:
            found[each.guid] = each
        elif known.url != each.url:
            guid = f"{each.guid} {each.url}"[:2_000]
            found.setdefault(guid, replace(each, guid=guid))
    return tuple(found.values())


def to_json(feed: FoundFeed) -> dict[str, Any]:
    """The feed for the way to another process."""
    entries = [
        {**vars(entry), "published_at": entry.published_at and entry.published_at.isoformat()} for entry in feed.entries
    ]
    return {**vars(feed), "entries": entries}


def from_json(plain: dict[str, Any]) -> FoundFeed:
    """The feed that `to_json` wrote."""
    entries = tuple(_entry(each) for each in plain.pop("entries"))
    return FoundFeed(**{**plain, "quiet_hours": tuple(plain["quiet_hours"]), "entries": entries})


def _entry(plain: dict[str, Any]) -> FoundEntry:
    at = plain["published_at"]
    return FoundEntry(
        **{**plain, "categories": tuple(plain["categories"]), "published_at": at and datetime.fromisoformat(at)}
    )
