"""Where the link of a story leads now: gone, not to be read, behind a wall, or under another headline."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from rapidfuzz import fuzz

from campaigns import http, search
from campaigns.errors import OutsideError
from campaigns.markup import one_line
from campaigns.vetting import Inside

LIMITS = http.Limits(seconds=10.0, wire_bytes=2_000_000, decoded_bytes=4_000_000)
# Head and first paragraphs; what a page says about itself stands there, and hostile pages stay cheap.
LONGEST_PAGE = 200_000
# Nodes of what a page says about itself in JSON-LD that are looked at.
MOST_NODES = 5_000
# Some systems name an article by a number behind the address of the front page.
NAMES_ARTICLE = {"p", "page_id", "attachment_id", "id", "article", "story", "post"}
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
# Others among the encodings of Python are no encodings of pages, and some are slow.
OF_PAGES = re.compile(r"(iso-8859|windows|koi8|euc|big5|gb|shift_jis|utf-16)[\w-]*", re.IGNORECASE)
# Below this two headlines have too little in common, 0 to 100.
ALIKE = 55


class Flag(StrEnum):
    """What an approver should look at."""

    DEAD = "dead"
    UNANSWERED = "unanswered"
    MOVED_HOME = "moved_home"
    PAYWALL = "paywall"
    HEADLINE = "headline"
    INSECURE = "insecure"
    CHANGED = "changed"
    NO_SOURCE = "no_source"
    NO_DATE = "no_date"
    NO_AUTHOR = "no_author"


# Follows "“Headline” ".
SENTENCES = {
    Flag.DEAD: "leads to a page that is not there",
    Flag.UNANSWERED: "could not be looked at, because its site did not answer us properly",
    Flag.MOVED_HOME: "leads to the front page of its site instead of the article",
    Flag.PAYWALL: "stands behind a paywall, so many readers cannot read it",
    Flag.HEADLINE: "has another headline on its page",
    Flag.INSECURE: "has an address without protection (http)",
    Flag.CHANGED: "was changed by its source since it was taken",
    Flag.NO_SOURCE: "does not name its source",
    Flag.NO_DATE: "does not say of which day it is",
    Flag.NO_AUTHOR: "does not name its author",
}


@dataclass(frozen=True)
class Look:
    """What looking at one address found. `headline` is the page's own when it is another one, else ""."""

    status: int | None
    flags: tuple[Flag, ...]
    headline: str = ""


def look(url: str, title: str, agent: str, limits: http.Limits = LIMITS) -> Look:
    """Ask for a page through the guard and judge it; never raises for what the other side does."""
    insecure = (Flag.INSECURE,) if url.lower().startswith("http:") else ()
    try:
        answer = http.get(url, {"User-Agent": agent, "Accept": "text/html,*/*;q=0.5"}, limits)
    except http.TooLarge:
        return Look(None, insecure)
    except (http.NoSuchHost, Inside):
        # Nobody who follows the link would come anywhere.
        return Look(None, (Flag.DEAD, *insecure))
    except OutsideError:
        # It may be better tomorrow, or a browser may be let in where we are not.
        return Look(None, (Flag.UNANSWERED, *insecure))
    return judge(url, answer, title, insecure)


def site(url: str) -> str:
    """Which site a link leads to, "" when that cannot be said; a site is asked one page at a time."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def judge(url: str, answer: http.Answer, title: str, more: tuple[Flag, ...] = ()) -> Look:
    """What an answer means for who would follow the link."""
    if answer.status in (404, 410, 451):
        return Look(answer.status, (Flag.DEAD, *more))
    if answer.status == 402:
        return Look(answer.status, (Flag.PAYWALL, *more))
    if not answer.is_ok:
        return Look(answer.status, (Flag.UNANSWERED, *more))
    if _is_front_page(answer.url) and not _is_front_page(url):
        return Look(answer.status, (Flag.MOVED_HOME, *more))
    page = _read(answer)
    flags = [Flag.PAYWALL] if page.is_closed else []
    other = page.headlines[0] if page.headlines and all(_differs(title, one) for one in page.headlines) else ""
    flags += [Flag.HEADLINE] if other else []
    return Look(answer.status, (*flags, *more), other)


def _is_front_page(url: str) -> bool:
    parts = urlsplit(url)
    names_article = any(name.lower() in NAMES_ARTICLE for name, _ in parse_qsl(parts.query))
    return parts.path.strip("/").lower() in ("", "index.html", "index.php", "home") and not names_article


def _differs(ours: str, theirs: str) -> bool:
    if not ours.strip() or not theirs.strip():
        return False
    # A page's title carries the name of its site around the headline, so that the nearest part of it counts.
    mine = search.fold(ours)
    parts = [search.fold(part) for part in (theirs, *re.split(r"\s+[|–—·»-]\s+", theirs)[:20])]
    return max(_likeness(mine, part) for part in parts) < ALIKE


def _likeness(ours: str, part: str) -> float:
    # One word of ours alone, such as the name of a city, is no headline.
    is_long = len(part) * 3 >= len(ours)
    return fuzz.token_set_ratio(ours, part) if is_long else fuzz.token_sort_ratio(ours, part)


class _Head(HTMLParser):
    """Collects the title and what a page says about who may read it."""

    def __init__(self) -> None:
        super().__init__()
        self.named = ""
        self.title = ""
        self.is_closed = False
        self._inside = ""
        self._script: list[str] = []

    @property
    def headlines(self) -> list[str]:
        """The page's own headline as it says it to others and in its title, where it does."""
        found = (one_line(self.named)[:300], one_line(self.title)[:300])
        return [one for one in found if one]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        values = {name: value or "" for name, value in attrs}
        if tag == "title" and not self.title:
            self._inside = "title"
        elif tag == "script" and "ld+json" in values.get("type", ""):
            self._inside = "script"
        elif tag == "meta":
            name, content = (values.get("property") or values.get("name", "")).lower(), values.get("content", "")
            if name == "og:title":
                self.named = content
            elif name in ("article:content_tier", "og:article:content_tier"):
                self.is_closed |= content.lower() in ("locked", "metered")

    def handle_data(self, data: str) -> None:
        """Text of the element that we are in."""
        if self._inside == "title":
            self.title += data[: 400 - len(self.title)]
        elif self._inside == "script":
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag == self._inside == "script":
            self.is_closed |= _is_closed("".join(self._script))
            self._script = []
        if tag == self._inside:
            self._inside = ""


def _is_closed(script: str) -> bool:
    """Whether JSON-LD says that the article is not free (schema.org, isAccessibleForFree)."""
    try:
        waiting = [json.loads(script)]
    except (ValueError, RecursionError):
        return False
    for _ in range(MOST_NODES):
        if not waiting:
            break
        one = waiting.pop()
        if isinstance(one, dict):
            # It is written as a value, as a word, and as the address of one.
            if str(one.get("isAccessibleForFree", "")).lower().rpartition("/")[2] == "false":
                return True
            waiting += [value for value in one.values() if isinstance(value, dict | list)]
        elif isinstance(one, list):
            waiting += one
    return False


def _read(answer: http.Answer) -> _Head:
    head = _Head()
    kind = answer.headers.get("Content-Type", "")
    if kind and "html" not in kind.lower():
        return head
    try:
        head.feed(_text(answer.body[:LONGEST_PAGE], kind))
    except (ValueError, AssertionError):
        # What was found before the page became nonsense still counts.
        return head
    return head


def _text(body: bytes, kind: str) -> str:
    said = CHARSET.search(kind) or CHARSET.search(body[:2048].decode("latin-1"))
    name = said[1] if said and OF_PAGES.fullmatch(said[1]) else "utf-8"
    try:
        return body.decode(name, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")
