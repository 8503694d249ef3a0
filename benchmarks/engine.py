"""A sender in a process of its own, for `bench send`: on either database, its memory, its launch, a page beside it.

Reads commands, one a line, and answers each with one line of JSON: `send PORT PEOPLE`, `launch PORT PEOPLE`, `page N`.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

import config
from benchmarks import send
from campaigns import clock
from campaigns.app import create_app
from campaigns.audience import queries as audience
from campaigns.db import db, end_reading
from campaigns.delivery import sender
from campaigns.delivery.models import Run
from campaigns.delivery.recipients import Recipient
from campaigns.delivery.smtp import SmtpServer
from campaigns.staff.models import Role, RoleName, User
from campaigns.start.actions import install

SET_UP = "import config; from campaigns.migrations.run import upgrade; upgrade(config.load())"
GATHER = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
    "INSERT INTO subscriber (id, address, address_key, first_name, last_name, language, contact_mode, "
    "created_at, is_sample, version) "
    "SELECT i, 'r' || i || '@example.net', 'r' || i || '@example.net', 'N', '', 'en', 'standard', "
    "'2026-01-01 00:00:00.000000', FALSE, 1 FROM n"
)
PLACES = (
    "INSERT INTO membership (subscriber_id, list_id, state, changed_at) "
    "SELECT id, :list_id, 'confirmed', created_at FROM subscriber"
)


class Readers(send.People):
    """The people of a list, asked of the database as a newsletter asks."""

    def __init__(self, count: int, list_id: int) -> None:
        super().__init__(count)
        self.list_id = list_id

    def next_ids(self, run: Run, after: int, n: int) -> list[int]:
        """The next confirmed ones."""
        return audience.audience_ids([self.list_id], [], after, n, run.created_at, run.max_id)

    def read(self, _run: Run, ids: list[int]) -> list[Recipient]:
        """Addresses as they stand."""
        return [
            Recipient(one.id, one.address, "", "en", send.person(one.id).values) for one in audience.recipients(ids)
        ]


def peak_mb() -> float:
    """The most memory this process has had; what `resource` says would begin with that of the process it came from."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def do_send(port: int, people: int) -> dict[str, float]:
    """The program's own way, and what it took of this process."""
    figure = send.measure(send.pipelined, BENCH, SmtpServer("127.0.0.1", port, "none"), people)
    return {"rate": figure.rate, "cpu_us": figure.cpu_us, "peak_mb": peak_mb()}


def do_launch(port: int, people: int) -> dict[str, float]:
    """From the launch to the first answer of the mail server, in seconds, with so many on the list."""
    list_id = db.session.execute(text("SELECT min(id) FROM mailing_list")).scalar_one()
    if not db.session.execute(text("SELECT count(*) FROM subscriber")).scalar_one():
        db.session.execute(text(GATHER), {"count": people})
        db.session.execute(text(PLACES), {"list_id": list_id})
        db.session.commit()
        db.session.execute(text("ANALYZE"))
    db.session.commit()
    first: list[float] = []

    class Watched(Readers):
        """Ends the sending once the first group has been answered."""

        def may_send(self, _run: Run, ids: list[int], _now: datetime) -> set[int]:
            """Everybody of the first group."""
            if ids[0] > 1:
                first.append(time.perf_counter())
                STOP.set()
            return set(ids)

    began = time.perf_counter()
    BENCH.launch(people)
    with send.through(SmtpServer("127.0.0.1", port, "none")):
        sender.work({"bench": Watched(people, list_id)}, lambda: False, STOP, "bench")
    end_reading()
    return {"seconds": (first or [time.perf_counter()])[0] - began}


def do_page(count: int) -> dict[str, float]:
    """How long a page of the staff takes, in milliseconds: the middle, and what one in twenty takes at least."""
    user = db.session.query(User).first()
    if user is None:
        roles = db.session.query(Role).filter(Role.name == str(RoleName.ADMINISTRATOR)).all()
        known = {"email": "ana@example.org", "name": "Ana", "active": True, "fs_uniquifier": "bench", "roles": roles}
        user = User(password=None, confirmed_at=clock.now(), created_at=clock.now(), **known)
        db.session.add(user)
        db.session.commit()
    client = APP.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = user.fs_uniquifier, True
    took = []
    for _ in range(count):
        began = time.perf_counter()
        assert client.get("/newsletters").status_code == 200
        took.append((time.perf_counter() - began) * 1000)
    return {"median_ms": statistics.median(took), "p95_ms": statistics.quantiles(took, n=20)[-1]}


def main() -> None:
    """Answer until the input ends."""
    print(json.dumps({"ready": os.getpid()}), flush=True)
    for line in sys.stdin:
        name, *numbers = line.split()
        print(json.dumps(DO[name](*map(int, numbers))), flush=True)


DO = {"send": do_send, "launch": do_launch, "page": do_page}

if __name__ == "__main__":
    import threading

    STOP = threading.Event()
    # As in the program: who sends did not set up the tables, and does not have in memory what that takes.
    subprocess.run([sys.executable, "-c", SET_UP], check=True)
    APP = create_app(config.load())
    with APP.app_context():
        if not db.session.execute(text("SELECT count(*) FROM organization")).scalar_one():
            install(clock.now())
        db.session.remove()
        BENCH = send.Bench()
        BENCH.refs = iter(range(os.getpid() * 1_000, os.getpid() * 1_000 + 999))
        main()
