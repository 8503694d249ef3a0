"""Token buckets: how many mails a limit still allows, and when the next may leave. Pure.

A token comes back once its hour, or its day, is over, so that no span of that length ever sees more mails than the
limit. Takes are counted by slots of a minute, or of a quarter of an hour: a token comes back at most so much late.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

# (number of the slot since 1970, tokens taken in it), the oldest first.
Takes = Sequence[Sequence[int]]


class Span(StrEnum):
    """What a limit is counted over."""

    HOUR = "hour"
    DAY = "day"


_SECONDS = {Span.HOUR: 3_600, Span.DAY: 86_400}
_SLOT = {Span.HOUR: 60, Span.DAY: 900}


@dataclass(frozen=True)
class Limit:
    """At most `most` mails in any hour, or day, for whatever `key` names: "relay:3", "domain:example.com"."""

    key: str
    span: Span
    most: int


Filled = Mapping[tuple[str, Span], Takes]


def kept(takes: Takes, span: Span, now: datetime) -> list[list[int]]:
    """The takes whose tokens have not come back yet."""
    oldest = int(now.timestamp()) - _SECONDS[span]
    return [[slot, count] for slot, count in takes if (slot + 1) * _SLOT[span] > oldest]


def taken(takes: Takes, span: Span, count: int, now: datetime) -> list[list[int]]:
    """The takes with so many more at this moment; fewer when `count` is negative and tokens are given back."""
    found = kept(takes, span, now)
    slot = int(now.timestamp()) // _SLOT[span]
    if count < 0:
        return _given_back(found, -count)
    if found and found[-1][0] >= slot:
        found[-1][1] += count
        return found
    return [*found, [slot, count]]


def free(limit: Limit, takes: Takes, now: datetime) -> int:
    """How many tokens are left."""
    return max(0, limit.most - sum(count for _, count in kept(takes, limit.span, now)))


def free_at(limit: Limit, takes: Takes, now: datetime) -> datetime:
    """When the next token can be had: now when one is left."""
    found = kept(takes, limit.span, now)
    over = sum(count for _, count in found) - limit.most
    for slot, count in found if over >= 0 else []:
        over -= count
        if over < 0:
            return datetime.fromtimestamp((slot + 1) * _SLOT[limit.span] + _SECONDS[limit.span], UTC)
    return now


def _given_back(found: list[list[int]], count: int) -> list[list[int]]:
    for take in reversed(found):
        back = min(count, take[1])
        take[1] -= back
        count -= back
    return [take for take in found if take[1] > 0]


@dataclass(frozen=True)
class Share:
    """What of a group may leave: the places that got tokens, those set aside because their domain is at its limit, and
    how many places were dealt with at all. What lies beyond waits for tokens of the mail server."""

    granted: list[int]
    aside: list[int]
    reached: int


def share(domains: Sequence[str], relay_left: int | None, domain_left: Mapping[str, int]) -> Share:
    """Deal tokens out in order: `domains` are those of the group, None is no limit of the mail server.

    Whose domain has no token left is set aside and holds nobody up. An empty domain needs none.
    """
    left, granted, aside = dict(domain_left), [], []
    for place, domain in enumerate(domains):
        if not domain:
            granted.append(place)
        elif left.get(domain, 1) <= 0:
            aside.append(place)
        elif relay_left is not None and relay_left <= 0:
            return Share(granted, aside, place)
        else:
            granted.append(place)
            if domain in left:
                left[domain] -= 1
            if relay_left is not None:
                relay_left -= 1
    return Share(granted, aside, len(domains))
