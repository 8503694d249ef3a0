"""The jobs: each asks what is due, acts, and returns how many things it acted on. Engines do not matter here."""

import threading
from dataclasses import dataclass
from datetime import datetime

from scheduler.diary import Diary


@dataclass(frozen=True)
class Tick:
    """What a job is given: the instant, whether to stop soon, who it is among several machines, and the diary."""

    now: datetime
    stop: threading.Event
    owner: str
    diary: Diary


def heartbeat(tick: Tick) -> int:
    """Write down for the desk that the scheduler is alive, and how the jobs are doing."""
    tick.diary.save(tick.now)
    return 1
