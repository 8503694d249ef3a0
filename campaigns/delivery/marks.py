"""Marks: the token in a return address or Message-ID that says whose copy a message was, and that it is ours.

Lower-case base32, since mail systems change case; hidden and authenticated by HMAC-SHA256 in the way of RFC 5297 (the
tag over the plain numbers makes the key stream), so that neither the size of the list nor a person can be read from it.
"""

import base64
import hashlib
import hmac
import re
from binascii import Error as NotBase32
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_TAG = 10
_RUN, _RECIPIENT, _DAY = 5, 6, 2
LIVES = timedelta(days=30)
FIRST_DAY = date(2020, 1, 1)
DATED_LENGTH, PLAIN_LENGTH = 37, 34
# Three characters of base32 at once: the standard library takes longer to write a mark than to seal it.
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_TRIPLES = [first + second + third for first in _LETTERS for second in _LETTERS for third in _LETTERS]
MARK = re.compile(rf"(?<![a-z0-9])(?:[a-z2-7]{{{DATED_LENGTH}}}|[a-z2-7]{{{PLAIN_LENGTH}}})(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose copy: the run and the opaque recipient. `made_on` only where the mark is dated."""

    run_id: int
    recipient_id: int
    made_on: date | None = None


def plain(key: bytes, run_id: int, recipient_id: int) -> str:
    """A mark that is the same each time it is asked for, 34 characters."""
    return _sealed(key, run_id.to_bytes(_RUN) + recipient_id.to_bytes(_RECIPIENT))


def dated(key: bytes, run_id: int, recipient_id: int, at: datetime) -> str:
    """A mark that is refused 30 days later, 37 characters."""
    day = (at.astimezone(UTC).date() - FIRST_DAY).days
    return _sealed(key, run_id.to_bytes(_RUN) + recipient_id.to_bytes(_RECIPIENT) + day.to_bytes(_DAY))


def read(key: bytes, token: str, now: datetime) -> Mark | None:
    """What a mark says, or None for one that we did not make or that is too old; upper and lower case are the same."""
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (NotBase32, ValueError):
        return None
    tag, hidden = raw[:_TAG], raw[_TAG:]
    if len(hidden) not in (_RUN + _RECIPIENT, _RUN + _RECIPIENT + _DAY):
        return None
    numbers = _mixed(key, tag, hidden)
    if not hmac.compare_digest(tag, _tag(key, numbers)):
        return None
    made_on = FIRST_DAY + timedelta(days=int.from_bytes(numbers[_RUN + _RECIPIENT :])) if len(hidden) > 11 else None
    if made_on is not None and not -1 <= (now.astimezone(UTC).date() - made_on).days <= LIVES.days:
        return None
    return Mark(int.from_bytes(numbers[:_RUN]), int.from_bytes(numbers[_RUN : _RUN + _RECIPIENT]), made_on)


def _sealed(key: bytes, numbers: bytes) -> str:
    tag = _tag(key, numbers)
    return _base32(tag + _mixed(key, tag, numbers))


def _base32(raw: bytes) -> str:
    """Lower-case base32 without its padding (RFC 4648, 6)."""
    length = -(-len(raw) * 8 // 5)
    spare = -length % 3 * 5 + length * 5 - len(raw) * 8
    bits = int.from_bytes(raw) << spare
    places = range((length + 2) // 3 * 15 - 15, -1, -15)
    return "".join([_TRIPLES[bits >> place & 0x7FFF] for place in places])[:length]


def _tag(key: bytes, numbers: bytes) -> bytes:
    return hmac.digest(key, b"mark tag:" + numbers, hashlib.sha256)[:_TAG]


def _mixed(key: bytes, tag: bytes, numbers: bytes) -> bytes:
    stream = hmac.digest(key, b"mark stream:" + tag, hashlib.sha256)[: len(numbers)]
    return (int.from_bytes(numbers) ^ int.from_bytes(stream)).to_bytes(len(numbers))
