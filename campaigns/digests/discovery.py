"""Feeds of a site: what its pages link to, and the places where feeds usually lie."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

from campaigns.digests.reading.cleaning import plain_line, web_address

MOST = 8
LONGEST_PAGE = 1_000_000
KINDS = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml"}
USUAL_PLACES = [
    "feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json", "?feed=rss2", "blog/feed", "news/feed",
]  # fmt: skip
HINTS = ("/feed", "/rss", ".rss", "rss.xml", "feed.xml", "atom.xml", "/atom", "feed.json")


@dataclass(frozen=True)
class Link:
    """A feed that a page names."""

    url: str
    title: str


class _Page(HTMLParser):
    """Collects what a page names as its feeds, and links that look like one."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.base = url
        self.named: dict[str, str] = {}
        self.likely: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        values = {name: value or "" for name, value in attrs}
        href = values.get("href", "")
        if tag == "base" and href:
            self.base = web_address(href, self.base) or self.base
        elif tag == "link" and "alternate" in values.get("rel", "").lower().split():
            if values.get("type", "").lower().partition(";")[0].strip() in KINDS:
                self._add(self.named, href, values.get("title", ""))
        elif tag == "a" and href.lower().rstrip("/").endswith(HINTS):
            self._add(self.likely, href, "")

    def _add(self, found: dict[str, str], href: str, title: str) -> None:
        url = web_address(href, self.base)
        # Feeds of comments are named beside the one that is meant.
        if url and "/comments/" not in url:
            found.setdefault(url, plain_line(title, 120))


def links_in(body: bytes, url: str) -> list[Link]:
    """The feeds that a web page names, else links in it that look like feeds; at most eight."""
    page = _Page(url)
    try:
        page.feed(body[:LONGEST_PAGE].decode("utf-8", "replace"))
    except (ValueError, AssertionError):
        # What was found before the page became nonsense still counts.
        return _links(page)
    return _links(page)


def _links(page: _Page) -> list[Link]:
    found = page.named or page.likely
    return [Link(url, title) for url, title in found.items()][:MOST]


def usual_places(url: str) -> list[str]:
    """Where the feed of a site usually lies."""
    return [urljoin(urljoin(url, "/"), place) for place in USUAL_PLACES]
