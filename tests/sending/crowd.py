"""A crowd of readers, a newsletter on its way to them, and what became of it, for tests of whole processes."""

import contextlib
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from flask import Flask
from sqlalchemy import func, insert, select, text, update

import config
from campaigns import clock
from campaigns.audience.models import ContactMode, Membership, MembershipState, Subscriber
from campaigns.db import action, db, end_reading
from campaigns.delivery import ledger, queries
from campaigns.delivery.models import Batch
from campaigns.delivery.outcomes import Group
from campaigns.delivery.sandbox.store import Store
from tests import make
from tests.newsletters import compose

PATIENCE = 60.0
# To the sandbox.
CONNECTIONS = 4
READER = "example.net"


def gather(count: int) -> None:
    """So many confirmed readers of the first list, quickly."""
    now, list_id = clock.now(), make.first_list().id
    people = [
        {"id": number, "address": address(number), "address_key": address(number), "first_name": f"N{number}"}
        | {"last_name": "", "language": "en", "contact_mode": ContactMode.STANDARD, "created_at": now}
        for number in range(1, count + 1)
    ]
    places = [
        {"subscriber_id": number, "list_id": list_id, "state": MembershipState.CONFIRMED, "changed_at": now}
        for number in range(1, count + 1)
    ]
    db.session.execute(insert(Subscriber), people)
    db.session.execute(insert(Membership), places)
    db.session.commit()


def address(number: int) -> str:
    """Where the reader with that id gets mail."""
    return f"r{number}@{READER}"


def launch(count: int) -> int:
    """A newsletter, approved by a second person, on its way to so many readers; gives its run's id."""
    gather(count)
    run_id = compose.launched(*compose.people()).run_id
    assert run_id is not None
    end_reading()
    return run_id


def environment(app: Flask, sandbox_port: int) -> dict[str, str]:
    """For a process of its own on the same folder and database."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    own = {"DATA_DIR": str(config.load().data_dir), "DATABASE_URL": "" if url.startswith("sqlite") else url}
    return {**os.environ, **own, "SANDBOX_PORT": str(sandbox_port), "SMTP_TIMEOUT_MS": "5000"}


def scheduler(app: Flask, sandbox_port: int, log: Path) -> subprocess.Popen[bytes]:
    """A real scheduler process; it writes to the end of that file."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "scheduler"],
            cwd=config.ROOT,
            env=environment(app, sandbox_port),
            stdout=out,
            stderr=out,
        )


@contextlib.contextmanager
def lives(app: Flask, sandbox_port: int) -> Iterator[Callable[[], tuple[int, Callable[[], int]]]]:
    """Begin a life of a sender: gives its process, and a function that waits for its end and says how it ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.sending.lives"],
        cwd=config.ROOT,
        env=environment(app, sandbox_port),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as mother:
        stdin, stdout = mother.stdin, mother.stdout
        assert stdin is not None
        assert stdout is not None

        def begin() -> tuple[int, Callable[[], int]]:
            stdin.write("live\n")
            stdin.flush()
            return int(stdout.readline()), lambda: int(stdout.readline())

        try:
            yield begin
        finally:
            stdin.close()


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Look again and again until it is so; fails with those words when it takes too long."""
    overdue = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < overdue, f"{what} never happened"
        time.sleep(0.01)


def is_over(run_id: int) -> bool:
    """Whether whoever asked for the run was told of its end."""
    end_reading()
    return queries.get_run(run_id).is_settled


@action
def two_minutes_pass() -> None:
    """Every lease runs out, as it does two minutes after its holder died."""
    db.session.execute(update(Batch).where(Batch.claimed_until.is_not(None)).values(claimed_until=clock.now()))


def forget_jobs(app: Flask) -> None:
    """Leave nothing of these processes in the queue of the engine for many machines."""
    with app.app_context(), db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            for table in ("jobs", "periodic_defers", "workers"):
                connection.execute(text(f"TRUNCATE procrastinate_{table} CASCADE"))


class Mailboxes:
    """What the readers have: copies by address, Message-IDs by address."""

    def __init__(self, store: Store) -> None:
        store.sync()
        mine = [(entry, raw) for entry, raw in store.iter_raw() if entry.envelope_to[0].endswith(f"@{READER}")]
        self.copies = Counter(entry.envelope_to[0] for entry, _ in mine)
        self.identifiers: dict[str, set[str]] = {}
        for entry, raw in mine:
            head = raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
            found = [line for line in head if line.startswith("Message-ID: ")]
            self.identifiers.setdefault(entry.envelope_to[0], set()).update(found)

    @property
    def doubled(self) -> set[str]:
        """Who has more than one copy."""
        return {who for who, copies in self.copies.items() if copies > 1}


def uncertain(run_id: int) -> set[str]:
    """The addresses that the page of the newsletter lists as perhaps doubled."""
    end_reading()
    found: set[str] = set()
    pages = queries.deliveries(run_id, Group.TWICE).pages
    for page in range(1, pages + 1):
        found |= {address(row.recipient_id) for row in queries.deliveries(run_id, Group.TWICE, page).items}
    return found


def check_nobody_is_lost(run_id: int, count: int, store: Store, kills: int) -> Mailboxes:
    """Everyone has it; who has it twice is listed, under the same Message-ID, and they are few."""
    end_reading()
    mailboxes = Mailboxes(store)
    assert set(mailboxes.copies) == {address(number) for number in range(1, count + 1)}
    assert {len(found) for found in mailboxes.identifiers.values()} == {1}
    progress = queries.progress(run_id)
    assert (progress.sent, progress.failed, progress.skipped, progress.waiting) == (count, 0, 0, 0)
    assert mailboxes.doubled <= uncertain(run_id)
    assert sum(mailboxes.copies.values()) - count <= kills * (ledger.GROUP_SIZE + CONNECTIONS)
    assert len(uncertain(run_id)) <= kills * (ledger.GROUP_SIZE + CONNECTIONS)
    assert db.session.scalar(select(func.count()).select_from(Batch)) == 0
    return mailboxes
