"""What mail that comes back means for a person: when we stop writing to an address. Pure.

An address that does not exist stops at once; where mail arrived lately, a second failure on another day is awaited.
A full or closed mailbox stops after 3 days of failures over 30 days, a silent server after 5; an arrival starts anew.
What is at fault on our side never touches a person.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from campaigns.delivery.bounces.models import Bounce, BounceKind

LOOKED_AT = timedelta(days=180)
ARRIVED_LATELY = timedelta(days=90)
OVER = timedelta(days=30)
# A copy may still come back for so long after a server took it.
PROVEN_AFTER = timedelta(days=5)
MAILBOX_TIMES, MOMENT_TIMES = 3, 5


def must_stop(facts: Sequence[Bounce], arrived: Sequence[datetime], now: datetime) -> bool:
    """Whether the address is to be suppressed. `arrived` are instants at which copies were taken and stayed."""
    counted = [fact for fact in facts if fact.forgiven_at is None]
    if any(fact.kind == BounceKind.COMPLAINT for fact in counted):
        return True
    proven = [at for at in arrived if at <= now - PROVEN_AFTER]
    dead = {fact.at.date() for fact in counted if fact.kind == BounceKind.ADDRESS and fact.at > now - ARRIVED_LATELY}
    if len(dead) >= (2 if any(at > now - ARRIVED_LATELY for at in proven) else 1):
        return True
    since = max(proven, default=now - LOOKED_AT)
    later = [fact for fact in counted if fact.at > since]
    full = [fact.at for fact in later if fact.kind == BounceKind.MAILBOX]
    soft = [fact.at for fact in later if fact.kind in (BounceKind.MAILBOX, BounceKind.TEMPORARY, BounceKind.UNKNOWN)]
    return _often(full, MAILBOX_TIMES) or _often(soft, MOMENT_TIMES)


def _often(instants: Sequence[datetime], times: int) -> bool:
    """Whether it failed on so many days, and for long enough."""
    return len({at.date() for at in instants}) >= times and max(instants) - min(instants) >= OVER
