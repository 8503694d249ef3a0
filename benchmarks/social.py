"""How fast posts leave, what limits and a stalled network do to them: `python3 run.py bench social [--check]`.

On a throwaway installation with networks of the tests on loopback: 1,000 due posts over 40 channels with 100 ms a
request and no limits; one channel with the documented limits; the same posts beside a network that never answers;
and the counters that the composer asks after each pause in typing.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import func, select

import config
from campaigns import clock
from campaigns.app import create_app
from campaigns.db import db
from campaigns.migrations.run import upgrade
from campaigns.social import due, preparing, publishing, queries
from campaigns.social.documents import read_document
from campaigns.social.models import Channel, Publication
from campaigns.social.models import PublicationState as P
from campaigns.start.actions import install
from tests.social import networks, posts
from tests.social.fakes.bluesky import FakeBluesky
from tests.social.fakes.mastodon import FakeMastodon

CHANNELS, LATENCY_S = 40, 0.1
# What issue 5 asks for.
WITHIN_S, COUNT_MS, STALLED_RATIO = 30.0, 20.0, 1.5
TEXT = "Signs that somebody needs help 🧡 https://example.org/guide @ana@example.org #EndTrafficking "


@contextmanager
def installation() -> Iterator[None]:
    """A live office in a folder of its own, whose networks are on loopback."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(DATA_DIR=folder, DATABASE_URL="", INTERNAL_HOSTS="127.0.0.1:*", NETWORK_TIMEOUT_MS="20000")
        config.load.cache_clear()
        upgrade(config.load())
        with create_app(config.load()).app_context():
            install(clock.now())
            posts.go_live()
            yield


def make(pair: Any, channels: list[Channel], count: int) -> list[int]:
    """So many approved posts, spread over the channels, all due now."""
    made = [posts.approved(pair, channels[n % len(channels)], text=f"Number {n}") for n in range(count)]
    for post_id in made:
        posts.make_due(post_id)
    return made


def timed(act: Callable[[], object]) -> float:
    """How many seconds it took."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def work() -> None:
    """What the scheduler does."""
    publishing.work(threading.Event(), "bench")


def out(ids: list[int]) -> int:
    """How many of the posts are published."""
    db.session.rollback()
    return sum(one.state == P.PUBLISHED for post_id in ids for one in queries.publications_of(post_id))


@contextmanager
def elsewhere() -> Iterator[list[tuple[str, str]]]:
    """Four networks in a process of their own, as real ones are on other machines: name and address of each."""
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.social", "--networks"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield [tuple(one) for one in json.loads(child.stdout.readline())]
    finally:
        child.stdin.close()
        child.wait()
        child.stdout.close()


def be_the_networks() -> None:
    """The other end of `elsewhere`: answers with latency and without limits until the other side has gone."""
    with ExitStack() as running:
        fakes = [running.enter_context(kind()) for kind in (FakeBluesky, FakeMastodon) * 2]
        for fake in fakes:
            fake.latency = LATENCY_S
            if isinstance(fake, FakeMastodon):
                fake.budget = 1_000_000
        names = [(type(fake).__name__.removeprefix("Fake").lower(), fake.url) for fake in fakes]
        print(json.dumps(names), flush=True)
        sys.stdin.read()


def handed_over(count: int) -> dict[str, float]:
    """All posts over all channels; then the same beside one network that never answers."""
    with elsewhere() as there, FakeMastodon() as stalled:
        channels = []
        for number in range(CHANNELS):
            name, url = there[number % len(there)]
            case = networks.CASES[name]
            channels.append(posts.channel(name, url, credentials=case.credentials(url), limits=case.limits))
        pair = posts.people()
        first = make(pair, channels, count)
        seconds = timed(work)
        assert out(first) == count, f"only {out(first)} of {count} are out"
        stalled.next("/api/v1/statuses", "silent")
        slow = make(pair, [networks.channel("mastodon", stalled)], 1)
        second = make(pair, channels, count)
        started = clock.now()
        work()
        assert out(second) == count
        assert posts.only(slow[0]).state == P.CHECKING
        last = db.session.scalar(select(func.max(Publication.published_at)))
        assert last is not None
        return {"seconds": seconds, "beside_stalled_s": (last - started).total_seconds()}


def within_limits() -> dict[str, float]:
    """A channel whose network allows 30 posts now: what is refused, and what waits with its time."""
    with FakeMastodon() as fake:
        fake.budget = 30
        channel = networks.channel("mastodon", fake)
        made = make(posts.people(), [channel], 60)
        work()
        refused = len(fake.paths("/api/v1/statuses")) - len(fake.posts)
        row = db.session.get_one(Channel, channel.id, populate_existing=True)
        waiting = [one for post_id in made for one in queries.publications_of(post_id) if one.state == P.WAITING]
        with_time = sum(due.next_time(one, row) > clock.now() for one in waiting)
        return {"out": len(fake.posts), "refused": refused, "waiting_with_time": with_time}


def counters(rounds: int) -> dict[str, float]:
    """Milliseconds for what the composer asks: every channel counted, previewed and checked."""
    channels = [posts.channel(name) for name in ("bluesky", "mastodon", "x", "telegram", "facebook")]
    document = read_document(posts.document(*channels, text=TEXT * 3))
    took = [timed(lambda: preparing.prepare_document(document, None, 0, clock.now())) * 1_000 for _ in range(rounds)]
    each = []
    for said in preparing.say(document, None):
        measure = said.place.network.measures
        runs = [timed(lambda m=measure, text=said.messages[0]: m(text, {})) * 1_000 for _ in range(rounds)]
        each.append(statistics.median(runs))
    return {"look_ms": statistics.median(took), "slowest_counter_ms": max(each)}


def main() -> int:
    """Measure, print a table and one line of JSON; with --check 1 where a figure of the issue is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--posts", type=int, default=1_000)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--networks", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.networks:
        be_the_networks()
        return 0
    with installation():
        figures = {**counters(30), **within_limits(), **handed_over(asked.posts)}
        figures["posts"] = asked.posts
        left = db.session.query(Publication).filter(Publication.state == P.SENDING).count()
    figures["stalled_ratio"] = figures["beside_stalled_s"] / figures["seconds"]
    rows = [
        (
            f"{asked.posts:,} posts over {CHANNELS} channels, 100 ms a request",
            f"{figures['seconds']:.1f} s",
            f"{WITHIN_S:.0f} s",
        ),
        ("the same beside a network that never answers, ratio", f"{figures['stalled_ratio']:.2f}", f"{STALLED_RATIO}"),
        ("refused by a network that allows 30 of 60 now", f"{figures['refused']:.0f}", "0"),
        ("of the other 30 wait with their time shown", f"{figures['waiting_with_time']:.0f}", "30"),
        ("slowest counter of one text", f"{figures['slowest_counter_ms']:.1f} ms", f"{COUNT_MS:.0f} ms"),
        ("counts, previews and checks of five channels", f"{figures['look_ms']:.1f} ms", ""),
    ]
    for what, found, wanted in rows:
        print(f"{what:<62}{found:>10}{wanted:>10}")
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))
    is_fine = (
        figures["seconds"] <= WITHIN_S
        and figures["stalled_ratio"] <= STALLED_RATIO
        and (figures["refused"], figures["waiting_with_time"], left) == (0, 30, 0)
        and figures["slowest_counter_ms"] <= COUNT_MS
    )
    return 1 if asked.check and not is_fine else 0


if __name__ == "__main__":
    sys.exit(main())
