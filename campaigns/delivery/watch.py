"""Looks at refusals that say something of all our mail, and says when going on would make it worse. Pure.

Kept with the run, so that every sender and every restart knows the same: of each domain that refused us how its last
200 copies went, and when the last refusals came. A domain is followed from its first refusal on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

WINDOW = 200
# More than 2 % of a domain's last 200, or more than 50 in ten minutes.
MOST_OF_DOMAIN = WINDOW * 2 // 100
MOST_AT_ONCE = 50
AT_ONCE_S = 600
MOST_DOMAINS = 100


@dataclass(frozen=True)
class Seen:
    """What a server said to one copy; `sentence` is the cause of an alarming refusal, "" otherwise."""

    domain: str
    at: datetime
    sentence: str = ""


def after(watch: dict[str, Any] | None, seen: Iterable[Seen]) -> tuple[dict[str, Any] | None, str]:
    """The watch with what was seen, and the sentence that says why to stop, "" to go on; None before any alarm."""
    domains: dict[str, str] = dict((watch or {}).get("domains", {}))
    times: list[float] = list((watch or {}).get("times", []))
    reason = ""
    for one in seen:
        if one.domain in domains or (one.sentence and _has_room(domains)):
            domains[one.domain] = (domains.get(one.domain, "") + ("x" if one.sentence else "."))[-WINDOW:]
        if one.sentence:
            times = [*times, one.at.timestamp()][-MOST_AT_ONCE - 1 :]
            reason = reason or _reason(one, domains.get(one.domain, ""), times)
    return ({"domains": domains, "times": times} if times else None), reason


def _has_room(domains: dict[str, str]) -> bool:
    """Whether another domain can be followed; one that has taken our mail for long is forgotten for it."""
    if len(domains) < MOST_DOMAINS:
        return True
    quiet = next((domain for domain, past in domains.items() if "x" not in past[-WINDOW // 2 :]), None)
    return quiet is not None and bool(domains.pop(quiet))


def _reason(one: Seen, past: str, times: list[float]) -> str:
    refused = past.count("x")
    if refused > MOST_OF_DOMAIN:
        return (
            f"Stopped by itself: of the last {len(past)} copies to {one.domain}, {refused} were refused for a reason "
            f"that lies with us and not with the readers. {one.sentence}"
        )
    if len(times) > MOST_AT_ONCE and times[-1] - times[0] <= AT_ONCE_S:
        return (
            f"Stopped by itself: more than {MOST_AT_ONCE} copies were refused within ten minutes for reasons that lie "
            f"with us and not with the readers. The last one: {one.sentence}"
        )
    return ""
