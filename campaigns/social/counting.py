"""How long a text is to each network, exactly as the network itself counts. Pure, and quick enough for every key."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import regex

from campaigns.social import weights

ADDRESS_LENGTH = 23
_CLUSTER = regex.compile(r"\X")
# Mastodon counts "@name@server" as "@name" (its Account::MENTION_RE).
_MENTION = regex.compile(r"(?<![=/[:word:]])(@[a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_]+)?)@[[:word:].-]+[[:word:]]+", regex.I)
_BREAK = re.compile(r"\r\n?")


@dataclass(frozen=True)
class Measure:
    """One number that a network limits: how much is used of it, in its own unit ("characters", "bytes")."""

    used: int
    limit: int
    unit: str = "characters"

    @property
    def left(self) -> int:
        """How much is left; negative when it is too much."""
        return self.limit - self.used

    @property
    def is_over(self) -> bool:
        """Whether the network would refuse it."""
        return self.used > self.limit


Counter = Callable[[str], int]


def graphemes(text: str) -> int:
    """What people see as characters: extended grapheme clusters (Bluesky)."""
    return len(_CLUSTER.findall(text))


def utf8_bytes(text: str) -> int:
    """Bytes in UTF-8 (Bluesky's second limit)."""
    return len(text.encode())


def utf16_units(text: str) -> int:
    """UTF-16 code units, of which an emoji has two or more (Telegram)."""
    return len(text.encode("utf-16-le")) // 2


def code_points(text: str) -> int:
    """Unicode characters (Facebook, Slack)."""
    return len(text)


def weighted(text: str) -> int:
    """X's weights: an address is 23 also without https://, emoji and most Asian letters count twice."""
    return weights.weight(text)


def mastodon(text: str) -> int:
    """Grapheme clusters, of which an address is 23 and "@name@server" only "@name"."""
    text = unicodedata.normalize("NFC", _BREAK.sub("\n", text))
    shortened, end = [], 0
    for start, stop in weights.addresses(text, with_bare=False):
        shortened += [text[end:start], "x" * ADDRESS_LENGTH]
        end = stop
    shortened.append(text[end:])
    return graphemes(without_servers("".join(shortened)))


def without_servers(text: str) -> str:
    """ "@name@server" as Mastodon shows it: "@name"."""
    return str(_MENTION.sub(r"\1", text))


def byte_span(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch given in code points as byte offsets in UTF-8, as the facets of Bluesky want it; the end is outside."""
    before = len(text[:start].encode())
    return before, before + len(text[start:end].encode())
