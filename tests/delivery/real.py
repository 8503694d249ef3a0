"""Mail servers on loopback that count as real: the office is live, and each has a row."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from campaigns import clock
from campaigns.db import db
from campaigns.delivery import queries
from campaigns.delivery.actions import relays
from campaigns.delivery.actions.relays import Wanted
from campaigns.delivery.models import Relay
from campaigns.delivery.sandbox.script import Script
from campaigns.delivery.sandbox.server import SandboxServer


@contextmanager
def server(folder: Path, script: Script | None = None, **values: object) -> Iterator[tuple[SandboxServer, int]]:
    """A mail server, and the number of its row."""
    with SandboxServer(folder, script) as running:
        yield running, add(running.port, **values)


def add(port: int, **values: object) -> int:
    """A row for a mail server at that port; gives its number."""
    return relays.add(Wanted("127.0.0.1", port, "none", **values), 1, clock.now())  # type: ignore[arg-type]


def row(relay_id: int) -> Relay:
    """The row as it is now."""
    db.session.expire_all()
    return queries.get_relay(relay_id)
