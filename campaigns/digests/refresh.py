"""Working through the feeds that are due: four at a time, one a host, each recorded as soon as it is back."""

import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime

from campaigns import clock
from campaigns.db import end_reading
from campaigns.digests import agent
from campaigns.digests.actions import fetching as actions
from campaigns.digests.fetching import Fetched, Target, fetch
from campaigns.digests.models import Trouble
from campaigns.digests.parsers import Parsers

log = logging.getLogger("feeds")

WORKERS = 4
# A few more than work at once are claimed together, which saves transactions.
AHEAD = 4


def run(
    stop: threading.Event,
    now: Callable[[], datetime] = clock.now,
    say: Callable[[Fetched, int], None] | None = None,
    parsers: Parsers | None = None,
) -> int:
    """Fetch everything that is due, until nothing is or `stop` is set; gives how many feeds. `say` hears of each.

    Threads only fetch and read; the database is this thread's alone.
    """
    with parsers or Parsers() as reading, ThreadPoolExecutor(WORKERS, "feeds") as pool:
        flying: dict[Future[Fetched], Target] = {}
        name = agent.name()
        end_reading()
        count = 0
        while True:
            if len(flying) <= WORKERS and not stop.is_set():
                for target in actions.claim(now(), WORKERS + AHEAD - len(flying)):
                    flying[pool.submit(_fetch, target, name, reading)] = target
            if stop.is_set():
                actions.release([target for one, target in flying.items() if one.cancel()], now())
                flying = {one: target for one, target in flying.items() if not one.cancelled()}
            if not flying:
                return count
            done, _ = wait(flying, timeout=1, return_when=FIRST_COMPLETED)
            for one in done:
                del flying[one]
            count += len(done)
            _record([one.result() for one in done], now(), say)


def _record(batch: list[Fetched], now: datetime, say: Callable[[Fetched, int], None] | None) -> None:
    try:
        # Chance only spreads the load; nobody gains by guessing it.
        fresh = actions.record(batch, now, random.random)
    except Exception:
        if len(batch) > 1:
            # One that cannot be recorded must not take the others with it.
            for each in batch:
                _record([each], now, say)
            return
        # It is due again in an hour.
        log.exception("what the feed %s brought could not be recorded", batch[0].target.id)
        return
    if say is not None:
        for each, count in zip(batch, fresh, strict=True):
            say(each, count)


def _fetch(target: Target, name: str, parsers: Parsers) -> Fetched:
    try:
        return fetch(target, name, parsers)
    except Exception:
        # A fault of ours with one feed must not keep the others from being recorded.
        log.exception("the feed %s could not be fetched", target.id)
        return Fetched(target, trouble=Trouble.NOT_A_FEED, problem="Reading it failed through a fault of this program.")
