"""RSS and Atom by feedparser, with its HTML work off: it is quadratic on hostile input, and no safety boundary."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import feedparser
import feedparser.api

from campaigns.digests.reading import cleaning, dates, scan
from campaigns.digests.reading.found import FoundEntry, FoundFeed, Unreadable, distinct, hash_of

feedparser.api.PREFERRED_XML_PARSERS = ["campaigns.digests.reading.expat"]

PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
MOST_SECONDS = 31 * 86_400


def read(body: bytes, url: str, headers: dict[str, str], now: datetime) -> FoundFeed:
    """The feed; raises Unreadable. `headers` are those of the answer, lower case; `url` is where it came from."""
    quiet = scan.quiet_hours(body)
    body, is_cut = scan.cut(body)
    # Bytes alone would first be tried as the name of a file on our disk; only a stream is taken as content.
    # Where it came from is not told: feedparser resolves each address several times with it, and we once without.
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": headers.get("content-type", "application/xml")},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.entries and not parsed.get("version"):
        raise Unreadable("not_a_feed", "What came back is no feed that can be read.")
    feed = parsed.feed
    base = urljoin(url, headers.get("content-location", ""))
    language = str(feed.get("language") or "")[:10].partition("-")[0].lower()
    return FoundFeed(
        title=cleaning.plain_line(str(feed.get("title") or ""), 200),
        site_url=cleaning.web_address(str(feed.get("link") or ""), base),
        language=language,
        entries=distinct(_entries(parsed.entries, base, language, now)),
        ttl_s=_ttl(feed),
        quiet_hours=quiet,
        warning="" if not parsed.bozo or is_cut else _warning(parsed),
        cut=is_cut,
    )


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
    for each in entries[: scan.MOST_ENTRIES]:
        found = _entry(each, base, language, now)
        if found is not None:
            yield found


# Feedparser's own `get` tries old names of each key, which costs more than reading the entry.
_get = dict.get


def _entry(entry: Any, base: str, language: str, now: datetime) -> FoundEntry | None:
    url = cleaning.web_address(str(_get(entry, "link") or ""), base)
    link = url or base
    raw_summary, raw_content = _raw(entry)
    full = cleaning.safe_html(raw_content or raw_summary, link)
    summary = cleaning.safe_html(raw_summary, link) if raw_content and raw_summary else full
    text = cleaning.words_of(full)
    title = cleaning.plain_line(str(_get(entry, "title") or ""), 300) or cleaning.plain_line(text, 100)
    guid = cleaning.plain_line(str(_get(entry, "id") or ""), 1000) or url
    if not guid and not title:
        return None
    return FoundEntry(
        guid=guid or hash_of(title, text),
        url=url,
        title=title,
        author=cleaning.plain_line(str(_get(entry, "author") or ""), 200),
        summary=summary or full,
        text=text,
        image_url=_image(entry, link) or cleaning.first_image(raw_content or raw_summary, link),
        language=str(_get(entry, "language") or language)[:10].partition("-")[0].lower(),
        categories=cleaning.categories(_tags(entry)),
        published_at=_published(entry, now),
        content_hash=hash_of(title, url, text),
    )


def _tags(entry: Any) -> list[str]:
    return [str(tag.get("label") or tag.get("term") or "") for tag in _get(entry, "tags") or []]


def _raw(entry: Any) -> tuple[str, str]:
    """What the entry says of itself in short, and in full; "" where it says only one."""
    contents = [each for each in _get(entry, "content") or [] if each.get("value")]
    content = _as_html(contents[0]) if contents else ""
    summary = _as_html(_get(entry, "summary_detail") or {"value": _get(entry, "summary") or ""})
    return ("" if summary == content else summary), content


def _as_html(detail: Any) -> str:
    value = str(detail.get("value") or "")
    # Plain text may hold "<": an Atom text is shown as it stands. RSS does not say what it holds.
    return cleaning.paragraphs(value) if detail.get("type") == "text/plain" and "<" not in value else value


def _published(entry: Any, now: datetime) -> datetime | None:
    for name in ("published", "created"):
        found = dates.plausible(str(_get(entry, name) or ""), now)
        if found is not None:
            return found
    # `get` would answer with the date of publication where there is none of updating.
    return dates.plausible(str(entry["updated"] or ""), now) if "updated" in entry else None


def _image(entry: Any, base: str) -> str:
    media = _get(entry, "media_content") or []
    found = [each for each in media if each.get("medium") == "image" or str(each.get("type")).startswith("image/")]
    found += _get(entry, "media_thumbnail") or []
    addresses = [str(each.get("url") or "") for each in found]
    for each in _get(entry, "links") or []:
        if each.get("rel") == "enclosure" and str(each.get("type")).startswith("image/"):
            addresses.append(str(each.get("href") or ""))
    return next(filter(None, (cleaning.web_address(each, base) for each in addresses)), "")
