"""Several senders on one PostgreSQL, its jobs and its restart, and a disk without room: real processes and servers."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

import config
from campaigns import clock, facts
from campaigns.app import create_app
from campaigns.db import action, db
from campaigns.delivery import mime, queries, rules, runs
from campaigns.delivery.actions import batches
from campaigns.delivery.models import Run
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.errors import OutsideError
from campaigns.migrations.run import upgrade
from campaigns.start.actions import install
from scheduler.diary import Diary
from tests.delivery.mailing import People, arrived, forget_faults, launch, point_to, work, work_off
from tests.postgres import Restartable, Unavailable, restartable
from tests.sending import crowd
from tests.sending.test_kill import Reaper, tidy

__all__ = ["tidy"]


def is_postgres(app: Flask) -> bool:
    return str(app.config["SQLALCHEMY_DATABASE_URI"]).startswith("postgresql")


def jobs() -> list[tuple[str, str]]:
    """The jobs that wait, and the queue of each."""
    rows = db.session.execute(text("SELECT task_name, queue_name FROM procrastinate_jobs ORDER BY id"))
    return [(row.task_name, row.queue_name) for row in rows]


@action
def begin_and_fail() -> None:
    form = mime.Form("News", "", "text", "Office", "news@example.org")
    runs.add(db.session(), kind="test", ref=9, forms={"en": form}, max_id=1, expected=1, now=clock.now())
    raise OutsideError("The power went.", "retry")


@pytest.mark.postgres
def test_a_run_and_its_job_stand_together_or_not_at_all(ctx: Flask) -> None:
    if not is_postgres(ctx):
        pytest.skip("the jobs of SQLite are in memory")
    with pytest.raises(OutsideError):
        begin_and_fail()
    assert (jobs(), db.session.scalar(select(Run.id))) == ([], None)
    run_id = launch(1_500)
    assert jobs() == [("cut_batch", "default")]
    batches.cut_batch(run_id, People(1_500).next_ids)
    # The next cut waits already; a second one beside it would do nothing.
    assert jobs() == [("cut_batch", "default"), ("send_batch", "sending")]
    db.session.rollback()


@pytest.mark.processes
def test_two_senders_share_a_newsletter_and_when_one_is_killed_the_other_finishes(ctx: Flask, tmp_path: Path) -> None:
    if not is_postgres(ctx):
        pytest.skip("on SQLite only one process sends")
    count = 3_000
    run_id = crowd.launch(count)
    reaper = Reaper([(0, "stored")], signal.SIGKILL)
    with SandboxServer(tmp_path / "mail", reaper) as sandbox:
        first = crowd.scheduler(ctx, sandbox.port, tmp_path / "first")
        second = crowd.scheduler(ctx, sandbox.port, tmp_path / "second")
        try:
            crowd.wait_until(lambda: len(holders()) == 2, "both at work")
            reaper.victim = first.pid
            assert first.wait(crowd.PATIENCE) == -signal.SIGKILL
            crowd.two_minutes_pass()
            crowd.wait_until(lambda: crowd.is_over(run_id), "the end of the run")
            second.terminate()
            assert second.wait(crowd.PATIENCE) == 0
        finally:
            for process in (first, second):
                process.kill()
                process.wait()
        crowd.check_nobody_is_lost(run_id, count, sandbox.store, kills=1)


def holders() -> set[str]:
    """Who holds a batch now."""
    db.session.rollback()
    found = set(db.session.execute(text("SELECT claimed_by FROM batch WHERE claimed_by <> ''")).scalars())
    db.session.rollback()
    return found


@pytest.fixture
def own_postgres(app: Flask) -> Iterator[Restartable]:
    """A PostgreSQL of this test's own, which it may stop and start."""
    if not is_postgres(app):
        pytest.skip("SQLite has no server to restart")
    with contextlib.ExitStack() as stack:
        try:
            # What was committed must be there after the crash, as it is with the settings of every real server.
            yield stack.enter_context(restartable(synchronous_commit="on"))
        except Unavailable as error:
            pytest.skip(f"no PostgreSQL: {error}")


@pytest.mark.postgres
@pytest.mark.processes
def test_a_database_that_is_restarted_in_the_middle_loses_nobody(own_postgres: Restartable, tmp_path: Path) -> None:
    count, messages = 400, iter(range(1, 1_000))
    settings = config.load().model_copy(update={"database_url": own_postgres.url})
    upgrade(settings)
    program = create_app(settings)

    def restart(state: str, _session: object, _argument: str) -> None:
        if state == "stored" and next(messages) == 100:
            own_postgres.restart()

    with program.app_context(), SandboxServer(tmp_path / "mail", restart) as sandbox:
        install(clock.now())
        run_id = crowd.launch(count)
        db.session.remove()
        process: subprocess.Popen[bytes] | None = None
        try:
            # As the supervisor does: a child that ends is started again.
            def is_over() -> bool:
                nonlocal process
                if process is None or process.poll() is not None:
                    process = crowd.scheduler(program, sandbox.port, tmp_path / "log")
                try:
                    return own_postgres.is_up and crowd.is_over(run_id)
                except DBAPIError:
                    db.session.remove()
                    return False

            crowd.wait_until(is_over, "the end of the run")
        finally:
            if process is not None:
                process.kill()
                process.wait()
        crowd.check_nobody_is_lost(run_id, count, sandbox.store, kills=1)
        db.session.remove()
        db.engine.dispose()


def test_a_full_disk_stops_the_sending_with_a_sentence_and_it_goes_on_when_there_is_room(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_postgres(ctx):
        pytest.skip("only SQLite can be told how much room there is")
    run_id, people = launch(1_000), People(1_000)
    with db.engine.connect() as connection:
        most = connection.execute(text("PRAGMA page_count")).scalar_one() + 4
        whole = connection.execute(text("PRAGMA max_page_count")).scalar_one()
    room = [most]

    def limit(connection: object, _record: object, _proxy: object) -> None:
        connection.execute(f"PRAGMA max_page_count={room[0]}")  # type: ignore[attr-defined]

    monkeypatch.setattr(rules, "DATABASE_PATIENCE", rules.LOOK_EVERY)
    db.engine.dispose()
    event.listen(db.engine, "checkout", limit)
    try:
        with SandboxServer(tmp_path / "mail") as running:
            point_to(running, monkeypatch)
            with pytest.raises(OutsideError, match="no room left on the disk"):
                work_off(people)
            stopped_at = len(arrived(running))
            assert 0 < stopped_at < 1_000
            diary = Diary(tmp_path, "embedded", clock.now())
            diary.failed("send_batch", OutsideError("There is no room left on the disk.", "retry"), clock.now())
            diary.save(clock.now())
            kept = facts.read(tmp_path / "scheduler.json")["jobs"]["send_batch"]["last_failure"]
            assert kept == "There is no room left on the disk."
            room[0] = whole
            crowd.two_minutes_pass()
            forget_faults()
            work_off(people)
            assert len(arrived(running)) == 1_000
            doubled = {who for who, copies in arrived(running).items() if copies > 1}
    finally:
        event.remove(db.engine, "checkout", limit)
        db.engine.dispose()
    progress = queries.progress(run_id)
    assert (progress.sent, progress.waiting) == (1_000, 0)
    listed = {row.recipient_id for row in queries.deliveries(run_id, "uncertain").items}
    assert len(doubled) <= 64 + crowd.CONNECTIONS
    assert len(doubled) <= max(progress.uncertain, len(listed))
    assert work(people) == 0
