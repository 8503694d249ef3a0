"""What a report's words and codes mean together: the kind of one bounce. Pure.

The diagnosis of the server that refused is the best witness, then a status code that says something, then the prose
of whoever wrote the report, in its language; a status code that says little comes last.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from campaigns.delivery import phrases, replies
from campaigns.delivery.bounces import languages
from campaigns.delivery.bounces.models import BounceKind
from campaigns.delivery.bounces.reports import ADDRESS, status_in
from campaigns.delivery.replies import KINDS, Cause, Kind

_CODE = re.compile(r"(?<![\w.:/@\[-])(?:smtp[; ]*)?([45][0-5]\d)(?=[\s\-#:.,;)\]>'\"]|$)(?!\.\d+\.\d)(?![-/]\d\d)")
# What programs of Unix mean by the number with which they end (sysexits.h).
_EXITS = {"67": "no such user", "68": "host unknown", "69": "service unavailable", "73": "cannot create: disk quota"}
_EXITS |= {"75": "temporary failure, try again later", "77": "permission denied", "78": "configuration error"}
# Codes that only repeat that it failed.
_SAY_LITTLE = frozenset({"", "0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "6.0", "7.0", "4.4", "4.1", "5.1", "5.2", "5.4"})
_LONGEST = 1_200


@dataclass(frozen=True, slots=True)
class Judgment:
    """The kind of a bounce with the codes it rests on; the code is 0 and the status "" where none is known."""

    kind: BounceKind
    code: int
    status: str


@lru_cache(maxsize=64)
def judge(diagnostic: str, status: str, prose: str, *, is_failure: bool = True) -> Judgment:
    """What is at fault. `status` is the report's own, `prose` what it tells people, both "" where missing."""
    words = _EXITS.get(diagnostic.strip(), diagnostic[:_LONGEST])
    code = code_in(words)
    own = status_in(words)
    given = own or status
    kind = Kind.UNKNOWN
    if words.strip():
        kind = _by_words(words, code or _code_for(given, is_failure), own or (status if not code else ""))
    if kind == Kind.UNKNOWN and _says(status):
        kind = _by_status(status)
    if kind == Kind.UNKNOWN:
        kind = by_prose(f"{words}\n{prose}", is_permanent=given[:1] != "4")
    if kind == Kind.UNKNOWN:
        kind = _by_status(given)
    if kind == Kind.UNKNOWN and (code // 100 == 4 or given.startswith("4")):
        kind = Kind.TEMPORARY
    return Judgment(BounceKind(str(kind)), code, given)


def code_in(text: str) -> int:
    """The first SMTP reply code of a refusal in a text, or 0."""
    found = _CODE.search(text)
    return int(found[1]) if found else 0


def by_prose(text: str, *, is_permanent: bool = True) -> Kind:
    """What the words say, in whatever language."""
    words = ADDRESS.sub("<a>", text[: 3 * _LONGEST]).lower().replace("’", "'")
    words = " ".join(languages.BOILERPLATE.sub(" ", words).split())[: 2 * _LONGEST]
    cause = phrases.first(languages.PROSE, words)
    if cause is None:
        return Kind.UNKNOWN
    kind = KINDS.get(Cause(cause), Kind.POLICY)
    return Kind.TEMPORARY if kind == Kind.ADDRESS and not is_permanent else kind


def _by_words(words: str, code: int, status: str) -> Kind:
    return replies.read(code, words, status).kind


def _code_for(status: str, is_failure: bool) -> int:
    if status[:1] in ("4", "5"):
        return int(status[0]) * 100 + 50
    return 550 if is_failure else 450


def _says(status: str) -> bool:
    return status.partition(".")[2] not in _SAY_LITTLE


def _by_status(status: str) -> Kind:
    if status == "5.4.4":
        return Kind.ADDRESS
    return replies.read(int(status[0]) * 100 + 50, "", status).kind if status[:1] in ("4", "5") else Kind.UNKNOWN
