"""`python -m scheduler`: runs the timetable until it is told to stop, on the engine that the database calls for."""

import contextlib
import gc
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from campaigns import clock, logs, startup
from campaigns.app import create_app
from scheduler import jobs
from scheduler.embedded import Embedded
from scheduler.runner import Runner
from scheduler.timetable import TIMETABLE

if TYPE_CHECKING:
    from scheduler.distributed import Distributed


def main() -> int:
    """Run; returns the exit code."""
    try:
        settings = startup.read_settings()
        logs.set_up(settings.log_level)
        is_distributed = settings.engine_url.startswith("postgresql")
        # Two of these on one SQLite file would do everything twice; on PostgreSQL any number may run.
        held = contextlib.nullcontext() if is_distributed else startup.take_folder(settings.data_dir, "scheduler.lock")
    except startup.NotReady as error:
        print(error, file=sys.stderr)
        return 2
    app = create_app(settings)
    # What is loaded by now stays: to look through it for garbage again and again would cost more than a message does.
    gc.collect()
    gc.freeze()
    runner = Runner(app, TIMETABLE, settings.data_dir, "distributed" if is_distributed else "embedded")

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        runner.stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    engine = _distributed(runner, settings.engine_url) if is_distributed else Embedded(runner)
    with held:
        if not is_distributed:
            with app.app_context():
                jobs.recover()
        engine.run()
        runner.diary.save(clock.now())
    return 0


def _distributed(runner: Runner, url: str) -> "Distributed":
    # The library behind it takes ten megabytes, which the embedded engine does without.
    from scheduler.distributed import Distributed

    return Distributed(runner, url)


if __name__ == "__main__":
    raise SystemExit(main())
