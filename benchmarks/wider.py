"""What `bench send` measures beside the ways to send: Postfix's pair, both databases, memory, a launch, a page."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import postfix
from campaigns.delivery.smtp import SmtpServer

Sender = Callable[[SmtpServer, int], float]
Found = dict[str, float | None]


class Child:
    """A sender of `benchmarks.engine` in a folder, on a database."""

    def __init__(self, folder: str, url: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.engine"],
            env={**os.environ, "DATA_DIR": folder, "DATABASE_URL": url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.answer()

    def ask(self, name: str, *numbers: int) -> None:
        """Give it something to do."""
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, (name, *numbers))) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, float]:
        """What it found."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the sender of the comparison died"
        found: dict[str, float] = json.loads(line)
        return found

    def does(self, name: str, *numbers: int) -> dict[str, float]:
        """Both."""
        self.ask(name, *numbers)
        return self.answer()

    def end(self) -> None:
        """Let it go."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def children(*urls: str) -> Iterator[list[Child]]:
    """One for each database, "" for SQLite; the first folder is shared with those that ask for it again."""
    with tempfile.TemporaryDirectory(prefix="outreach-bench-") as folder:
        made = [Child(str(Path(folder)), url) for url in urls]
        try:
            yield made
        finally:
            for one in made:
                one.end()


def against_postfix(send: Sender, keeps_up: SmtpServer, length: int, rounds: int, people: int, until: float) -> Found:
    """Our rate over that of `smtp-source -s 10`, to Postfix's sink and to one that keeps up; medians over rounds."""
    source, sink = postfix.tool("smtp-source"), postfix.tool("smtp-sink")
    if source is None or sink is None:
        return {"rate_postfix_sink": None, "rate_postfix_fast": None}
    found: dict[str, list[float]] = {"rate_postfix_sink": [], "rate_postfix_fast": []}
    with postfix.sink(sink) as slow:
        for _ in range(rounds):
            for name, server in (("rate_postfix_sink", slow), ("rate_postfix_fast", keeps_up)):
                if time.monotonic() < until or not found[name]:
                    theirs = postfix.source(source, server, people, length, 10)
                    found[name].append(send(server, people) / theirs)
    return {name: statistics.median(ratios) for name, ratios in found.items()}


def databases(server: SmtpServer, url: str | None, rounds: int, people: int, until: float) -> Found:
    """The processor's time of the sender on PostgreSQL over that on SQLite; median over rounds."""
    if url is None:
        return {"cpu_postgres": None}
    ratios = []
    with children("", url) as (lite, post):
        for one in (lite, post):
            one.does("send", server.port, 200)
        for _ in range(rounds):
            if time.monotonic() < until or not ratios:
                first = lite.does("send", server.port, people)["cpu_us"]
                ratios.append(post.does("send", server.port, people)["cpu_us"] / first)
    return {"cpu_postgres": statistics.median(ratios)}


def memory(server: SmtpServer, few: int, many: int, until: float) -> Found:
    """The most memory after a small newsletter, and after larger ones up to `many` or the end of the time."""
    with children("") as (one,):
        one.does("send", server.port, 200)
        small = one.does("send", server.port, few)["peak_mb"]
        large, reached, step = small, few, few
        while reached < many and time.monotonic() < until:
            step = min(step * 3, many)
            large, reached = one.does("send", server.port, step)["peak_mb"], step
    return {"memory_few_mb": small, "memory_many_mb": large, "memory_many": float(reached)}


def launch(server: SmtpServer, people: int) -> Found:
    """Seconds from the launch to so many until the first group has been answered."""
    with children("") as (one,):
        return {"launch_s": one.does("launch", server.port, people)["seconds"], "launch_people": float(people)}


def page(server: SmtpServer, people: int, visits: int) -> Found:
    """A page of the staff while a newsletter leaves, in milliseconds."""
    with children("", "") as (sender, web):
        web.does("page", 5)
        sender.ask("send", server.port, people)
        found = web.does("page", visits)
        sender.answer()
    return {"page_p95_ms": found["p95_ms"], "page_median_ms": found["median_ms"]}


@contextlib.contextmanager
def postgres() -> Iterator[str | None]:
    """The address of a throwaway PostgreSQL, or None where there is none."""
    from tests.postgres import FAST, Unavailable, restartable

    safe: dict[str, Any] = dict.fromkeys(FAST, "on") | {"max_connections": "50"}
    with contextlib.ExitStack() as stack:
        try:
            url: str | None = stack.enter_context(restartable(**safe)).url
        except Unavailable:
            url = None
        yield url
