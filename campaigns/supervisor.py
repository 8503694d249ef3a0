"""Starts the web process, the scheduler and the mail sandbox, restarts one that dies, and stops them in order."""

import contextlib
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import FrameType

from campaigns import clock, facts, logs

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
# A child that ran this long was healthy; the next pause begins small again.
HEALTHY_AFTER = 60.0


@dataclass
class Child:
    """One process that we keep alive."""

    name: str
    command: list[str]
    stop_within: float
    process: subprocess.Popen[bytes] | None = None
    started_at: datetime | None = None
    started_tick: float = 0.0
    restarts: int = 0
    last_exit: int | None = None
    pause: float = FIRST_PAUSE
    restart_tick: float | None = None
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("supervisor"))

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Keeps children alive until told to stop. Use from the main thread: it takes the signals of the process."""

    def __init__(self, children: list[Child], folder: Path) -> None:
        self.children = children
        self.folder = folder
        self.is_stopping = False
        self.log = logs.open_file(folder / "logs" / "supervisor.log", "supervisor")
        for child in children:
            child.log = logs.open_file(folder / "logs" / f"{child.name}.log", child.name)
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)

    def listen(self) -> None:
        """Take the signals: to stop, and that a child has ended."""
        signal.set_wakeup_fd(self._wake_writer.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.is_stopping = True

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
            self._start(child)
        self._publish()

    def wait(self, seconds: float) -> None:
        """Sleep until a signal arrives or the time is over, then look after the children."""
        if not self.is_stopping:
            select.select([self._wake_reader], [], [], max(seconds, 0.0))
            with contextlib.suppress(BlockingIOError):
                self._wake_reader.recv(4096)
        if not self.is_stopping:
            self._look_after()

    def run(self) -> None:
        """Look after the children until told to stop."""
        while not self.is_stopping:
            due = [child.restart_tick for child in self.children if child.restart_tick is not None]
            self.wait(min([tick - time.monotonic() for tick in due], default=LONGEST_PAUSE))

    def stop(self) -> None:
        """End the children one after the other, each within its time."""
        for child in self.children:
            if child.process is not None:
                self._end(child.process, child.stop_within)
            child.restart_tick = None
        self._publish()
        self._say("stopped")

    def _start(self, child: Child) -> None:
        command = [sys.executable, "-m", "campaigns.child", str(os.getpid()), *child.command]
        child.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        child.started_at, child.started_tick, child.restart_tick = clock.now(), time.monotonic(), None
        # The log is ours to write, so that it is masked and rotated in one place and holds a dying child's last words.
        threading.Thread(target=logs.pump, args=(child.process.stdout, child.log), daemon=True).start()

    def _look_after(self) -> None:
        news = []
        for child in self.children:
            if child.restart_tick is None and not child.is_running:
                news.append(self._plan_restart(child))
            elif child.restart_tick is not None and child.restart_tick <= time.monotonic():
                child.restarts += 1
                self._start(child)
                news.append(f"{child.name} was started again")
        if news:
            self._publish()
        for sentence in news:
            self._say(sentence)

    def _plan_restart(self, child: Child) -> str:
        assert child.process is not None  # noqa: S101 - a child without a process was never started
        child.last_exit = child.process.returncode
        # What it left behind would hold its port or its lock.
        _signal_group(child.process.pid, signal.SIGKILL)
        if time.monotonic() - child.started_tick > HEALTHY_AFTER:
            child.pause = FIRST_PAUSE
        child.restart_tick = time.monotonic() + child.pause
        pause, child.pause = child.pause, min(child.pause * 2, LONGEST_PAUSE)
        return f"{child.name} ended ({_reason(child.last_exit)}); it is started again in {pause:.0f} s"

    def _end(self, process: subprocess.Popen[bytes], within: float) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            self._say(f"process {process.pid} did not end within {within:.0f} s and was killed")
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()

    def _say(self, sentence: str) -> None:
        line = f"{clock.now():%Y-%m-%d %H:%M:%S} {sentence}"
        self.log.info("%s", line)
        if not self.is_stopping:
            print(line, flush=True)

    def _publish(self) -> None:
        """Write down for the desk how the children are."""
        states = {
            child.name: {
                "pid": child.process.pid if child.process and child.is_running else None,
                "is_running": child.is_running,
                "started_at": child.started_at.isoformat() if child.started_at else None,
                "restarts": child.restarts,
                "last_exit": _reason(child.last_exit) if child.last_exit is not None else None,
            }
            for child in self.children
        }
        facts.write(self.folder / "children.json", states)


def _signal_group(leader: int, number: signal.Signals) -> None:
    # Each child leads its own session, so its process group is its own id.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
