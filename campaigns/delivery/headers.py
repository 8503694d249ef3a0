"""Headers of outgoing mail as bytes, by our own serializer: no header can be injected, no URI encoded or folded.

The standard library turns a long List-Unsubscribe into encoded-words, and mailbox providers then show no button
(CPython 74717, 87659, 124452); that is why this exists. Every function returns whole lines that end in CRLF.
"""

import base64
import re
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

LONGEST_LINE = 998
"""Octets that a line may have without its CRLF (RFC 5322, 2.1.1)."""

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATEXT = r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\s\x00-\x7f])"
_LOCAL = re.compile(rf'{_ATEXT}+(?:\.{_ATEXT}+)*|"(?:[ !#-\[\]-~]|\\[ -~])*"')
# Nearly every address is of this kind, and one look is enough.
_USUAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?:\.[A-Za-z0-9]{1,20})+")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[A-Za-z0-9:.]+\]")
_URI = re.compile(r"https?://[!-;=?-~]+")
_IDENTIFIER = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@" + _DOMAIN.pattern.split("|", maxsplit=1)[0])
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# Most people: a short name of plain letters, and an address of the usual kind.
_USUAL_MAILBOX = re.compile(rf"{_ATOMS.pattern} <{_USUAL.pattern}>")
_WORDS = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
_LIST_ID = re.compile(rf"(?P<phrase>[^<>]*)<(?P<id>{_LABEL}(?:\.{_LABEL})+)>")

# What may stand bare in an encoded-word inside a phrase (RFC 2047, 5.3), the strictest of the three places.
_Q_BARE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q = ["_" if b == 0x20 else chr(b) if b in _Q_BARE else f"={b:02X}" for b in range(256)]
_LONGEST_PLAIN = 50
_ENCODED_WORD = 75
_ENCODED_LINE = 76
_FOLD_AT = 78
# With its name and the angle brackets it must fit on one line.
_LONGEST_URI = LONGEST_LINE - 24


class HeaderInjection(ValueError):
    """A value that cannot be written into a header without changing what the header says. Never quotes the value."""


def refuse_controls(value: str) -> str:
    """The value itself; raises HeaderInjection for CR, LF, NUL, any other control, line separators, lone surrogates."""
    if _CONTROLS.search(value):
        raise HeaderInjection("A header value holds a line break or another control character.")
    return value


def drop_controls(value: str) -> str:
    """The value without any character that `refuse_controls` refuses."""
    return _CONTROLS.sub("", value)


def check_address(address: str) -> str:
    """The address itself; raises HeaderInjection unless it is one bare address with an ASCII (A-label) domain."""
    if len(address) <= 64 and _USUAL.fullmatch(address):
        return address
    refuse_controls(address)
    local, _, domain = address.rpartition("@")
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise HeaderInjection("This is not one plain email address with an ASCII domain.")
    if len(local.encode()) > 64 or len(domain) > 255:
        raise HeaderInjection("The email address is longer than RFC 5321 allows.")
    return address


def fixed(name: str, value: str) -> bytes:
    """A header whose value is one of our own ASCII constants."""
    if not refuse_controls(value).isascii():
        raise HeaderInjection("The header value must be ASCII.")
    return _line(f"{name}: {value}")


def text(name: str, value: str) -> bytes:
    """An unstructured header (Subject): plain where ASCII allows, folded at spaces, else encoded-words."""
    refuse_controls(value)
    if _WORDS.fullmatch(value) and "=?" not in value:
        return _folded(f"{name}:", value.split(" "))
    if not value:
        return _line(f"{name}: ")
    return _line(f"{name}: " + "\r\n ".join(_encoded_words(value, _ENCODED_LINE - len(name) - 2)))


def mailbox(name: str, display_name: str, address: str) -> bytes:
    """An address header (From, To, Reply-To) with one mailbox; an empty display name gives the bare address."""
    usual = f"{display_name} <{address}>"
    is_short = len(display_name) <= _LONGEST_PLAIN and len(name) + len(usual) + 2 <= _ENCODED_LINE
    if is_short and "=?" not in usual and _USUAL_MAILBOX.fullmatch(usual):
        return f"{name}: {usual}\r\n".encode("ascii")
    check_address(address)
    if not display_name:
        return _line(f"{name}: {address}")
    lines = _phrase(display_name, _ENCODED_LINE - len(name) - 2)
    return _line(f"{name}: " + _with_angle(lines, address, len(name) + 2))


def list_id(value: str) -> bytes:
    """List-Id from `phrase <label.namespace>` or `<label.namespace>` (RFC 2919)."""
    match = _LIST_ID.fullmatch(refuse_controls(value))
    if match is None or len(match["id"]) > 255:
        raise HeaderInjection("A list id is a phrase and then <label.namespace>.")
    phrase = match["phrase"].strip()
    if not phrase:
        return _line(f"List-Id: <{match['id']}>")
    return _line("List-Id: " + _with_angle(_phrase(phrase, _ENCODED_LINE - 9), match["id"], 9))


def bare_uri(address: str) -> bytes:
    """A web address that stands in a header in angle brackets: never folded, never encoded (RFC 2369)."""
    if len(address) > _LONGEST_URI or not _URI.fullmatch(address):
        raise HeaderInjection("The web address in a header must be absolute, ASCII and fit on one line.")
    return address.encode("ascii")


def check_identifier(value: str) -> str:
    """The message identifier itself, without angle brackets; raises HeaderInjection for what is none."""
    if len(value) > _LONGEST_URI or not _IDENTIFIER.fullmatch(value):
        raise HeaderInjection("A message identifier is opaque@domain, in ASCII, and fits on one line.")
    return value


@lru_cache(maxsize=64)
def instant(name: str, moment: datetime) -> bytes:
    """A date header with a numeric zone; refuses a naive instant, whose zone would be a lie."""
    if moment.tzinfo is None:
        raise ValueError("The date of a message must be an aware instant.")
    return _line(f"{name}: {format_datetime(moment)}")


def _line(whole: str) -> bytes:
    data = whole.encode() + b"\r\n"
    if len(data) > LONGEST_LINE + 2 and any(len(line) > LONGEST_LINE for line in data.split(b"\r\n")):
        raise HeaderInjection("A header line is longer than 998 octets.")
    return data


def _folded(start: str, words: list[str]) -> bytes:
    lines = [start]
    for word in words:
        # The first word stays beside the name: a first line without content confuses some readers.
        if len(lines[-1]) + 1 + len(word) > _FOLD_AT and lines[-1] != start:
            lines.append("")
        lines[-1] += " " + word
    return _line("\r\n".join(lines))


def _with_angle(lines: tuple[str, ...], inside: str, indent: int) -> str:
    used = len(lines[-1]) + (indent if len(lines) == 1 else 1)
    joint = " " if used + len(inside) + 3 <= _ENCODED_LINE else "\r\n "
    return "\r\n ".join(lines) + f"{joint}<{inside}>"


@lru_cache(maxsize=4096)
def _phrase(value: str, room: int) -> tuple[str, ...]:
    """A display name as the lines that write it: atoms, one quoted string, or encoded-words."""
    refuse_controls(value)
    if value.isascii() and "=?" not in value and len(value) <= _LONGEST_PLAIN:
        if _ATOMS.fullmatch(value):
            return (value,)
        return ('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"',)
    return tuple(_encoded_words(value, room))


def _encoded_words(value: str, room: int) -> list[str]:
    """RFC 2047: each word at most 75 characters, the first at most `room`, whole characters, Q or B by size."""
    q, b = _q(value), _b(value)
    is_q = len(q) <= len(b)
    letter, encode, whole = ("q", _q, q) if is_q else ("b", _b, b)
    frame = len(f"=?utf-8?{letter}??=")
    words: list[str] = []
    run, octets, limit = "", 0, min(room, _ENCODED_WORD) - frame
    if len(whole) <= limit:
        return [f"=?utf-8?{letter}?{whole}?="]
    for character in value:
        more = len(_q(character)) if is_q else len(character.encode())
        if run and (octets + more if is_q else -(-(octets + more) // 3) * 4) > limit:
            words.append(f"=?utf-8?{letter}?{encode(run)}?=")
            run, octets, limit = "", 0, _ENCODED_WORD - frame
        run += character
        octets += more
    return [*words, f"=?utf-8?{letter}?{encode(run)}?="]


def _q(value: str) -> str:
    return "".join([_Q[octet] for octet in value.encode()])


def _b(value: str) -> str:
    return base64.b64encode(value.encode()).decode("ascii")
