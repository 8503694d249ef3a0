"""Tries to sign in and to reset a password, and what the audit log keeps of them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete

from campaigns.clock import DAY
from campaigns.db import action, db
from campaigns.staff import audit, rules, throttle
from campaigns.staff.models import Organization, StaffLink
from campaigns.web import limits

HOUR = timedelta(hours=1)
KEEP_LINKS = timedelta(days=30)


@action
def begin(account: str, network: str, now: datetime) -> timedelta:
    """Ask to try a password: zero, and the try is noted as failed until `succeed`; or how long to wait, in which
    case nothing is noted."""
    _one_at_a_time()
    wait = throttle.wait(account, network, now)
    if not wait:
        throttle.add(db.session(), account, network, now)
    return wait


@action
def succeed(account: str, network: str) -> None:
    """The try that began last was right."""
    throttle.withdraw(db.session(), account, network)


@action
def begin_reset(account: str, network: str, now: datetime) -> bool | None:
    """Ask for a reset mail: True when one may be sent, False when this account had enough, None when the network had.

    The answer to the person is the same for True and False.
    """
    _one_at_a_time()
    session = db.session()
    if limits.count(throttle.RESET_NETWORK, network, now - HOUR) >= rules.NETWORK_RESETS_AN_HOUR:
        return None
    asked = limits.count(throttle.RESET, account, now - HOUR)
    for kind, key in ((throttle.RESET, account), (throttle.RESET_NETWORK, network)):
        limits.purge(session, kind, now - DAY)
        limits.add(session, kind, key, now)
    return asked < rules.RESETS_AN_HOUR


@action
def note(user_id: int, what: str, now: datetime, details: dict[str, Any] | None = None) -> None:
    """Write one thing that somebody did to their own account into the audit log."""
    audit.add(
        db.session(), user_id=user_id, action=what, object_kind="user", object_id=user_id, details=details, now=now
    )


@action
def purge(now: datetime) -> None:
    """Forget tries after a day, whether or not anybody tries again, and links long after they stopped working."""
    session = db.session()
    for kind in (throttle.ACCOUNT, throttle.NETWORK, throttle.RESET, throttle.RESET_NETWORK):
        limits.purge(session, kind, now - DAY)
    session.execute(delete(StaffLink).where(StaffLink.expires_at < now - KEEP_LINKS))


def _one_at_a_time() -> None:
    # On PostgreSQL two tries at the same instant would both count the tries before them.
    db.session.get(Organization, 1, with_for_update=True)
