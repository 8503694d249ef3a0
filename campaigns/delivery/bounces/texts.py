"""Bytes of a message as text: transfer encodings, character sets, encoded words, HTML. Never raises."""

import base64
import html
import quopri
import re
from binascii import Error as NotBase64

LONGEST = 65_536
_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\s]{0,2000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")
_DROPPED = (("<style", "</style"), ("<script", "</script"), ("<head", "</head"), ("<!--", "-->"))
_BREAK = re.compile(r"<(?:br|p|div|tr|li|h\d|table|hr)\b[^<>]{0,2000}>|</(?:p|div|tr|li|h\d|table)\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!][^<>@]{0,2000}>")
_MAILTO = re.compile(r"<a\b[^<>]{0,500}>", re.IGNORECASE)
_ODD_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949"}
_ODD_CHARSETS |= {"shift_jis": "cp932", "x-sjis": "cp932", "unicode-1-1-utf-7": "utf-8", "us-ascii": "utf-8"}
_ODD_CHARSETS |= {"iso-8859-8-i": "iso-8859-8", "unknown-8bit": "utf-8", "windows-31j": "cp932", "utf-7": "ascii"}
_JAPANESE = re.compile(rb"\x1b\$[@B]|\x1b\(J")


def decoded(raw: bytes, encoding: str, charset: str) -> str:
    """A part's content as text, at most 64 KB of it; `encoding` and `charset` as its headers name them."""
    return in_charset(unpacked(raw[: LONGEST * 2], encoding)[:LONGEST], charset)


def unpacked(raw: bytes, encoding: str) -> bytes:
    """Without the transfer encoding."""
    encoding = encoding.strip().lower()
    if encoding == "base64":
        return _base64(raw)
    if encoding == "quoted-printable":
        return quopri.decodestring(raw)
    return raw


def in_charset(raw: bytes, charset: str) -> str:
    """Bytes as text in a named character set, or in the likeliest one where that is unknown."""
    name = charset.strip().strip("\"'").lower()
    if name in ("", "us-ascii", "ascii", "utf-8") and _JAPANESE.search(raw):
        name = "iso-2022-jp"
    for candidate in (_ODD_CHARSETS.get(name, name), "utf-8"):
        try:
            return raw.decode(candidate or "utf-8")
        except (LookupError, ValueError):
            continue
    # Half a character at the end of what was cut is no reason to doubt the name of the set.
    try:
        return raw.decode(_ODD_CHARSETS.get(name, name) or "latin-1", "replace" if name else "strict")
    except (LookupError, ValueError):
        return raw.decode("latin-1")


def header_text(raw: str) -> str:
    """A header with its encoded words (RFC 2047) read."""
    if "=?" not in raw:
        return raw
    return _WORD.sub(_word, _BETWEEN_WORDS.sub(r"\1\2", raw[:4000]))


def from_html(page: str) -> str:
    """The words of an HTML page, a line where it begins one."""
    page = _BREAK.sub("\n", _without_hidden(page[:LONGEST]))
    return html.unescape(_TAG.sub("", _MAILTO.sub("", page))).replace("\xa0", " ")


def _without_hidden(page: str) -> str:
    for begin, end in _DROPPED:
        lower, kept, at = page.lower(), [], 0
        while (start := lower.find(begin, at)) >= 0 and (stop := lower.find(end, start)) >= 0:
            kept.append(page[at:start])
            at = stop + len(end)
        page = "".join([*kept, page[at:]])
    return page


def _word(found: re.Match[str]) -> str:
    charset, kind, text = found.groups()
    data = text.encode("utf-8", "replace")
    data = _base64(data) if kind in "bB" else quopri.decodestring(data, header=True)
    return in_charset(data, charset)


def _base64(raw: bytes) -> bytes:
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
    try:
        return base64.b64decode(clean + b"=" * (-len(clean) % 4))
    except (NotBase64, ValueError):
        return b""
