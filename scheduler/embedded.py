"""The engine for one machine: APScheduler in memory. The work is rows, so a crash loses nothing."""

import logging
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from campaigns import clock
from scheduler.runner import Runner
from scheduler.timetable import Line

log = logging.getLogger("scheduler")


class Embedded:
    """Runs the jobs in threads of this process, each at most once at a time."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(runner.lines) + 4)},
            # Its default gives up on a run that is a second late; ours find what is due whenever they run.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def every(self, line: Line) -> None:
        """Run a line of the timetable in its rhythm, for the first time at once."""
        trigger = IntervalTrigger(seconds=line.seconds, timezone=UTC)
        self._scheduler.add_job(
            self._runner.run, trigger, args=[line.name], id=line.name, next_run_time=clock.now(), replace_existing=True
        )

    def enqueue(self, name: str, at: datetime | None = None, **arguments: Any) -> None:
        """Run a job once, now or at an instant. It is in memory only: what must happen is a row that a job finds."""
        self._scheduler.add_job(
            self._runner.run, "date", run_date=at or clock.now(), args=[name], kwargs=arguments, max_instances=64
        )

    def run(self) -> None:
        """Work until the runner's `stop` is set, then finish what is in flight."""
        for line in self._runner.lines:
            if line.seconds is not None:
                self.every(line)
        self._scheduler.start()
        self._runner.stop.wait()
        log.info("stopping: finishing what is in flight")
        self._scheduler.shutdown(wait=True)
