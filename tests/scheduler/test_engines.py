"""Both engines run the same jobs: once, again after a failure, and to the end when told to stop."""

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask

import config
from campaigns import clock, facts
from campaigns.migrations.run import upgrade
from campaigns.queueing import Asked
from scheduler.distributed import Distributed
from scheduler.embedded import Embedded
from scheduler.jobs import Tick, heartbeat
from scheduler.runner import Runner
from scheduler.timetable import TIMETABLE, Line

PATIENCE = 60


class Running:
    """An engine at work in a thread, as its own process would run it."""

    def __init__(self, engine: Embedded | Distributed, runner: Runner) -> None:
        self.engine, self.runner = engine, runner
        self.thread = threading.Thread(target=engine.run)
        self.thread.start()

    def end(self) -> None:
        self.runner.stop.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@pytest.fixture(scope="module")
def prepared_url(postgres_url: str) -> str:
    upgrade(config.load().model_copy(update={"database_url": postgres_url}))
    return postgres_url


@pytest.fixture(params=["embedded", pytest.param("distributed", marks=pytest.mark.postgres)])
def begin(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[list[Line]], Running]]:
    """Start an engine on some lines; all are ended after the test."""
    running: list[Running] = []
    url = request.getfixturevalue("prepared_url") if request.param == "distributed" else ""
    if url:
        with psycopg.connect(url) as connection:
            connection.execute("TRUNCATE procrastinate_jobs, procrastinate_periodic_defers CASCADE")

    def start(lines: list[Line]) -> Running:
        runner = Runner(Flask("jobs"), lines, tmp_path, request.param)
        running.append(Running(Distributed(runner, url, dead_after=3.0) if url else Embedded(runner), runner))
        return running[-1]

    yield start
    for one in running:
        one.end()


Begin = Callable[[list[Line]], Running]


def test_a_job_runs_in_its_rhythm(begin: Begin) -> None:
    three = threading.Semaphore(0)

    def count(_tick: Tick) -> int:
        three.release()
        return 1

    begin([Line("count", count, seconds=1)])
    assert all(three.acquire(timeout=PATIENCE) for _ in range(3))


def test_a_job_that_raises_is_noted_and_the_next_run_comes(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recovered = threading.Event()
    runs = iter(range(1000))

    def stumble(_tick: Tick) -> int:
        if next(runs) == 0:
            raise ValueError("somebody@example.org")
        recovered.set()
        return 7

    with caplog.at_level(logging.CRITICAL, "scheduler"):
        running = begin([Line("stumble", stumble, seconds=1)])
        assert recovered.wait(PATIENCE)
        running.end()
    running.runner.diary.save(clock.now())
    entry = facts.read(tmp_path / "scheduler.json")["jobs"]["stumble"]
    assert (entry["failures"], entry["last_failure"]) == (1, "ValueError")
    assert entry["acted"] >= 7


def test_a_job_asked_for_by_name_gets_its_arguments(begin: Begin) -> None:
    done = threading.Event()
    seen: list[int] = []

    def work(_tick: Tick, batch_id: int) -> int:
        seen.append(batch_id)
        done.set()
        return 1

    begin([Line("work", work, seconds=None, is_shared=True)]).engine.enqueue(Asked("work", "", {"batch_id": 17}))
    assert done.wait(PATIENCE)
    assert seen == [17]


def test_stopping_finishes_what_is_in_flight(begin: Begin) -> None:
    started = threading.Event()
    ends: list[str] = []

    def long(tick: Tick) -> int:
        started.set()
        tick.stop.wait(PATIENCE)
        ends.append("finished")
        return 1

    running = begin([Line("long", long, seconds=1)])
    assert started.wait(PATIENCE)
    running.end()
    assert ends == ["finished"]


def test_stopping_at_once_is_no_trouble(begin: Begin) -> None:
    begin([Line("count", lambda _tick: 0, seconds=1)]).end()


def test_a_job_is_not_run_beside_itself(begin: Begin) -> None:
    inside = threading.Lock()
    overlaps: list[bool] = []
    runs = threading.Semaphore(0)

    def alone(tick: Tick) -> int:
        got_it = inside.acquire(blocking=False)
        overlaps.append(not got_it)
        # Longer than the rhythm, so that the next slot comes while this one works.
        tick.stop.wait(1.5)
        if got_it:
            inside.release()
        runs.release()
        return 1

    begin([Line("alone", alone, seconds=1)])
    assert all(runs.acquire(timeout=PATIENCE) for _ in range(3))
    assert not any(overlaps)


def test_a_shared_job_that_takes_long_leaves_room_for_the_others(begin: Begin) -> None:
    inside: list[int] = []
    others = threading.Semaphore(0)

    def long(tick: Tick) -> int:
        inside.append(1)
        tick.stop.wait(PATIENCE)
        return 1

    def quick(_tick: Tick) -> int:
        others.release()
        return 1

    begin([Line("long", long, seconds=1, is_shared=True), Line("quick", quick, seconds=1)])
    # More slots than this engine has places.
    assert all(others.acquire(timeout=PATIENCE) for _ in range(6))
    assert len(inside) == 1


def test_the_heartbeat_is_written_down_by_each_process(begin: Begin, tmp_path: Path) -> None:
    beaten = threading.Event()

    def beat(tick: Tick) -> int:
        heartbeat(tick)
        beaten.set()
        return 1

    begin([Line("beat", beat, seconds=1, is_local=True), Line("other", lambda _tick: 0, seconds=5)])
    assert beaten.wait(PATIENCE)
    assert facts.read(tmp_path / "scheduler.json")["alive_at"]


@pytest.mark.postgres
def test_two_processes_share_jobs_and_do_each_once(prepared_url: str, tmp_path: Path) -> None:
    done = threading.Semaphore(0)
    seen: list[int] = []

    def work(_tick: Tick, number: int) -> int:
        seen.append(number)
        done.release()
        return 1

    lines = [Line("work", work, seconds=None, is_shared=True)]
    runners = [Runner(Flask("jobs"), lines, tmp_path, "distributed") for _ in range(2)]
    both = [Running(Distributed(runner, prepared_url), runner) for runner in runners]
    for number in range(20):
        both[0].engine.enqueue(Asked("work", "", {"number": number}))
    assert all(done.acquire(timeout=PATIENCE) for _ in range(20))
    for one in both:
        one.end()
    assert sorted(seen) == list(range(20))


KILLED = """
import sys, threading
from pathlib import Path
from flask import Flask
from scheduler.distributed import Distributed
from scheduler.runner import Runner
from scheduler.timetable import Line

def hang(tick, number):
    print("started", number, flush=True)
    threading.Event().wait()

runner = Runner(Flask("jobs"), [Line("hang", hang, seconds=None)], Path(sys.argv[2]), "distributed")
Distributed(runner, sys.argv[1], dead_after=3.0).run()
"""


@pytest.mark.postgres
@pytest.mark.processes
def test_the_job_of_a_killed_process_is_given_to_another(prepared_url: str, tmp_path: Path) -> None:
    finished = threading.Event()

    def hang(_tick: Tick, number: int) -> int:
        assert number == 5
        finished.set()
        return 1

    with subprocess.Popen(
        [sys.executable, "-c", KILLED, prepared_url, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=config.ROOT
    ) as other:
        runner = Runner(Flask("jobs"), [Line("hang", hang, seconds=None)], tmp_path, "distributed")
        with psycopg.connect(prepared_url, autocommit=True) as connection:
            connection.execute(
                "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default','hang',0,'hang',NULL,'{\"number\": 5}',NULL)"
                "::procrastinate_job_to_defer_v1])"
            )
        assert other.stdout is not None
        assert other.stdout.readline() == "started 5\n"
        other.send_signal(signal.SIGKILL)
    running = Running(Distributed(runner, prepared_url, dead_after=3.0), runner)
    assert finished.wait(PATIENCE)
    running.end()


@pytest.mark.parametrize("line", [line for line in TIMETABLE if line.seconds], ids=lambda line: line.name)
def test_every_rhythm_means_the_same_on_both_engines(line: Line) -> None:
    assert line.seconds is not None
    unit = 60 if line.seconds < 60 else 3600 if line.seconds < 3600 else 86_400
    assert unit % line.seconds == 0
    assert line.cron
