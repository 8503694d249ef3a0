"""The engine for one machine: APScheduler in memory. The work is rows, so a crash loses nothing."""

import logging
import threading
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from campaigns import clock
from campaigns.queueing import DEFAULT, SENDING, Asked, heard_by
from scheduler.runner import Runner
from scheduler.timetable import Line, by_name

log = logging.getLogger("scheduler")


class Embedded:
    """Runs the jobs in threads of this process, each at most once at a time."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._by_name = by_name(runner.lines)
        self._waiting: set[str] = set()
        self._lock = threading.Lock()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={DEFAULT: ThreadPoolExecutor(len(runner.lines) + 4), SENDING: ThreadPoolExecutor(1)},
            # Its default gives up on a run that is a second late; ours find what is due whenever they run.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def every(self, line: Line) -> None:
        """Run a line of the timetable in its rhythm, for the first time at once."""
        trigger = IntervalTrigger(seconds=line.seconds, timezone=UTC)
        self._scheduler.add_job(
            self._runner.run, trigger, args=[line.name], id=line.name, next_run_time=clock.now(), replace_existing=True
        )

    def enqueue(self, job: Asked) -> None:
        """Run a job once, unless one like it waits. It is in memory only: what must happen is a row."""
        with self._lock:
            if self._runner.stop.is_set() or job.key in self._waiting:
                return
            self._waiting |= {job.key} - {""}
        at, queue = job.at or clock.now(), self._by_name[job.name].queue
        self._scheduler.add_job(self._once, "date", run_date=at, args=[job], executor=queue, max_instances=64)

    def _once(self, job: Asked) -> None:
        with self._lock:
            self._waiting.discard(job.key)
        if not self._runner.stop.is_set():
            self._runner.run(job.name, **job.arguments)

    def run(self) -> None:
        """Work until the runner's `stop` is set, then finish what is in flight."""
        for line in self._runner.lines:
            if line.seconds is not None:
                self.every(line)
        self._scheduler.start()
        with heard_by(self.enqueue):
            self._runner.stop.wait()
        log.info("stopping: finishing what is in flight")
        # It loses its way when it is shut down in the middle of a look at its jobs: let that end, and begin no other.
        self._scheduler.pause()
        self._scheduler.get_jobs()
        self._scheduler.shutdown(wait=True)
