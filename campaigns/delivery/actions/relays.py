"""Writes about the mail server that carries our mail; its password rests encrypted and is never shown again."""

import ipaddress
import re
from datetime import datetime

from sqlalchemy import select

from campaigns import tokens
from campaigns.db import action, db
from campaigns.delivery.models import Relay, Security
from campaigns.errors import Conflict, Invalid
from campaigns.staff import audit

HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@action
def save(
    host: str, port: int, security: str, username: str, password: str, version: int, user_id: int, now: datetime
) -> None:
    """Set the mail server; it counts as untested. An empty password keeps the stored one for the same host and user.

    `version` 0 means that there was none. Raises Invalid; Conflict when somebody saved since.
    """
    relay = db.session.scalar(select(Relay).order_by(Relay.id).limit(1).with_for_update())
    if (relay.version if relay else 0) != version:
        raise Conflict("Somebody else changed the mail server while you were writing. Nothing of yours was saved.")
    host, username = host.strip().rstrip(".").lower(), username.strip()
    _check(host, port, security, username)
    if relay is None:
        relay = Relay(name=host, host=host, port=port, security=security, version=0)
        db.session.add(relay)
    relay.password_sealed = _sealed(relay, host, username, password)
    relay.name, relay.host, relay.port, relay.security, relay.username = host, host, port, security, username
    relay.tested_at = None
    relay.version += 1
    db.session.flush()
    _record(relay, "relay.changed", user_id, now)


@action
def record_test(relay_id: int, version: int, user_id: int, now: datetime) -> None:
    """Note that the mail server took a message; nothing happens when it was changed in the meantime."""
    relay = db.session.get(Relay, relay_id, with_for_update=True)
    if relay is not None and relay.version == version:
        relay.tested_at = now
        _record(relay, "relay.tested", user_id, now)


def _check(host: str, port: int, security: str, username: str) -> None:
    faults = {}
    if not (HOST.fullmatch(host) or _is_ip(host)):
        faults["host"] = "Enter the name of the mail server, like mail.example.org."
    if not 1 <= port <= 65_535:
        faults["port"] = "Enter a number from 1 to 65535; 587 and 465 are usual."
    if security not in list(Security):
        faults["security"] = "Choose how the connection is protected."
    elif security == Security.NONE and username and host not in LOOPBACK:
        faults["security"] = "We do not send a password without encryption. Choose STARTTLS or TLS."
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


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _record(relay: Relay, what: str, user_id: int, now: datetime) -> None:
    audit.add(db.session(), user_id=user_id, action=what, object_kind="relay", object_id=relay.id, now=now)
