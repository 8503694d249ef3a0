"""Feeds of a digest: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1, from the same items; pure."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from feedgenerator import Atom1Feed, Rss201rev2Feed

_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
JSON_FEED = "https://jsonfeed.org/version/1.1"


@dataclass(frozen=True)
class Channel:
    """The digest as its feeds say it; addresses are absolute."""

    title: str
    description: str
    page: str
    author: str
    began_at: datetime
    language: str = "en"


@dataclass(frozen=True)
class Item:
    """One printed story. `text` and `notes` are plain words; `notes` are corrections."""

    url: str
    title: str
    text: str
    source: str
    printed_at: datetime
    changed_at: datetime
    notes: tuple[str, ...] = ()

    def guid(self, page: str) -> str:
        """An address of ours that names it for good, whatever its words become."""
        return f"{page}#{anchor(self.url)}"

    @property
    def html(self) -> str:
        """What readers read, as HTML made of escaped words alone."""
        parts = [escape(self.text).replace("\n", "<br>"), escape(self.source), *(escape(note) for note in self.notes)]
        return "".join(f"<p>{part}</p>" for part in parts if part)


def anchor(url: str) -> str:
    """The place of a story on the page of its digest."""
    return f"s{hashlib.sha256(url.encode()).hexdigest()[:20]}"


def tag(channel: Channel, items: Iterable[Item]) -> str:
    """An entity tag that changes when anything in the feed does, and only then."""
    said = repr((channel, tuple(items)))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def changed_at(channel: Channel, items: Iterable[Item]) -> datetime:
    """When anything in the feed changed last."""
    return max([channel.began_at, *(item.changed_at for item in items)])


def rss(channel: Channel, items: Sequence[Item], address: str) -> bytes:
    """RSS 2.0, to be sent as application/rss+xml."""
    return _written(Rss201rev2Feed, channel, items, address)


def atom(channel: Channel, items: Sequence[Item], address: str) -> bytes:
    """Atom, to be sent as application/atom+xml."""
    return _written(Atom1Feed, channel, items, address)


def _written(kind: Any, channel: Channel, items: Sequence[Item], address: str) -> bytes:
    feed = _dated(kind, changed_at(channel, items))(
        title=_clean(channel.title),
        link=channel.page,
        description=_clean(channel.description or channel.title),
        language=channel.language,
        author_name=_clean(channel.author),
        feed_url=address,
        feed_guid=channel.page,
    )
    for item in items:
        feed.add_item(
            title=_clean(item.title),
            link=item.url,
            description=_clean(item.html),
            unique_id=item.guid(channel.page),
            unique_id_is_permalink=False,
            pubdate=item.printed_at,
            updateddate=item.changed_at,
        )
    return feed.writeString("utf-8").encode()


def _dated(kind: Any, at: datetime) -> Any:
    """The library says "now" for a feed without items, which would make it another one each time."""

    class Dated(kind):
        def latest_post_date(self) -> datetime:
            return at

    return Dated


def json_feed(channel: Channel, items: Sequence[Item], address: str) -> bytes:
    """JSON Feed 1.1, to be sent as application/feed+json."""
    said = {
        "version": JSON_FEED,
        "title": channel.title,
        "home_page_url": channel.page,
        "feed_url": address,
        "description": channel.description or channel.title,
        "language": channel.language,
        "authors": [{"name": channel.author}],
        "items": [_json_item(channel, item) for item in items],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def _json_item(channel: Channel, item: Item) -> dict[str, Any]:
    return {
        "id": item.guid(channel.page),
        "url": item.guid(channel.page),
        "external_url": item.url,
        "title": item.title,
        "content_html": item.html,
        "date_published": item.printed_at.isoformat(timespec="seconds"),
        "date_modified": item.changed_at.isoformat(timespec="seconds"),
        "authors": [{"name": item.source}] if item.source else [],
    }


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold (section 2.2)."""
    return _NO_XML.sub("", text)
