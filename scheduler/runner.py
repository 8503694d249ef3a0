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
        self._owner = f"{socket.gethostname()[:80]}:{os.getpid()}"

    def run(self, name: str, **arguments: Any) -> None:
        """Run the job of that name once. An exception is logged and counted; the next run finds the same rows due."""
        tick = Tick(clock.now(), self.stop, self._owner, self.diary)
        try:
            with self._app.app_context():
                count = self._by_name[name].function(tick, **arguments)
        except Exception as error:
            log.exception("the job %s failed", name)
            self.diary.failed(name, error, tick.now)
        else:
            self.diary.ran(name, count, tick.now)
