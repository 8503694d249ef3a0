"""An SPF record as terms (RFC 7208): read strictly, macros expanded without ever raising anything but `Broken`."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote

VERSION = "v=spf1"
ASKING = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
"""Terms that cost one of the ten look-ups."""

_TERM = re.compile(r"([+?~-])?([A-Za-z][A-Za-z0-9_.-]*)(?:([:=/])(.*))?", re.DOTALL)
_PREFIX = re.compile(r"(.*?)(?:/(0|[1-9]\d{0,2}))?(?://(0|[1-9]\d{0,2}))?", re.DOTALL)
_MACRO = re.compile(r"%(?:\{([A-Za-z])(\d{0,3})(r?)([-.+,/_=]*)\}|(.))", re.DOTALL | re.IGNORECASE)
_KINDS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})
_LONGEST_NAME = 253
_MOST_TERMS = 200


class Broken(ValueError):
    """The record cannot be used (permerror); the text is a sentence."""


@dataclass(frozen=True)
class Term:
    """A mechanism, or the modifier `redirect`. `target` is the name after the colon; for ip4 and ip6 the network."""

    kind: str
    qualifier: str
    target: str
    four: int
    six: int
    text: str


def is_spf(text: str) -> bool:
    """Whether a TXT record claims to be SPF (4.5)."""
    head = text[: len(VERSION) + 1].lower()
    return head == VERSION or head == VERSION + " "


def parse(text: str) -> list[Term]:
    """The terms in order, without unknown modifiers; raises Broken."""
    if not (text.isascii() and text.isprintable()):
        raise Broken("The record holds characters that are not plain ASCII, often a “smart” quote or dash.")
    words = [word for word in text[len(VERSION) :].split(" ") if word]
    if len(words) > _MOST_TERMS:
        raise Broken("The record has more terms than any record needs.")
    found = [term for term in map(_term, words) if term is not None]
    if sum(term.kind == "redirect" for term in found) > 1:
        raise Broken("The record says “redirect” twice.")
    return found


def _term(word: str) -> Term | None:
    match = _TERM.fullmatch(word)
    if match is None:
        raise Broken(f"The part “{word[:60]}” is not understood.")
    qualifier, name, separator, rest = match[1], match[2].lower(), match[3] or "", match[4] or ""
    if separator == "=":
        if qualifier:
            raise Broken(f"The part “{word[:60]}” is not understood.")
        if name != "redirect":
            _check_macros(rest, word)
            return None
        if not rest:
            raise Broken("“redirect=” names no domain.")
        _check_macros(rest, word)
        return Term("redirect", "+", rest, 32, 128, word)
    if name not in _KINDS:
        raise Broken(f"The part “{word[:60]}” is not understood.")
    return _mechanism(name, qualifier or "+", separator, rest, word)


def _mechanism(name: str, qualifier: str, separator: str, rest: str, word: str) -> Term:
    if name in ("ip4", "ip6"):
        return Term(name, qualifier, _network(name, separator, rest, word), 32, 128, word)
    whole = rest if separator == ":" else f"/{rest}" if separator == "/" else ""
    target, four, six = whole, "", ""
    if name in ("a", "mx"):
        match = _PREFIX.fullmatch(whole)
        if match:
            target, four, six = match[1], match[2] or "", match[3] or ""
    is_wrong = (
        (name == "all" and separator)
        or (name in ("include", "exists") and not target)
        or (separator == ":" and not target)
        or (name not in ("a", "mx") and separator == "/")
        or int(four or 0) > 32
        or int(six or 0) > 128
    )
    if is_wrong:
        raise Broken(f"The part “{word[:60]}” is not complete or not allowed.")
    _check_macros(target, word)
    return Term(name, qualifier, target, int(four or 32), int(six or 128), word)


def _network(name: str, separator: str, rest: str, word: str) -> str:
    version = 4 if name == "ip4" else 6
    try:
        network = ipaddress.ip_network(rest, strict=False) if separator == ":" and "%" not in rest else None
    except ValueError:
        network = None
    if network is None or network.version != version:
        raise Broken(f"The part “{word[:60]}” holds no IPv{version} address.")
    return str(network)


def _check_macros(text: str, word: str) -> None:
    for match in _MACRO.finditer(text):
        letter, escaped = match[1], match[5]
        if letter is None and escaped not in ("%", "_", "-"):
            raise Broken(f"The part “{word[:60]}” has a percent sign that stands for nothing.")
        if letter is not None and (letter.lower() not in "slodiphv" or match[2] == "0"):
            raise Broken(f"The part “{word[:60]}” has a placeholder that is not allowed there.")
    if text.endswith("%") and not text.endswith("%%"):
        raise Broken(f"The part “{word[:60]}” has a percent sign that stands for nothing.")


def expand(target: str, domain: str, address: str, sender: str) -> str:
    """A target with its macros filled for one sender and address; names that get too long lose labels on the left."""
    local, _, sender_domain = sender.rpartition("@")
    dotted = _dotted(address)
    values = {
        "s": sender,
        "l": local or "postmaster",
        "o": sender_domain,
        "d": domain,
        "i": dotted,
        "p": "unknown",
        "v": "ip6" if ":" in address else "in-addr",
        "h": sender_domain,
    }

    def fill(match: re.Match[str]) -> str:
        if match[1] is None:
            return {"%": "%", "_": " ", "-": "%20"}.get(match[5], "")
        parts = re.split("[" + re.escape(match[4] or ".") + "]", values[match[1].lower()])
        if match[3]:
            parts.reverse()
        if match[2]:
            parts = parts[-int(match[2]) :]
        filled = ".".join(parts)
        return quote(filled, safe="-._~") if match[1].isupper() else filled

    name = _MACRO.sub(fill, target).rstrip(".")
    while len(name) > _LONGEST_NAME and "." in name:
        name = name.partition(".")[2]
    return name


def _dotted(address: str) -> str:
    ip = ipaddress.ip_address(address)
    return address if ip.version == 4 else ".".join(ip.exploded.replace(":", ""))
