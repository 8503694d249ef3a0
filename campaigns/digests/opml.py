"""Lists of feeds as OPML 2.0, the way feed readers hand them on: read with folders, written with folders."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from campaigns.errors import Invalid
from campaigns.markup import one_line

MOST_BYTES = 2_000_000
MOST_FEEDS = 2_000
DEEPEST = 8
LONGEST = 120


@dataclass(frozen=True)
class Outline:
    """One line of the file: a feed and the folder it lies in ("News / Local")."""

    number: int
    url: str
    title: str
    site_url: str = ""
    folder: str = ""
    category: str = ""
    language: str = ""


def read(content: bytes) -> list[Outline]:
    """The feeds in a file; raises Invalid with a sentence."""
    if len(content) > MOST_BYTES:
        raise Invalid({"file": "The file is larger than 2 MB. Lists of feeds are much smaller."})
    try:
        root = fromstring(content, forbid_dtd=False)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Invalid({"file": "This is no OPML file that we can read. Export one from your feed reader."}) from None
    body = root.find("body")
    if root.tag.lower() != "opml" or body is None:
        raise Invalid({"file": "This file is XML, and no OPML: the list of feeds is missing."})
    found = [Outline(number, *rest) for number, rest in enumerate(_walk(body, []), 1) if number <= MOST_FEEDS]
    if not found:
        raise Invalid({"file": "There is no feed in this file."})
    return found


def _walk(parent: Element, folders: list[str]) -> Iterator[tuple[str, str, str, str, str, str]]:
    for each in parent.findall("outline"):
        title = _line(each.get("title") or each.get("text") or "")
        url = one_line(each.get("xmlUrl") or each.get("xmlurl") or each.get("url") or "")
        if url:
            # "/Courts,/Local" is the way OPML writes categories; the first one is ours.
            category = _line((each.get("category") or "").partition(",")[0].strip("/ "))
            site = one_line(each.get("htmlUrl") or "")
            yield url, title, site, " / ".join(folders)[:LONGEST], category, _line(each.get("language") or "")[:10]
        elif len(folders) < DEEPEST:
            yield from _walk(each, [*folders, title] if title else folders)


def _line(text: str) -> str:
    return one_line(text)[:LONGEST]


@dataclass(frozen=True)
class Listed:
    """A feed for the way out."""

    url: str
    title: str
    site_url: str
    folder: str
    category: str
    language: str


def write(feeds: Iterable[Listed], title: str, now: datetime) -> bytes:
    """The feeds as a file, those of a folder together."""
    root = Element("opml", version="2.0")
    head = SubElement(root, "head")
    SubElement(head, "title").text = title
    SubElement(head, "dateCreated").text = format_datetime(now)
    body = SubElement(root, "body")
    folders: dict[tuple[str, ...], Element] = {(): body}
    for feed in feeds:
        parent = _folder(folders, tuple(part for part in feed.folder.split(" / ") if part))
        values = {"type": "rss", "text": feed.title, "title": feed.title, "xmlUrl": feed.url, "htmlUrl": feed.site_url}
        values |= {"category": f"/{feed.category}" if feed.category else "", "language": feed.language}
        SubElement(parent, "outline", {name: value for name, value in values.items() if value})
    indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8") + b"\n"


def _folder(folders: dict[tuple[str, ...], Element], path: tuple[str, ...]) -> Element:
    if path not in folders:
        folders[path] = SubElement(_folder(folders, path[:-1]), "outline", text=path[-1], title=path[-1])
    return folders[path]
