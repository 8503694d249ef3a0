"""RSS and Atom by feedparser, with its HTML work off: it is quadratic on hostile input, and no safety boundary."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import feedparser

from campaigns.digests.reading import cleaning, dates, scan
from campaigns.digests.reading.found import FoundEntry, FoundFeed, Unreadable, hash_of

PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
MOST_SECONDS = 31 * 86_400


def read(body: bytes, url: str, headers: dict[str, str], now: datetime) -> FoundFeed:
    """The feed; raises Unreadable. `headers` are those of the answer, lower case; `url` is where it came from."""
    quiet = scan.quiet_hours(body)
    body, is_cut = scan.cut(body)
    # Bytes alone would first be tried as the name of a file on our disk; only a stream is taken as content.
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={
            "content-type": headers.get("content-type", "application/xml"),
            "content-location": urljoin(url, headers.get("content-location", "")),
            "content-language": headers.get("content-language", ""),
        },
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.entries and not parsed.get("version"):
        raise Unreadable("not_a_feed", "What came back is no feed that can be read.")
    feed = parsed.feed
    base = _base(feed, url)
    language = str(feed.get("language") or "")[:10].partition("-")[0].lower()
    return FoundFeed(
        title=cleaning.plain_line(str(feed.get("title") or ""), 200),
        site_url=cleaning.web_address(str(feed.get("link") or ""), url),
        language=language,
        entries=tuple(_entries(parsed.entries, base, language, now)),
        ttl_s=_ttl(feed),
        quiet_hours=quiet,
        warning="" if not parsed.bozo or is_cut else _warning(parsed),
        cut=is_cut,
    )


def _base(feed: Any, url: str) -> str:
    return cleaning.web_address(str(feed.get("link") or ""), url) or url


def _warning(parsed: Any) -> str:
    # Without a content type every feed is "bozo"; what counts is whether the parser stumbled.
    if isinstance(parsed.get("bozo_exception"), feedparser.NonXMLContentType):
        return ""
    return "The feed has mistakes in its form. It could be read all the same; some entries may be missing."


def _ttl(feed: Any) -> int:
    """How long the feed asks to be left alone, in seconds: <ttl> in minutes, or the syndication module."""
    ttl = str(feed.get("ttl") or "").strip()
    seconds = int(ttl) * 60 if ttl.isascii() and ttl.isdigit() and len(ttl) < 8 else 0
    period = PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower(), 0)
    times = str(feed.get("sy_updatefrequency") or "1").strip()
    if period and times.isascii() and times.isdigit() and 0 < len(times) < 6:
        seconds = max(seconds, period // max(int(times), 1))
    return min(seconds, MOST_SECONDS)


def _entries(entries: list[Any], base: str, language: str, now: datetime) -> Iterator[FoundEntry]:
    seen: dict[str, str] = {}
    for each in entries[: scan.MOST_ENTRIES]:
        found = _entry(each, base, language, now)
        if found is not None and seen.setdefault(found.guid, found.url) == found.url:
            yield found
        elif found is not None:
            # Some systems give every entry the same id; the link tells them apart.
            yield FoundEntry(**{**found.__dict__, "guid": f"{found.guid} {found.url}"[:1000]})


def _entry(entry: Any, base: str, language: str, now: datetime) -> FoundEntry | None:
    url = cleaning.web_address(str(entry.get("link") or ""), base)
    link = url or base
    raw_summary, raw_content = _raw(entry)
    full = cleaning.safe_html(raw_content or raw_summary, link)
    summary = cleaning.safe_html(raw_summary, link) if raw_content and raw_summary else full
    text = cleaning.words_of(full)
    title = cleaning.plain_line(str(entry.get("title") or ""), 300) or cleaning.plain_line(text, 100)
    guid = cleaning.plain_line(str(entry.get("id") or ""), 1000) or url
    if not guid and not title:
        return None
    return FoundEntry(
        guid=guid or hash_of(title, text),
        url=url,
        title=title,
        author=cleaning.plain_line(str(entry.get("author") or ""), 200),
        summary=summary or full,
        text=text,
        image_url=_image(entry, link) or cleaning.first_image(raw_content or raw_summary, link),
        language=str(entry.get("language") or language)[:10].partition("-")[0].lower(),
        categories=cleaning.categories(str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags", [])),
        published_at=_published(entry, now),
        content_hash=hash_of(title, url, text),
    )


def _raw(entry: Any) -> tuple[str, str]:
    """What the entry says of itself in short, and in full; "" where it says only one."""
    contents = [each for each in entry.get("content", []) if each.get("value")]
    content = _as_html(contents[0]) if contents else ""
    summary = _as_html(entry.get("summary_detail") or {"value": entry.get("summary") or ""})
    return ("" if summary == content else summary), content


def _as_html(detail: Any) -> str:
    value = str(detail.get("value") or "")
    # Plain text may hold "<": an Atom text is shown as it stands. RSS does not say what it holds.
    return cleaning.paragraphs(value) if detail.get("type") == "text/plain" and "<" not in value else value


def _published(entry: Any, now: datetime) -> datetime | None:
    for name in ("published", "created"):
        found = dates.plausible(str(entry.get(name) or ""), now)
        if found is not None:
            return found
    # `get` would answer with the date of publication where there is none of updating.
    return dates.plausible(str(entry["updated"] or ""), now) if "updated" in entry else None


def _image(entry: Any, base: str) -> str:
    found = [each for each in entry.get("media_content", []) if str(each.get("medium") or "") == "image"]
    found += [each for each in entry.get("media_content", []) if str(each.get("type") or "").startswith("image/")]
    found += entry.get("media_thumbnail", [])
    addresses = [str(each.get("url") or "") for each in found]
    addresses += [
        str(each.get("href") or "")
        for each in entry.get("enclosures", [])
        if str(each.get("type") or "").startswith("image/")
    ]
    return next(filter(None, (cleaning.web_address(each, base) for each in addresses)), "")
