"""Where the link of a story leads now: gone, not to be read, behind a wall, or under another headline."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from html.parser import HTMLParser
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from campaigns import http, search
from campaigns.errors import OutsideError
from campaigns.markup import one_line

LIMITS = http.Limits(seconds=10.0, wire_bytes=2_000_000, decoded_bytes=4_000_000)
# Head and first paragraphs; what a page says about itself stands there, and hostile pages stay cheap.
LONGEST_PAGE = 200_000
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


def look(url: str, title: str, agent: str) -> Look:
    """Ask for a page through the guard and judge it; never raises for what the other side does."""
    insecure = (Flag.INSECURE,) if urlsplit(url).scheme == "http" else ()
    try:
        answer = http.get(url, {"User-Agent": agent, "Accept": "text/html,*/*;q=0.5"}, LIMITS)
    except http.TooLarge:
        return Look(None, insecure)
    except http.Unreachable as error:
        # A name that nobody knows any more stays unknown; anything else may be better tomorrow.
        is_gone = "could not be found" in str(error)
        return Look(None, (Flag.DEAD if is_gone else Flag.UNANSWERED, *insecure))
    except OutsideError:
        return Look(None, (Flag.DEAD, *insecure))
    return judge(url, answer, title, insecure)


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
    page = _read(answer.body)
    flags = [Flag.PAYWALL] if page.is_closed else []
    other = page.headline if _differs(title, page.headline) else ""
    flags += [Flag.HEADLINE] if other else []
    return Look(answer.status, (*flags, *more), other)


def _is_front_page(url: str) -> bool:
    return urlsplit(url).path.strip("/").lower() in ("", "index.html", "index.php", "home")


def _differs(ours: str, theirs: str) -> bool:
    if not ours.strip() or not theirs.strip():
        return False
    # A page's title carries the name of its site around the headline, so that the nearest part of it counts.
    parts = [theirs, *re.split(r"\s+[|–—·»-]\s+", theirs)]
    return max(fuzz.token_set_ratio(search.fold(ours), search.fold(part)) for part in parts) < ALIKE


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
    def headline(self) -> str:
        """The page's own headline, "" when it says none."""
        return one_line(self.named or self.title)[:300]

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
    for _ in range(500):
        if not waiting:
            break
        one = waiting.pop()
        if isinstance(one, dict):
            if str(one.get("isAccessibleForFree", "")).lower() == "false" and "articleBody" not in one:
                return True
            waiting += [value for value in one.values() if isinstance(value, dict | list)]
        elif isinstance(one, list):
            waiting += one
    return False


def _read(body: bytes) -> _Head:
    head = _Head()
    try:
        head.feed(body[:LONGEST_PAGE].decode("utf-8", "replace"))
    except (ValueError, AssertionError):
        # What was found before the page became nonsense still counts.
        return head
    return head
