"""The engine for several machines: Procrastinate on PostgreSQL. Any number of these processes share the same work."""

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypedDict

import procrastinate
import psycopg
from procrastinate import PsycopgConnector, exceptions

from campaigns import queueing
from campaigns.queueing import DEFAULT, SENDING, Asked
from scheduler.runner import Runner
from scheduler.timetable import Line, by_name

log = logging.getLogger("scheduler")

SWEEP = "sweep_stalled"
# A process that has shown no sign of life for this long is taken for dead, and its jobs are given to another.
DEAD_AFTER_SECONDS = 30.0
FINISH_WITHIN_SECONDS = 12.0
KEEP_HOURS = 24


class Locks(TypedDict):
    """The names under which a job runs alone, and waits alone."""

    lock: str | None
    queueing_lock: str | None


class Distributed:
    """Runs the jobs that PostgreSQL hands out; each slot of the timetable is run once, whichever machine takes it."""

    def __init__(self, runner: Runner, url: str, dead_after: float = DEAD_AFTER_SECONDS) -> None:
        self._runner = runner
        self._dead_after = dead_after
        self._conninfo = url.replace("postgresql+psycopg://", "postgresql://", 1)
        # Sending has a worker of its own, without the timetable, which takes one job at a time.
        self._app, self._sending = (
            procrastinate.App(connector=PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=most))
            for most in (4, 3)
        )
        self._concurrency = len(runner.lines) + 2
        self._local = [line for line in runner.lines if line.is_local]
        for line in runner.lines:
            if not line.is_local:
                self._register(line)
        sweep = self._app.task(name=SWEEP, queueing_lock=SWEEP, lock=SWEEP)(self._sweep)
        self._app.periodic(cron="* * * * * */5", periodic_id=SWEEP)(sweep)

    def _register(self, line: Line) -> None:
        def run(timestamp: int | None = None, **arguments: Any) -> None:
            del timestamp  # The slot; a job asks for what is due now.
            self._runner.run(line.name, **arguments)

        locks = _locks(line)
        app = self._sending if line.queue == SENDING else self._app
        app.task(name=line.name, queue=line.queue, **locks)(run)
        if line.seconds is not None:
            self.every(line)

    def every(self, line: Line) -> None:
        """Run a line of the timetable in its rhythm, once per slot over all machines."""
        self._app.periodic(cron=line.cron, periodic_id=line.name)(self._app.tasks[line.name])

    def enqueue(self, job: Asked) -> None:
        """Have a job run once by whichever machine is free, unless one like it waits."""
        lock = _locks(by_name(self._runner.lines)[job.name])["lock"]
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            try:
                queueing.defer(connection, job, lock)
            except exceptions.AlreadyEnqueued:
                log.debug("%s waits already", job.name)

    async def _sweep(self, timestamp: int | None = None) -> None:
        """Give the jobs of processes that died to the others, and forget old ones."""
        del timestamp
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._dead_after):
            log.warning("the job %s was left by a process that died; it runs again", job.task_name)
            try:
                await manager.retry_job(job)
            except exceptions.ConnectorException as error:
                # The job ended, or waits already, in the meantime.
                log.info("%s was not given on: %s", job.task_name, type(error).__name__)
        await manager.delete_old_jobs(nb_hours=KEEP_HOURS, include_failed=True, include_cancelled=True)

    def run(self) -> None:
        """Work until the runner's `stop` is set, then finish what is in flight."""
        asyncio.run(self._work())

    async def _work(self) -> None:
        # The default pool is as small as the machine; jobs wait for the outside more than they calculate.
        pool = ThreadPoolExecutor(self._concurrency + len(self._local) + 2)
        asyncio.get_running_loop().set_default_executor(pool)
        async with self._app.open_async(), self._sending.open_async():
            workers = [
                asyncio.create_task(self._worker(self._app, DEFAULT, self._concurrency)),
                asyncio.create_task(self._worker(self._sending, SENDING, 1)),
            ]
            stopped = asyncio.create_task(asyncio.to_thread(self._runner.stop.wait))
            local = [asyncio.create_task(self._repeat(line)) for line in self._local]
            await asyncio.wait({*workers, stopped, *local}, return_when=asyncio.FIRST_COMPLETED)
            # Cancelling asks a worker to finish what it has, within the time given to it.
            for task in (*workers, *local):
                task.cancel()
            self._runner.stop.set()
            ends = await asyncio.gather(*workers, stopped, *local, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                # The supervisor starts this process again; PostgreSQL may have been away.
                raise end

    def _worker(self, app: procrastinate.App, queue: str, concurrency: int) -> Coroutine[Any, Any, None]:
        return app.run_worker_async(
            queues=[queue],
            concurrency=concurrency,
            install_signal_handlers=False,
            shutdown_graceful_timeout=FINISH_WITHIN_SECONDS,
            delete_jobs="successful",
            fetch_job_polling_interval=2.0,
            update_heartbeat_interval=self._dead_after / 3,
            stalled_worker_timeout=self._dead_after,
        )

    async def _repeat(self, line: Line) -> None:
        while True:
            await asyncio.to_thread(self._runner.run, line.name)
            await asyncio.sleep(line.seconds or 1)


def _locks(line: Line) -> Locks:
    # A slot is not queued behind one that still waits: the job finds everything that is due anyway.
    waiting = None if line.seconds is None else line.name
    return {"lock": None if line.is_shared else line.name, "queueing_lock": waiting}
