"""JSON Feed 1.1 (jsonfeed.org), read by ourselves: feedparser gives nothing for it, without a word."""

import json
from datetime import datetime
from typing import Any

from campaigns.digests.reading import cleaning, dates
from campaigns.digests.reading.found import FoundEntry, FoundFeed, Unreadable, distinct, hash_of
from campaigns.digests.reading.scan import MOST_ENTRIES

VERSION = "https://jsonfeed.org/version/"


def read(body: bytes, url: str, now: datetime) -> FoundFeed:
    """The feed; raises Unreadable."""
    try:
        document = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise Unreadable("not_a_feed", "This is JSON that cannot be read.") from None
    if not isinstance(document, dict) or not _text(document, "version").startswith(VERSION):
        raise Unreadable("not_a_feed", "This is JSON, and no JSON Feed.")
    items = document.get("items")
    items = items if isinstance(items, list) else []
    language = _text(document, "language")[:10].partition("-")[0].lower()
    site = cleaning.web_address(_text(document, "home_page_url"), url)
    entries = [_entry(each, site or url, language, now) for each in items[:MOST_ENTRIES] if isinstance(each, dict)]
    return FoundFeed(
        title=cleaning.plain_line(_text(document, "title"), 200),
        site_url=site,
        language=language,
        entries=distinct(each for each in entries if each is not None),
        cut=len(items) > MOST_ENTRIES,
    )


def _entry(item: dict[str, Any], base: str, language: str, now: datetime) -> FoundEntry | None:
    url = cleaning.web_address(_text(item, "url") or _text(item, "external_url"), base)
    link = url or base
    content = _text(item, "content_html")
    html = cleaning.safe_html(content or cleaning.paragraphs(_text(item, "content_text")), link)
    summary = cleaning.safe_html(cleaning.paragraphs(_text(item, "summary")), link) or html
    text = cleaning.words_of(html or summary)
    title = cleaning.plain_line(_text(item, "title"), 300) or cleaning.plain_line(text, 100)
    guid = _text(item, "id") or url
    if not guid and not title:
        return None
    published = _text(item, "date_published") or _text(item, "date_modified")
    image = _text(item, "image") or _text(item, "banner_image")
    return FoundEntry(
        guid=guid or hash_of(title),
        url=url,
        title=title,
        author=_author(item),
        summary=summary,
        text=text,
        image_url=cleaning.web_address(image, link) if image else cleaning.first_image(content, link),
        language=_text(item, "language")[:10].partition("-")[0].lower() or language,
        categories=cleaning.categories(each for each in _list(item, "tags") if isinstance(each, str)),
        published_at=dates.plausible(published, now),
        content_hash=hash_of(title, url, text),
    )


def _author(item: dict[str, Any]) -> str:
    # Version 1.0 had one author, 1.1 has several.
    people = [each for each in [*_list(item, "authors"), item.get("author")] if isinstance(each, dict)]
    return cleaning.plain_line(", ".join(filter(None, (_text(each, "name") for each in people))), 200)


def _list(item: dict[str, Any], name: str) -> list[Any]:
    value = item.get(name)
    return value if isinstance(value, list) else []


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int | float) else ""
