"""Writes about the mail servers that carry our mail; a password rests encrypted and is never shown again."""

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from campaigns import tokens
from campaigns.db import action, db
from campaigns.delivery import rules
from campaigns.delivery.limits import limit_faults, wake
from campaigns.delivery.models import Relay, Security
from campaigns.errors import Conflict, Invalid, NotFound, Refused
from campaigns.markup import one_line
from campaigns.staff import audit

HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Wanted:
    """What a person says about a mail server. Without a name it is called as its host; an empty password keeps the
    stored one for the same host and user."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""
    name: str = ""
    weight: int = 1
    hour_limit: int | None = None
    day_limit: int | None = None


@action
def add(wanted: Wanted, user_id: int, now: datetime) -> int:
    """Add a mail server, untested; returns its number. Raises Invalid."""
    relay = Relay(version=0)
    _write(relay, wanted)
    db.session.add(relay)
    db.session.flush()
    _record(relay, "relay.added", user_id, now)
    return relay.id


@action
def change(relay_id: int, wanted: Wanted, version: int, user_id: int, now: datetime) -> None:
    """Change a mail server; where the connection changes it counts as untested. Raises Invalid; Conflict when somebody
    saved since `version`."""
    relay = _get(relay_id)
    if relay.version != version:
        raise Conflict("Somebody else changed this mail server while you were writing. Nothing of yours was saved.")
    before = _connection(relay)
    _write(relay, wanted)
    if wanted.password or _connection(relay) != before:
        relay.tested_at = None
        _forget_trouble(relay)
    _record(relay, "relay.changed", user_id, now)


@action
def record_test(relay_id: int, version: int, user_id: int, now: datetime) -> None:
    """Note that the mail server took a message; nothing happens when it was changed in the meantime."""
    relay = db.session.get(Relay, relay_id, with_for_update=True)
    if relay is not None and relay.version == version:
        relay.tested_at = now
        _forget_trouble(relay)
        _record(relay, "relay.tested", user_id, now)


@action
def hold(relay_id: int, user_id: int, now: datetime) -> None:
    """Give a mail server nothing for now; what it has at this moment it still carries."""
    relay = _get(relay_id)
    relay.held_at = relay.held_at or now
    _record(relay, "relay.held", user_id, now)


@action
def release(relay_id: int, user_id: int, now: datetime) -> None:
    """Let a held mail server work again. Raises Refused when its password is missing."""
    relay = _get(relay_id)
    if relay.username and not relay.password_sealed:
        raise Refused("Its password was forgotten when it was retired. Enter it again first.")
    relay.held_at = None
    _forget_trouble(relay)
    _record(relay, "relay.released", user_id, now)


@action
def retire(relay_id: int, user_id: int, now: datetime) -> None:
    """Use a mail server no longer. Its password is forgotten. Raises Refused for the last one."""
    relay = _get(relay_id)
    others = db.session.query(Relay.id).filter(Relay.retired_at.is_(None), Relay.id != relay_id).first()
    if others is None and relay.retired_at is None:
        raise Refused("This is the only mail server. Add another one first, or put this one on hold.")
    relay.retired_at, relay.password_sealed, relay.tested_at = relay.retired_at or now, "", None
    relay.version += 1
    _record(relay, "relay.retired", user_id, now)


@action
def restore(relay_id: int, user_id: int, now: datetime) -> None:
    """Bring a retired mail server back, on hold: its password has to be entered again."""
    relay = _get(relay_id)
    if relay.retired_at is not None:
        relay.retired_at, relay.held_at = None, now
        _forget_trouble(relay)
        relay.version += 1
        _record(relay, "relay.restored", user_id, now)


@action
def try_again(relay_id: int, resting_until: datetime | None, now: datetime) -> bool:
    """Take it upon us to try a mail server that failed before; False when another sender does."""
    relay = db.session.get(Relay, relay_id, with_for_update=True)
    if relay is None or relay.resting_until != resting_until or not rules.is_usable(relay, now):
        return False
    relay.resting_until = now + rules.TRIAL
    return True


@action
def note_fault(relay_id: int, sentence: str, now: datetime) -> None:
    """Remember that a mail server did not serve us, and leave it alone, the longer the more often."""
    relay = db.session.get(Relay, relay_id, with_for_update=True)
    if relay is not None:
        relay.failures += 1
        relay.resting_until = rules.server_try_at(relay.failures, now)
        relay.trouble, relay.trouble_at = rules.told(sentence), now


@action
def note_success(relay_id: int, now: datetime) -> None:
    """Remember that a mail server does its work."""
    values = {"failures": 0, "resting_until": None, "carried_at": now}
    db.session.execute(update(Relay).where(Relay.id == relay_id).values(values))


def _get(relay_id: int) -> Relay:
    relay = db.session.get(Relay, relay_id, with_for_update=True)
    if relay is None:
        raise NotFound("We could not find that mail server.")
    return relay


def _write(relay: Relay, wanted: Wanted) -> None:
    host, username = wanted.host.strip().rstrip(".").lower(), wanted.username.strip()
    _check(host, username, wanted)
    relay.password_sealed = _sealed(relay, host, username, wanted.password)
    relay.name = one_line(wanted.name)[:100] or host
    relay.host, relay.port, relay.security, relay.username = host, wanted.port, wanted.security, username
    relay.weight, relay.hour_limit, relay.day_limit = wanted.weight, wanted.hour_limit, wanted.day_limit
    relay.version += 1


def _check(host: str, username: str, wanted: Wanted) -> None:
    faults = {}
    if not (HOST.fullmatch(host) or _is_ip(host)):
        faults["host"] = "Enter the name of the mail server, like mail.example.org."
    if not 1 <= wanted.port <= 65_535:
        faults["port"] = "Enter a number from 1 to 65535; 587 and 465 are usual."
    if wanted.security not in list(Security):
        faults["security"] = "Choose how the connection is protected."
    elif wanted.security == Security.NONE and username and host not in LOOPBACK:
        faults["security"] = "We do not send a password without encryption. Choose STARTTLS or TLS."
    if not 1 <= wanted.weight <= 100:
        faults["weight"] = "Enter a number from 1 to 100."
    faults |= limit_faults(wanted.hour_limit, wanted.day_limit)
    if faults:
        raise Invalid(faults)


def _sealed(relay: Relay, host: str, username: str, password: str) -> str:
    if password:
        return tokens.encrypt("relay", password)
    is_same = relay.host == host and relay.username == username
    if username and not (is_same and relay.password_sealed):
        # Otherwise whoever may change the server could have the stored password sent to a server of their own.
        raise Invalid({"password": "Enter the password for this server and user name."})
    return relay.password_sealed if username else ""


def _connection(relay: Relay) -> tuple[object, ...]:
    return relay.host, relay.port, relay.security, relay.username


def _forget_trouble(relay: Relay) -> None:
    relay.failures, relay.resting_until, relay.trouble, relay.trouble_at = 0, None, "", None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _record(relay: Relay, what: str, user_id: int, now: datetime) -> None:
    wake(db.session())
    audit.add(db.session(), user_id=user_id, action=what, object_kind="relay", object_id=relay.id, now=now)
