"""HTML of strangers made harmless: the allow-list, absolute links, plain words, one picture's address."""

import html as entities
import re
from collections.abc import Iterable
from functools import lru_cache
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
RENAMED = re.compile(
    r"</?(?:d(?:iv|d|t)|section|article|h(?:eader|[1456])|figcaption|t[dhr]|b|i)(?=[\s>/])", re.IGNORECASE
)
LINK = re.compile(r'<a href="([^"]*)">')
EMPTY = re.compile(r"<(p|h2|h3|li|blockquote|strong|em)>\s*</\1>")
STRUCTURE = re.compile(r"<(?:p|ul|ol|h2|h3|blockquote)>")
BREAKS = re.compile(r"<(?:br|/p|/li|/h2|/h3|/blockquote)>")
ANY_TAG = re.compile(r"<[^>]*>")
# What no address holds unescaped; a control within one hides where it leads.
BAD = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\u202a-\u202e\u2066-\u2069<>\"\\^`{|}]")
WHOLE = re.compile(r"https?://[\w.-]+(?::\d{1,5})?(?:[/?#]|\Z)")
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
    url = url.strip()
    if len(url) > LONGEST_URL or BAD.search(url):
        return ""
    if WHOLE.match(url):
        return url
    if url[:1] == "/" and url[1:2] != "/" and "/." not in url:
        return _origin(base) + url
    return _joined(url, base)


def _joined(url: str, base: str) -> str:
    try:
        found = urljoin(base, url) if url else ""
        parts = urlsplit(found)
    except ValueError:
        return ""
    if parts.scheme not in LINKS or (parts.scheme != "mailto" and not parts.hostname):
        return ""
    return found if len(found) <= LONGEST_URL and not BAD.search(found) else ""


@lru_cache(maxsize=16)
def _origin(base: str) -> str:
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"


def safe_html(raw: str, base: str) -> str:
    """HTML that may stand in a page, a mail or a feed of ours."""
    clean = _clean(RENAMED.sub(_same, raw[:LONGEST_RAW]), base)
    if len(clean) > LONGEST_HTML:
        clean = _clean(clean[:LONGEST_HTML].rpartition("<")[0], base)
    clean = tidy(EMPTY.sub("", clean))
    return f"<p>{clean}</p>" if clean and not STRUCTURE.search(clean) else clean


def _same(found: re.Match[str]) -> str:
    tag = found[0].lower()
    return f"</{SAME[tag[2:]]}" if tag[1] == "/" else f"<{SAME[tag[1:]]}"


def _clean(html: str, base: str) -> str:
    def link(found: re.Match[str]) -> str:
        address = absolute(found[1], base)
        return f'<a href="{address}">' if address else "<a>"

    # What comes out of the allow-list is written in one way only, so that links are found in it by their text.
    return LINK.sub(link, _cleaner().clean(html))


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(tags=BLOCK, attributes={"a": {"href"}}, url_schemes=LINKS, link_rel=None, strip_comments=True)


def words_of(clean: str) -> str:
    """The plain words of HTML that went through `safe_html`, which leaves no ">" within a tag."""
    spaced = BREAKS.sub("\n", clean)
    text = tidy(entities.unescape(ANY_TAG.sub("", spaced)))
    lines = (" ".join(line.split()) for line in TAG.sub("‹", text).splitlines())
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
