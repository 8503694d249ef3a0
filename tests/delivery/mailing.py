"""A mailing to made-up people for tests of sending, and the mail server that takes it."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update

import config
from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery import mime, runs, sender
from campaigns.delivery.models import Retry, Run
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.delivery.sender import Recipient

OWNER = "test"


class People:
    """A source of so many made-up people."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.forbidden: set[int] = set()
        self.ended: list[int] = []

    def next_ids(self, run: Run, after: int, n: int) -> list[int]:
        return list(range(after + 1, min(self.count, after + n, run.max_id) + 1))

    def read(self, _run: Run, ids: list[int]) -> list[Recipient]:
        return [Recipient(i, f"p{i}@example.org", f"Person {i}", "en", {"first_name": f"N{i}"}) for i in ids]

    def may_send(self, _run: Run, ids: list[int], _now: datetime) -> set[int]:
        return set(ids) - self.forbidden

    def finished(self, run: Run, _now: datetime) -> None:
        self.ended.append(run.id)


@action
def launch(count: int, leaves_uncertain: bool = False) -> int:
    form = mime.Form(
        subject="News",
        html=f"<p>{mime.slot('first_name')}</p>",
        text=mime.slot("first_name"),
        from_name="Office",
        from_address="news@example.org",
    )
    return runs.add(
        db.session(),
        kind="test",
        ref=1,
        forms={"en": form},
        max_id=count,
        expected=count,
        leaves_uncertain=leaves_uncertain,
        now=clock.now(),
    ).id


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    """A sandbox of this test's own, to which all mail goes."""
    with SandboxServer(tmp_path / "mail") as running:
        point_to(running, monkeypatch)
        yield running


def point_to(running: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config.load().model_copy(update={"sandbox_port": running.port, "smtp_timeout_ms": 30_000})
    monkeypatch.setattr(config, "load", lambda: settings)


def work(source: People, stop: threading.Event | None = None, paused: bool = False) -> int:
    return sender.work({"test": source}, lambda: paused, stop or threading.Event(), OWNER)


def work_off(source: People) -> None:
    """Work until nothing is left to do."""
    while work(source):
        pass


def arrived(running: SandboxServer) -> Counter[str]:
    running.store.sync()
    return Counter(entry.envelope_to[0] for entry, _raw in running.store.iter_raw())


@action
def make_retries_due() -> None:
    db.session.execute(update(Retry).values(next_at=clock.now()))


@action
def forget_faults() -> None:
    db.session.execute(update(Run).values(next_try_at=None))
