"""What the page behind a link says about itself: the title and description that networks show as a card."""

from dataclasses import dataclass
from html.parser import HTMLParser

from campaigns import http
from campaigns.errors import OutsideError
from campaigns.http import Limits
from campaigns.markup import one_line

LIMITS = Limits(seconds=8.0, wire_bytes=2_000_000, decoded_bytes=4_000_000)


@dataclass(frozen=True)
class Found:
    """The title and description of a page, empty where it has none."""

    title: str
    description: str


def fetch(url: str) -> Found:
    """Ask the page; raises OutsideError with a sentence."""
    answer = http.get(url, {"Accept": "text/html"}, LIMITS)
    if not answer.is_ok:
        raise OutsideError(f"The page behind the link answered {answer.status}. Is the address right?", "failed")
    if "html" not in answer.headers.get("Content-Type", ""):
        return Found("", "")
    return read(answer.body.decode(_charset(answer.headers.get("Content-Type", "")), "replace"))


def read(html: str) -> Found:
    """What a page says in its head: Open Graph first, then its title and description."""
    parser = _Head()
    parser.feed(html[:500_000])
    said = parser.said
    title = said.get("og:title") or said.get("twitter:title") or parser.title
    description = said.get("og:description") or said.get("twitter:description") or said.get("description", "")
    return Found(one_line(title)[:200], one_line(description)[:500])


def _charset(kind: str) -> str:
    name = kind.partition("charset=")[2].strip(" \"'").partition(";")[0] or "utf-8"
    try:
        "".encode(name)
    except LookupError:
        return "utf-8"
    return name


class _Head(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self.title = ""
        self._is_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the page says."""
        given = {name: value or "" for name, value in attrs}
        self._is_title = tag == "title" and not self.title
        if tag == "meta" and (name := (given.get("property") or given.get("name", "")).lower()):
            self.said.setdefault(name, given.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        """The title has ended."""
        self._is_title = self._is_title and tag != "title"

    def handle_data(self, data: str) -> None:
        """The words of the title."""
        if self._is_title:
            self.title += data
