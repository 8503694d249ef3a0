"""Text that people write, made safe: Markdown to HTML, foreign HTML through an allow-list, plain words out of both."""

import re
import unicodedata
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

INLINE = {"a", "strong", "em", "br", "code"}
BLOCK = INLINE | {"p", "ul", "ol", "li", "blockquote", "h2", "h3"}
SCHEMES = {"http", "https", "mailto", "tel", "sms"}
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True})


def html_of(markdown: str) -> str:
    """Markdown as safe HTML: CommonMark without raw HTML, then the allow-list."""
    return clean(_markdown().render(markdown))


def clean(html: str) -> str:
    """HTML with nothing left but plain text structure and links to web, mail and telephone."""
    return nh3.clean(
        html, tags=BLOCK, attributes={"a": {"href", "title"}}, url_schemes=SCHEMES, link_rel=None, strip_comments=True
    )


def tidy(text: str) -> str:
    """Text as typed, without control characters, direction overrides and trailing space; NFC; newlines as \\n."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", CONTROLS.sub("", text)).strip()


def one_line(text: str) -> str:
    """The same for a field of one line: every run of white space is one space."""
    return " ".join(tidy(text).split())


def slug_of(name: str, taken: set[str], fallback: str) -> str:
    """A word for an address, from a name: lower case, ASCII, not taken yet; `fallback` where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-") or fallback
    number, slug = 1, stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug
