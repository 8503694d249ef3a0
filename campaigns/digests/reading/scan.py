"""A look at the bytes before any parser sees them: what they are, and never more than 500 entries of them."""

import re

MOST_ENTRIES = 500
HEAD = 4_096

ITEM = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]{0,40}:)?(?:rss|rdf|feed))(?=[\s/>])", re.IGNORECASE)
CHANNEL = re.compile(rb"<(/?)((?:[A-Za-z_][\w.-]{0,40}:)?channel)(?=[\s/>])", re.IGNORECASE)
PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
DECLARED = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
DAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def narrow(body: bytes) -> bytes:
    """The same in UTF-8 when it is UTF-16, so that what follows may look at bytes."""
    kind = WIDE.get(body[:2])
    if kind is None or body[:4] == b"\xff\xfe\x00\x00":
        return body
    return DECLARED.sub("", body.decode(kind, "replace").lstrip("\ufeff")).encode("utf-8", "replace")


def is_web_page(body: bytes) -> bool:
    """Whether it is a page for people in place of a feed."""
    head = body[:HEAD]
    page = PAGE.search(head)
    root = ROOT.search(head)
    return page is not None and (root is None or page.start() < root.start())


def looks_like_json(body: bytes) -> bool:
    """Whether it can only be JSON."""
    return body[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def cut(body: bytes, most: int = MOST_ENTRIES) -> tuple[bytes, bool]:
    """The body up to its 500th entry, closed again; and whether anything was cut off."""
    end = None
    for number, found in enumerate(ITEM.finditer(body)):
        if number == most:
            end = found.start()
            break
    if end is None:
        return body, False
    kept = body[:end]
    closing = b""
    channels = CHANNEL.findall(kept)
    if channels and not channels[-1][0]:
        closing += b"</" + channels[-1][1] + b">"
    root = ROOT.search(kept[:HEAD])
    if root:
        closing += b"</" + root[1] + b">"
        if root[1].lower() == b"rdf:rdf":
            closing = b"</" + root[1] + b">"
    return kept + closing, True


def quiet_hours(body: bytes) -> tuple[int, ...]:
    """The hours of the week (0 is Monday 00:00 UTC) in which an RSS feed asks not to be read: skipHours, skipDays."""
    first = ITEM.search(body)
    head = body[: first.start() if first else HEAD][: HEAD * 4]
    hours = {int(each) % 24 for each in re.findall(rb"<hour>\s*(\d{1,2})\s*</hour>", head, re.IGNORECASE)}
    named = [each.decode().lower() for each in re.findall(rb"<day>\s*([A-Za-z]{6,9})\s*</day>", head, re.IGNORECASE)]
    days = {DAY_NAMES.index(each) for each in named if each in DAY_NAMES}
    quiet = tuple(hour for hour in range(168) if hour % 24 in hours or hour // 24 in days)
    # Who asks never to be read asks for nothing.
    return quiet if len(quiet) < 168 else ()
