"""A bounded walk through a message: its headers and parts, as far as a bounce needs them.

The standard parser reads all of whatever it is given; this one looks at the first 600 KB, at so many parts and so
many levels, and takes what lies beyond for plain text. It never raises.
"""

import re
from dataclasses import dataclass, field

from campaigns.delivery.bounces import texts

MOST_BYTES = 600_000
MOST_PARTS = 60
MOST_LEVELS = 8
_HEADERS_LONGEST = 65_536
_MOST_HEADERS = 400
_PARAMETER = re.compile(r';\s*([\w.*-]{1,40})\s*=\s*("(?:[^"\\]|\\.){0,300}"|[^\s;"]{1,300})')
_FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_BLANK = re.compile(rb"\n[ \t]*\n")


@dataclass(slots=True)
class Part:
    """One part: its headers in lower case, each with all its values; `raw` is its body as it came."""

    headers: dict[str, list[str]]
    raw: bytes
    level: int = 0
    inside: str = ""
    children: list["Part"] = field(default_factory=list)

    def header(self, name: str) -> str:
        """The first header of that name, on one line, or ""."""
        return self.headers.get(name, [""])[0]

    @property
    def kind(self) -> str:
        """The content type in lower case, without parameters."""
        named = self.header("content-type").partition(";")[0].strip().lower()
        return named if "/" in named else "text/plain"

    def parameter(self, name: str) -> str:
        """A parameter of the content type, or ""."""
        for key, value in _PARAMETER.findall(";" + self.header("content-type").partition(";")[2]):
            if key.lower().split("*")[0] == name:
                return str(value).strip('"').strip()
        return ""

    @property
    def text(self) -> str:
        """The body as text, HTML as its words."""
        found = texts.decoded(self.raw, self.header("content-transfer-encoding"), self.parameter("charset"))
        return texts.from_html(found) if self.kind == "text/html" else found


def walk(raw: bytes) -> list[Part]:
    """The message itself and its parts, outermost first."""
    found: list[Part] = []
    # Each line end is one byte from here on; old Macintosh ones and bare ones count too.
    data = raw[:MOST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    _enter(data, 0, "", found)
    return found


def fields_of(block: str) -> dict[str, list[str]]:
    """The headers of a block of text: unfolded, names in lower case."""
    found: dict[str, list[str]] = {}
    name, pieces, count = "", [""], 0
    for line in [*block.split("\n"), "x:"]:
        if line[:1] in (" ", "\t") and name:
            pieces.append(line.strip())
            continue
        if name:
            found.setdefault(name, []).append(" ".join(pieces).strip())
            count += 1
        match = _FIELD.fullmatch(line) if count < _MOST_HEADERS else None
        name, pieces = (match[1].lower(), [match[2].strip()]) if match else ("", [""])
    return found


def _enter(data: bytes, level: int, inside: str, found: list[Part]) -> Part | None:
    if len(found) >= MOST_PARTS:
        return None
    headers, body = _split(data)
    part = Part(headers, body, level, inside)
    found.append(part)
    if level >= MOST_LEVELS:
        return part
    kind = part.kind
    if kind.startswith("multipart/"):
        pieces = _pieces(body, part.parameter("boundary"))
        part.children = [made for piece in pieces if (made := _enter(piece, level + 1, kind, found))]
    elif kind in ("message/rfc822", "message/global"):
        inner = texts.unpacked(body, part.header("content-transfer-encoding")) if _is_packed(part) else body
        made = _enter(inner.lstrip(b"\n"), level + 1, kind, found)
        part.children = [made] if made else []
    return part


def _is_packed(part: Part) -> bool:
    return part.header("content-transfer-encoding").strip().lower() in ("base64", "quoted-printable")


def _split(data: bytes) -> tuple[dict[str, list[str]], bytes]:
    if data.startswith(b"\n"):
        return {}, data[1:]
    # The "From " line of an mbox is no header.
    if data.startswith((b"From ", b">From ")):
        data = data.partition(b"\n")[2]
    blank = _BLANK.search(data, 0, _HEADERS_LONGEST)
    head = data[: blank.start()] if blank else data[:_HEADERS_LONGEST]
    body = data[blank.end() :] if blank else b""
    headers = fields_of(texts.in_charset(head, "utf-8"))
    return (headers, body) if headers else ({}, data)


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    if not boundary:
        return [b"\n" + body]
    mark = b"--" + boundary.encode("utf-8", "replace")
    found: list[bytes] = []
    at = 0 if body.startswith(mark) else body.find(b"\n" + mark) + 1
    if at == 0 and not body.startswith(mark):
        return [b"\n" + body]
    while len(found) < MOST_PARTS:
        start = body.find(b"\n", at)
        if start < 0 or body[at + len(mark) : at + len(mark) + 2] == b"--":
            break
        end = body.find(b"\n" + mark, start)
        if end < 0:
            found.append(body[start + 1 :])
            break
        found.append(body[start + 1 : end])
        at = end + 1
    return found
