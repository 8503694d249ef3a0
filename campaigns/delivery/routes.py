"""Which mail server carries our mail now: the sandbox while the office practices, one of its own once it is live.

Of several, each gets the share of the mail that its weight says. One that fails is left alone for longer and longer,
and tried again by one sender at a time; meanwhile the others carry its share.
"""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import config
from campaigns import clock, tokens
from campaigns.delivery import queries, rules
from campaigns.delivery.actions import relays
from campaigns.delivery.models import Relay
from campaigns.delivery.smtp import SmtpServer
from campaigns.errors import OutsideError
from campaigns.staff.queries import get_organization

_SANDBOX_CONNECTIONS = 4


@dataclass(frozen=True)
class Route:
    """A mail server, whether it is the sandbox and else its row's number, and whether others take turns with it."""

    server: SmtpServer
    is_sandbox: bool
    relay_id: int | None = None
    has_others: bool = False

    @property
    def connections(self) -> int:
        """How many connections it may get at once."""
        return _SANDBOX_CONNECTIONS if self.is_sandbox else config.load().smtp_connections


class Rotation:
    """Gives each of several its turns by weight, evenly mixed: with 3 and 1 a, a, b, a and so on. Each process counts
    for itself."""

    def __init__(self) -> None:
        self._credit: dict[int, int] = {}
        self._lock = threading.Lock()

    def next(self, usable: Sequence[Relay]) -> Relay:
        """Whose turn it is among those that can be used now."""
        with self._lock:
            self._credit = {one.id: self._credit.get(one.id, 0) + one.weight for one in usable}
            chosen = max(usable, key=lambda one: self._credit[one.id])
            self._credit[chosen.id] -= sum(one.weight for one in usable)
            return chosen


_rotation = Rotation()


def present(without: Collection[int] = ()) -> Route:
    """The way mail takes now, through none of the mail servers named by number.

    Raises OutsideError when the office is live and has no mail server that can be used.
    """
    if get_organization().is_practice:
        return Route(sandbox(), is_sandbox=True)
    now = clock.now()
    found = queries.relays()
    if not found:
        raise OutsideError("No mail server is set. An administrator can add one under Settings, Mail servers.")
    if all(one.held_at for one in found):
        raise OutsideError(rules.ALL_HELD)
    usable = [one for one in found if rules.is_usable(one, now) and one.id not in without]
    while usable:
        chosen = _rotation.next(usable)
        if not chosen.failures or relays.try_again(chosen.id, chosen.resting_until, now):
            return Route(through(chosen), is_sandbox=False, relay_id=chosen.id, has_others=len(found) > 1)
        usable.remove(chosen)
    raise OutsideError(_resting(found, now))


def note_fault(route: Route, sentence: str, now: datetime) -> bool:
    """Leave the mail server of a route alone for a while; whether another one can carry the mail meanwhile."""
    if route.relay_id is None:
        return False
    relays.note_fault(route.relay_id, sentence, now)
    return any(rules.is_usable(one, now) for one in queries.relays())


def note_success(route: Route, now: datetime) -> None:
    """Write down that the mail server of a route does its work, where that is news."""
    if route.relay_id is not None and rules.is_news(queries.get_relay(route.relay_id), now):
        relays.note_success(route.relay_id, now)


def _resting(found: Sequence[Relay], now: datetime) -> str:
    """Why there is no way, when each server that is not held fails."""
    first = min((one for one in found if not one.held_at), key=lambda one: one.resting_until or now)
    told = f" It is tried again {rules.wait_words(first.resting_until, now)}." if first.resting_until else ""
    if sum(not one.held_at for one in found) == 1:
        return f"{first.trouble}{told}"
    return f"None of the mail servers works. The next to be tried is {first.name}: {first.trouble}{told}"


def sandbox() -> SmtpServer:
    """The built-in sandbox on loopback."""
    settings = config.load()
    return SmtpServer("127.0.0.1", settings.sandbox_port, "none", "", "", settings.smtp_timeout_ms)


def through(row: Relay) -> SmtpServer:
    """A relay with its password opened; raises OutsideError when this installation's key does not open it."""
    password = tokens.decrypt("relay", row.password_sealed) if row.password_sealed else ""
    if password is None:
        raise OutsideError("The password of the mail server can no longer be read. Please enter it again.", "failed")
    timeout = config.load().smtp_timeout_ms
    return SmtpServer(row.host, row.port, row.security, row.username, password, timeout)
