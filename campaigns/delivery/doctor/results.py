"""What a receiving mail system wrote about a message: the results of its own checks (RFC 8601), and when it came."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from campaigns.delivery import canonical

_LONGEST = 20_000
_METHOD = re.compile(r"\s*([a-z0-9-]+)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_RECEIVED_SPF = re.compile(r"\s*([a-z]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Results:
    """`by` is who checked, empty when nobody wrote anything; results by method, several for DKIM."""

    by: str
    results: dict[str, tuple[str, ...]]

    def of(self, method: str) -> str:
        """The result of a method, the best where there are several; empty when it was not checked."""
        found = self.results.get(method, ())
        return "pass" if "pass" in found else next(iter(found), "")


def value_of(field: bytes) -> str:
    """The value of a header field on one line."""
    return field.partition(b":")[2].decode("utf-8", "replace").replace("\r\n", "").strip()


def values(fields: list[bytes], name: str) -> list[str]:
    """The values of every field of that name, from the top."""
    wanted = name.lower().encode()
    return [value_of(field) for field in fields if canonical.name_of(field) == wanted]


def read(fields: list[bytes]) -> Results:
    """The results that the last system on the way wrote: those lower down may be anybody's."""
    found: dict[str, list[str]] = {}
    by = ""
    for value in values(fields, "Authentication-Results"):
        parts = _without_comments(value[:_LONGEST]).split(";")
        who = (parts[0].split() or [""])[0]
        if by and who != by:
            break
        by = by or who or "?"
        for part in parts[1:]:
            match = _METHOD.match(part)
            if match:
                found.setdefault(match[1].lower(), []).append(match[2].lower())
    if "spf" not in found:
        for value in values(fields, "Received-SPF")[:1]:
            match = _RECEIVED_SPF.match(value)
            if match:
                found["spf"], by = [match[1].lower()], by or "the receiving server"
    return Results(by, {method: tuple(some) for method, some in found.items()})


def first_hop_at(fields: list[bytes]) -> datetime | None:
    """When the first server on the way took the message, by its own clock."""
    received = values(fields, "Received")
    if not received:
        return None
    try:
        at = parsedate_to_datetime(received[-1].rpartition(";")[2].strip()[:100])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else None


def _without_comments(text: str) -> str:
    kept: list[str] = []
    depth = 0
    is_escaped = False
    for character in text:
        if is_escaped:
            is_escaped = False
        elif character == "\\":
            is_escaped = True
        elif character == "(":
            depth += 1
        elif character == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            kept.append(character)
    return "".join(kept)
