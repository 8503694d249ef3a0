"""Killed with kill -9 and started again, the program loses nobody: real processes, a real mail server."""

import contextlib
import os
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import config
from campaigns import facts
from campaigns.db import db, end_reading
from campaigns.delivery.sandbox.script import Drop
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.delivery.sandbox.store import Store
from tests.sending import crowd
from tests.test_run import Program, members, wait_for_the_end_of

pytestmark = pytest.mark.processes

SEED = 20_240_229
STATES = ("MAIL", "RCPT", "DATA", "body", "stored")


@pytest.fixture(autouse=True)
def tidy(app: Flask) -> Iterator[None]:
    """The data folder as it was before: other tests read what the processes write down there."""
    folder = config.load().data_dir
    before = set(folder.rglob("*"))
    yield
    for path in set(folder.rglob("*")) - before:
        if path.is_file() and not path.name.startswith("outreach.sqlite"):
            path.unlink()
    crowd.forget_jobs(app)


class Reaper:
    """Sends a signal to the scheduler from inside the mail server, in the middle of its session with it."""

    def __init__(self, moments: list[tuple[int, str]], number: signal.Signals) -> None:
        self.moments = moments
        self.number = number
        self.arrived = 0
        self.victim: int | None = None

    def __call__(self, state: str, _session: object, _argument: str) -> Drop | None:
        """At the given count of messages and step of the session."""
        self.arrived += state == "stored"
        if not self.moments or self.victim is None:
            return None
        count, at = self.moments[0]
        if self.arrived < count or state != at:
            return None
        self.moments.pop(0)
        os.kill(self.victim, self.number)
        self.victim = None
        # The mail server must not answer before the signal arrives; a process that is told to stop gets its answer.
        return Drop() if self.number == signal.SIGKILL else None


@contextlib.contextmanager
def one_scheduler(app: Flask, port: int, reaper: Reaper, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler that the reaper is after; nothing of it is left afterwards."""
    process = crowd.scheduler(app, port, log)
    reaper.victim = process.pid
    try:
        yield process
    finally:
        reaper.victim = None
        process.kill()
        process.wait()


def moments(kills: int, count: int) -> list[tuple[int, str]]:
    """When to strike: counts of messages, each with a step of the session."""
    chance = random.Random(SEED)
    # The first strike falls between taking a message and saying so: there a copy is doubled for certain.
    states = ["stored", *(chance.choice(STATES) for _ in range(kills - 1))]
    return list(zip(sorted(chance.sample(range(20, count - 100), kills)), states, strict=True))


def test_killed_at_any_moment_a_sender_loses_nobody_and_doubles_few_all_of_them_listed(
    ctx: Flask, tmp_path: Path
) -> None:
    count, kills = 1_300, 20
    run_id = crowd.launch(count)
    reaper, chances = Reaper([], signal.SIGKILL), moments(kills, count)
    with SandboxServer(tmp_path / "mail", reaper) as sandbox, crowd.lives(ctx, sandbox.port) as begin:
        for moment in chances:
            pid, ended = begin()
            reaper.moments, reaper.victim = [moment], pid
            assert ended() == -signal.SIGKILL
            free(ctx)
        _, ended = begin()
        assert ended() == 0
        mailboxes = crowd.check_nobody_is_lost(run_id, count, sandbox.store, kills)
    assert mailboxes.doubled


def test_a_scheduler_that_is_killed_again_and_again_loses_nobody(ctx: Flask, tmp_path: Path) -> None:
    count, kills = 500, 3
    run_id = crowd.launch(count)
    reaper = Reaper(moments(kills, count), signal.SIGKILL)
    with SandboxServer(tmp_path / "mail", reaper) as sandbox:
        for _ in range(kills):
            with one_scheduler(ctx, sandbox.port, reaper, tmp_path / "log") as process:
                assert process.wait(crowd.PATIENCE) == -signal.SIGKILL, (tmp_path / "log").read_text()
            free(ctx)
        with one_scheduler(ctx, sandbox.port, reaper, tmp_path / "log") as process:
            crowd.wait_until(lambda: crowd.is_over(run_id), "the end of the run")
            process.terminate()
            assert process.wait(crowd.PATIENCE) == 0
        mailboxes = crowd.check_nobody_is_lost(run_id, count, sandbox.store, kills)
    assert mailboxes.doubled, "a message whose reply was never heard is sent again"


def free(app: Flask) -> None:
    """Where several machines may be at work, only time tells that one of them is dead."""
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        crowd.two_minutes_pass()


def test_a_scheduler_that_is_told_to_stop_loses_nobody_and_doubles_nobody(ctx: Flask, tmp_path: Path) -> None:
    count, stops = 500, 2
    run_id = crowd.launch(count)
    reaper = Reaper([(100, "body"), (300, "stored")], signal.SIGTERM)
    with SandboxServer(tmp_path / "mail", reaper) as sandbox:
        for _ in range(stops):
            with one_scheduler(ctx, sandbox.port, reaper, tmp_path / "log") as process:
                assert process.wait(crowd.PATIENCE) == 0, (tmp_path / "log").read_text()
            assert sandbox.store.count() < count
        with one_scheduler(ctx, sandbox.port, reaper, tmp_path / "log"):
            crowd.wait_until(lambda: crowd.is_over(run_id), "the end of the run")
        crowd.check_nobody_is_lost(run_id, count, sandbox.store, kills=0)


@contextlib.contextmanager
def program(app: Flask) -> Iterator[Program]:
    """`python3 run.py` on the test's own folder and database, from its first moment; nothing is left of it."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    folder = config.load().data_dir
    one = Program(folder, DATABASE_URL="" if url.startswith("sqlite") else url)
    try:
        crowd.wait_until(lambda: facts.read(folder / "children.json").get("scheduler", {}).get("pid"), "the start")
        yield one
    finally:
        strike(one)


def strike(one: Program) -> None:
    """Kill it and all its children, as when the power goes."""
    leaders = [*filter(None, one.children().values())]
    one.process.kill()
    everyone = members(leaders)
    for pid in everyone:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if one.process.stdout is not None and not one.process.stdout.closed:
        one.process.communicate()
    wait_for_the_end_of(everyone)
    (one.folder / "children.json").unlink(missing_ok=True)


def test_the_whole_program_loses_nobody_when_it_is_killed_and_started_again(ctx: Flask) -> None:
    count = 1_200
    run_id = crowd.launch(count)
    db.session.remove()
    store = Store(config.load().sandbox_dir)

    def have_arrived(more: int) -> None:
        wanted = len(os.listdir(store.folder)) + more
        crowd.wait_until(lambda: len(os.listdir(store.folder)) >= wanted, f"message {wanted}")

    with program(ctx) as first:
        have_arrived(100)
        os.kill(first.children()["scheduler"], signal.SIGKILL)
        free(ctx)
        first.read_until("scheduler was started again")
        have_arrived(100)
        strike(first)
    free(ctx)
    with program(ctx) as second:
        have_arrived(100)
        before_stop = crowd.uncertain(run_id)
        second.process.send_signal(signal.SIGTERM)
        assert second.ends() == 0
    with program(ctx):
        crowd.wait_until(lambda: crowd.is_over(run_id), "the end of the run")
        end_reading()
    assert before_stop
    crowd.check_nobody_is_lost(run_id, count, store, kills=2)
