"""What a request of a provider holds, whoever it is: the facts in it and the name of the request."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.delivery import marks
from campaigns.delivery.bounces import intake, judging
from campaigns.delivery.bounces.facts import Fact
from campaigns.delivery.bounces.models import BounceKind
from campaigns.delivery.bounces.return_path import mark_in
from campaigns.errors import Refused

MOST_EVENTS = 1_000


@dataclass(frozen=True)
class Told:
    """A request that proved who sent it; `key` is the same when it is sent again."""

    key: str
    facts: list[Fact]


def loaded(body: bytes) -> Any:
    """The body as JSON; raises Refused."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("This is no JSON that we can read.") from error


def fact(
    source: str,
    report: object,
    address: object,
    whole: object,
    now: datetime,
    *,
    kind: BounceKind | None = None,
    diagnostic: object = "",
    status: object = "",
) -> Fact:
    """One event as a fact. Without a `kind` the server's words decide; `whole` is searched for a mark of ours."""
    words, code = str(diagnostic or "")[:2000], str(status or "")[:20]
    found = judging.judge(words, code if re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", code) else "", "")
    mark = mark_in(marks.MARK.findall(json.dumps(whole)[:100_000].lower()), now)
    return Fact(
        kind or found.kind,
        source,
        str(report)[:300],
        mark.run_id if mark else None,
        mark.recipient_id if mark else None,
        intake.fingerprint_of(str(address or "")[:300]),
        found.code,
        found.status,
        intake.redacted(words),
    )


def dicts(value: object) -> Iterable[dict[str, Any]]:
    """The objects in a list, or the one object; anything else is left out."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items[:MOST_EVENTS] if isinstance(item, dict)]


def part(value: object, name: str) -> dict[str, Any]:
    """An object within an object, or an empty one."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def check_age(stamp: str, now: datetime, seconds: int) -> None:
    """Raise Refused unless a Unix time is within so many seconds of now."""
    try:
        age = abs(now.timestamp() - float(stamp))
    except (ValueError, OverflowError) as error:
        raise Refused("The request does not say when it was made.") from error
    if not age <= seconds:
        raise Refused("The request is too old, or a clock is wrong.")
