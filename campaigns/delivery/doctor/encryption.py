"""Whether our way to the mail server is encrypted, and for how long its certificate lasts."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from campaigns.delivery.doctor.findings import Finding, Level, Topic
from campaigns.delivery.servers import SmtpServer
from campaigns.delivery.smtp import Connection
from campaigns.errors import OutsideError

SOON = timedelta(days=14)
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_PATIENCE_MS = 10_000


def check(server: SmtpServer | None, now: datetime) -> list[Finding]:
    """Findings about the connection; connects, signs in and says goodbye."""
    if server is None:
        text = "Until one is set, mail stays in the sandbox."
        return [_finding(Level.STOP, "No mail server is set", text, "Add one under Settings, Mail servers.")]
    patient = replace(server, timeout_ms=min(server.timeout_ms, _PATIENCE_MS))
    try:
        with Connection(patient) as connection:
            connection.check()
            facts = connection.encryption()
    except OutsideError as error:
        title = f"We could not speak to {server.host}"
        return [_finding(Level.STOP, title, str(error), "Look at the values under Settings, Mail servers.")]
    if facts is None:
        return [_plain(server.host)]
    return [_encrypted(server.host, facts[0], facts[1], now)]


def _plain(host: str) -> Finding:
    if host in _HERE:
        text = "It is on this machine, so nothing crosses a network."
        return _finding(Level.GOOD, f"{host} needs no encryption", text)
    text = "Whoever can listen on the network reads every address and every text."
    return _finding(Level.STOP, f"Mail goes to {host} without encryption", text, "Choose STARTTLS or TLS.")


def _encrypted(host: str, version: str, ends: str, now: datetime) -> Finding:
    title = f"Mail goes to {host} encrypted"
    ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None
    if ends_at is not None and ends_at - now < SOON:
        days = max((ends_at - now).days, 0)
        text = f"The certificate ends in {days} day{'' if days == 1 else 's'}; after that nothing leaves."
        return _finding(Level.CAUTION, f"The certificate of {host} ends soon", text, "Have it renewed.")
    until = f" until {ends_at:%B} {ends_at.day}, {ends_at.year}" if ends_at else ""
    return _finding(Level.GOOD, title, f"{version}, with a certificate that this machine trusts{until}.")


def _finding(level: Level, title: str, text: str, todo: str = "") -> Finding:
    return Finding(Topic.ENCRYPTION, level, title, text, todo)
