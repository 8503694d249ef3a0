"""Worker processes that read feeds: a feed that takes too long or too much costs its worker, and nobody else waits."""

import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from datetime import datetime
from types import TracebackType
from typing import Any

import config
from campaigns.digests.reading.found import FoundFeed, Unreadable, from_json

SECONDS = 20.0
PIECE = 1 << 16
SLOW = "Reading the feed took longer than 20 seconds, so we gave it up."
BROKE = "The feed cannot be read: it breaks the program that tries."


class Parsers:
    """Hands each feed to an idle worker process, or to a new one; safe to use from several threads."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()

    def read(self, body: bytes, url: str, headers: dict[str, str], now: datetime) -> FoundFeed:
        """The feed in an answer, as `reading.reader.read` gives it; raises Unreadable."""
        question = json.dumps({"url": url, "headers": headers, "now": now.isoformat()}).encode()
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        worker = worker or _Worker()
        try:
            answer = worker.ask(question, body, self._seconds)
        except TimeoutError:
            worker.end()
            raise Unreadable("not_a_feed", SLOW) from None
        except EOFError:
            worker.end()
            # One that had done its share ends by itself; a feed gets one fresh worker before it is to blame.
            answer = self._again(worker, question, body)
        if worker.is_alive:
            with self._lock:
                self._idle.append(worker)
        if "feed" not in answer:
            raise Unreadable(answer["kind"], answer["problem"])
        return from_json(answer["feed"])

    def _again(self, worker: "_Worker", question: bytes, body: bytes) -> dict[str, Any]:
        if worker.asked <= 1:
            raise Unreadable("not_a_feed", BROKE)
        fresh = _Worker()
        try:
            return fresh.ask(question, body, self._seconds)
        except TimeoutError:
            raise Unreadable("not_a_feed", SLOW) from None
        except EOFError:
            raise Unreadable("not_a_feed", BROKE) from None
        finally:
            fresh.end()

    def close(self) -> None:
        """End the workers."""
        with self._lock:
            while self._idle:
                self._idle.pop().end()

    def __enter__(self) -> "Parsers":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self.close()


class _Worker:
    """One child process."""

    def __init__(self) -> None:
        self.asked = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "campaigns.digests.reading"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=config.ROOT,
            # It needs none of our secrets, and a stranger's bytes are read in it.
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(config.ROOT), "LC_ALL": "C.UTF-8"},
        )

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked again."""
        return self._process.poll() is None

    def ask(self, question: bytes, body: bytes, seconds: float) -> dict[str, Any]:
        """Hand over one feed; raises TimeoutError, or EOFError when the process ended."""
        self.asked += 1
        end = time.monotonic() + seconds
        try:
            stdin = self._process.stdin
            assert stdin is not None  # noqa: S101 - it was opened above
            stdin.write(struct.pack(">II", len(question), len(body)) + question + body)
            stdin.flush()
        except OSError:
            raise EOFError from None
        (length,) = struct.unpack(">I", self._take(4, end))
        answer: dict[str, Any] = json.loads(self._take(length, end))
        return answer

    def _take(self, size: int, end: float) -> bytes:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it was opened above
        handle = stdout.fileno()
        pieces: list[bytes] = []
        while size:
            ready, _, _ = select.select([handle], [], [], max(end - time.monotonic(), 0))
            if not ready:
                raise TimeoutError
            piece = os.read(handle, min(size, PIECE))
            if not piece:
                raise EOFError
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def end(self) -> None:
        """Stop the process, whatever it does."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue  # What was not written yet is not wanted.
        self._process.wait()
