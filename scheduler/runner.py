"""Runs one job for either engine: application context, the instant, the diary; a failure is noted and never spreads."""

import logging
import os
import socket
import threading
from pathlib import Path
from typing import Any

from flask import Flask

from campaigns import clock
from scheduler.diary import Diary
from scheduler.jobs import Tick
from scheduler.timetable import Line, by_name

log = logging.getLogger("scheduler")


class Runner:
    """The jobs of one scheduler process."""

    def __init__(self, app: Flask, lines: list[Line], folder: Path, engine: str) -> None:
        self.lines = lines
        self.stop = threading.Event()
        self.diary = Diary(folder, engine, clock.now())
        self._app = app
        self._by_name = by_name(lines)
        # Each slot of a shared job would begin one more beside those still at work, until nothing else had a place.
        self._busy = {line.name: threading.Lock() for line in lines if line.is_shared and line.seconds is not None}
        self._owner = f"{socket.gethostname()[:80]}:{os.getpid()}"

    def run(self, name: str, **arguments: Any) -> None:
        """Run the job of that name once. An exception is logged and counted; the next run finds the same rows due."""
        lock = self._busy.get(name)
        if lock is None:
            self._run(name, arguments)
        elif lock.acquire(blocking=False):
            try:
                self._run(name, arguments)
            finally:
                lock.release()

    def _run(self, name: str, arguments: dict[str, Any]) -> None:
        tick = Tick(clock.now(), self.stop, self._owner, self.diary)
        try:
            with self._app.app_context():
                count = self._by_name[name].function(tick, **arguments)
        except Exception as error:
            log.exception("the job %s failed", name)
            self.diary.failed(name, error, tick.now)
        else:
            self.diary.ran(name, count, tick.now)
