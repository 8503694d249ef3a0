"""Short lives of a sender, one process each: `python -m tests.sending.lives` makes one for every line it reads.

A process of its own forks them, so that a life begins in milliseconds and a test may end a great many. It prints the
number of the new process, and how it ended: minus the signal, or 0 when nothing was left to send.
"""

import os
import sys
import threading

from sqlalchemy import select

import config
from campaigns.app import create_app
from campaigns.db import db, end_reading
from campaigns.delivery import sender
from campaigns.delivery.actions import batches
from campaigns.delivery.models import Run, RunState
from scheduler.jobs import SOURCES


def live(is_alone: bool) -> None:
    """Send until no run is under way."""
    if is_alone:
        batches.free_all()
    while True:
        sender.work(SOURCES, lambda: False, threading.Event(), str(os.getpid()))
        end_reading()
        if db.session.scalar(select(Run.id).where(Run.state == RunState.RUNNING).limit(1)) is None:
            return


def main() -> None:
    """Fork a life for each line."""
    settings = config.load()
    app = create_app(settings)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            with app.app_context():
                live(is_alone=not settings.database_url)
            os._exit(0)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
