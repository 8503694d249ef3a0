"""What the jobs did: runs, counts and failures of each, kept in memory and written down for the desk."""

import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from campaigns import facts
from campaigns.delivery.rules import told
from campaigns.errors import OutsideError


@dataclass
class Entry:
    """How one job is doing since this process began; instants as ISO text, for the file."""

    runs: int = 0
    acted: int = 0
    failures: int = 0
    last_run_at: str = ""
    last_failure_at: str = ""
    last_failure: str = ""


class Diary:
    """The entries of one scheduler process; safe to use from several threads."""

    def __init__(self, folder: Path, engine: str, began_at: datetime) -> None:
        self._path = folder / "scheduler.json"
        self._engine = engine
        self._began_at = began_at
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def ran(self, name: str, count: int, now: datetime) -> None:
        """A job ended well, having acted on `count` things."""
        with self._lock:
            entry = self._entries.setdefault(name, Entry())
            entry.runs += 1
            entry.acted += count
            entry.last_run_at = now.isoformat()

    def failed(self, name: str, error: Exception, now: datetime) -> None:
        """A job raised. Our own sentence is kept; of other errors only the kind: their words may hold an address."""
        with self._lock:
            entry = self._entries.setdefault(name, Entry())
            entry.runs += 1
            entry.failures += 1
            entry.last_run_at = entry.last_failure_at = now.isoformat()
            entry.last_failure = told(str(error)) if isinstance(error, OutsideError) else type(error).__name__

    def save(self, now: datetime) -> None:
        """Write everything down, and that we are alive."""
        with self._lock:
            jobs = {name: asdict(entry) for name, entry in sorted(self._entries.items())}
            about = {"engine": self._engine, "began_at": self._began_at.isoformat(), "alive_at": now.isoformat()}
            facts.write(self._path, {**about, "jobs": jobs})
