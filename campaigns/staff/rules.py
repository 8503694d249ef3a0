"""Who may do what, how long somebody waits who mistyped, what an organization must say. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from campaigns.staff.models import RoleName

GRANTS: dict[RoleName, frozenset[RoleName]] = {
    RoleName.VIEWER: frozenset({RoleName.VIEWER}),
    RoleName.WRITER: frozenset({RoleName.VIEWER, RoleName.WRITER}),
    RoleName.APPROVER: frozenset({RoleName.VIEWER, RoleName.WRITER, RoleName.APPROVER}),
    RoleName.LIST_KEEPER: frozenset({RoleName.VIEWER, RoleName.LIST_KEEPER}),
    RoleName.ADMINISTRATOR: frozenset(RoleName),
}

# What each role lets a person do, in plain verbs; the order is the one of the tick boxes.
VERBS: dict[RoleName, tuple[str, str]] = {
    RoleName.VIEWER: ("Look", "See the calendar, newsletters and reports. Changes nothing."),
    RoleName.WRITER: ("Write", "Write newsletters and plan campaigns."),
    RoleName.APPROVER: ("Approve and send", "Approve what others wrote, send it, and pause everything."),
    RoleName.LIST_KEEPER: ("Look after the mailing list", "See, add, import and export subscribers."),
    RoleName.ADMINISTRATOR: ("Administer", "Invite people, change all settings, and everything above."),
}

FREE_TRIES = 5
REMEMBER_TRIES = timedelta(hours=24)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15))
NETWORK_TRIES = 30
NETWORK_WINDOW = timedelta(minutes=15)
RESETS_AN_HOUR = 3
NETWORK_RESETS_AN_HOUR = 10

INVITATION_LASTS = timedelta(days=7)
FIRST_LINK_LASTS = timedelta(days=7)
SIGN_IN_LINK_LASTS = timedelta(hours=1)
ADDRESS_LINK_LASTS = timedelta(hours=24)

_OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")


def has_role(user: Any, role: RoleName) -> bool:
    """Whether an account holds a role, or one that includes it; nobody signed in holds none."""
    if not getattr(user, "is_authenticated", False):
        return False
    return any(role in GRANTS.get(RoleName(held.name), frozenset()) for held in user.roles)


def wait_of_account(tries: Sequence[datetime], now: datetime) -> timedelta:
    """How long an account must wait after those failed tries, of which any number may be old: longer each time."""
    recent = sorted(at for at in tries if at > now - REMEMBER_TRIES)
    if len(recent) < FREE_TRIES:
        return timedelta(0)
    step = WAITS[min(len(recent) - FREE_TRIES, len(WAITS) - 1)]
    return max(timedelta(0), recent[-1] + step - now)


def wait_of_network(tries: Sequence[datetime], now: datetime) -> timedelta:
    """How long a network must wait: until it has fewer than 30 failures within 15 minutes."""
    recent = sorted(at for at in tries if at > now - NETWORK_WINDOW)
    if len(recent) < NETWORK_TRIES:
        return timedelta(0)
    return max(timedelta(0), recent[-NETWORK_TRIES] + NETWORK_WINDOW - now)


def is_own_path(target: str) -> bool:
    """Whether an address leads to a page of ours whatever a browser makes of it: a path that begins with one slash."""
    return _OWN_PATH.fullmatch(target) is not None


def is_web_address(text: str, needs_https: bool = False) -> bool:
    """Whether a text is a plain web address, without a password, a query or a fragment in it."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    known = ("https",) if needs_https else ("https", "http")
    has_host = bool(parts.hostname) and "@" not in parts.netloc and not re.search(r"[\s\x00-\x1f\\]", text)
    return parts.scheme in known and has_host and not parts.query and not parts.fragment
