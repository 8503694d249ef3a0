"""HTML of strangers made harmless: the allow-list, absolute links, plain words, one picture's address."""

import html as entities
import re
from collections.abc import Iterable
from itertools import islice
from urllib.parse import urljoin, urlsplit

import nh3

from campaigns.markup import BLOCK, one_line, tidy

LONGEST_RAW = 200_000
LONGEST_HTML = 20_000
LONGEST_TEXT = 10_000
LONGEST_URL = 2_000
LINKS = {"http", "https", "mailto"}

# What is only another way to write what the allow-list has; cleaning comes after, so that this may be simple.
SAME = {
    "div": "p", "section": "p", "article": "p", "header": "p", "figcaption": "p", "dd": "p", "dt": "p", "td": "p",
    "th": "p", "tr": "p", "b": "strong", "i": "em", "h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3",
}  # fmt: skip
RENAMED = re.compile(rf"<(/?)({'|'.join(SAME)})(?=[\s>/])", re.IGNORECASE)
EMPTY = re.compile(r"<(p|h2|h3|li|blockquote|strong|em)>\s*</\1>")
STRUCTURE = re.compile(r"<(?:p|ul|ol|h2|h3|blockquote)>")
BREAKS = re.compile(r"<(?:br|/p|/li|/h2|/h3|/blockquote)>")
# Plain text in which a tag was spelled out stays plain wherever somebody forgets to escape it.
TAG = re.compile(r"<(?=[A-Za-z/!?])")
IMAGE = re.compile(r"<img\b[^>]{0,2000}>", re.IGNORECASE)
SOURCE = re.compile(r"""\ssrc\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
TINY = re.compile(r"""\s(?:width|height)\s*=\s*["']?[0-3](?:px)?["'\s>/]""", re.IGNORECASE)


def web_address(url: str, base: str) -> str:
    """An absolute http or https address, or "" for anything else; `base` is where relative ones begin."""
    found = absolute(url, base)
    return found if found.startswith(("http://", "https://")) else ""


def absolute(url: str, base: str) -> str:
    """The address from `base` on, or "" when it is none of ours to follow."""
    url = one_line(url)
    if not url or len(url) > LONGEST_URL:
        return ""
    try:
        found = urljoin(base, url)
        parts = urlsplit(found)
    except ValueError:
        return ""
    if parts.scheme not in LINKS or (parts.scheme != "mailto" and not parts.hostname):
        return ""
    return found if len(found) <= LONGEST_URL and not re.search(r"[\s<>\"\\^`{|}]", found) else ""


def safe_html(raw: str, base: str) -> str:
    """HTML that may stand in a page, a mail or a feed of ours."""

    def link(_tag: str, attribute: str, value: str) -> str | None:
        return (absolute(value, base) or None) if attribute == "href" else one_line(value)

    same = RENAMED.sub(lambda found: f"<{found[1]}{SAME[found[2].lower()]}", raw[:LONGEST_RAW])
    clean = _clean(same, link)
    if len(clean) > LONGEST_HTML:
        clean = _clean(clean[:LONGEST_HTML].rpartition("<")[0], link)
    clean = tidy(EMPTY.sub("", clean))
    return f"<p>{clean}</p>" if clean and not STRUCTURE.search(clean) else clean


def _clean(html: str, link: object) -> str:
    return nh3.clean(
        html,
        tags=BLOCK,
        attributes={"a": {"href"}},
        attribute_filter=link,  # type: ignore[arg-type]
        url_schemes=LINKS,
        link_rel=None,
        strip_comments=True,
    )


def words_of(clean: str) -> str:
    """The plain words of HTML that went through `safe_html`."""
    spaced = BREAKS.sub(lambda found: found[0] + "\n", clean)
    text = entities.unescape(nh3.clean(spaced, tags=set()))
    lines = (one_line(line) for line in TAG.sub("‹", tidy(text)).splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]


def plain_line(raw: str, longest: int) -> str:
    """One line of plain words out of text that may hold HTML."""
    raw = raw[: longest * 20]
    if "<" in raw:
        raw = nh3.clean(raw, tags=set())
    if "&" in raw:
        raw = entities.unescape(raw)
    line = TAG.sub("‹", one_line(raw))
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def first_image(raw: str, base: str) -> str:
    """The address of the first picture in HTML that is larger than a tracking pixel."""
    for found in IMAGE.finditer(raw[:LONGEST_RAW]):
        source = SOURCE.search(found[0])
        if source and not TINY.search(found[0]):
            return web_address(entities.unescape(source[1]), base)
    return ""


def paragraphs(text: str) -> str:
    """Plain text as HTML, an empty line between two paragraphs."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text[:LONGEST_RAW]))
    return "".join(f"<p>{entities.escape(part)}</p>" for part in parts if part)


def categories(names: Iterable[str]) -> tuple[str, ...]:
    """At most ten category names, each once."""
    found = (plain_line(name, 60) for name in islice(names, 50))
    return tuple(dict.fromkeys(name for name in found if name))[:10]
