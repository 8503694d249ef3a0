"""Several processes that take from the same buckets at once get as many tokens as there are, and no more."""

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.delivery.actions import batches
from campaigns.delivery.brakes import Stop, Toll
from campaigns.delivery.buckets import Limit, Span
from campaigns.delivery.models import Bucket
from tests.forks import at_once

pytestmark = pytest.mark.processes

PROCESSES, GROUP = 4, 7
# Whoever has had so many groups leaves the rest to the others, or on SQLite one would be through before they begin.
GROUPS = 30
MOST, MOST_OF_ONE = 300, 40
RELAY = [Limit("relay:1", Span.HOUR, MOST), Limit("relay:1", Span.DAY, 10 * MOST)]
DOMAIN = {"limited.example": [Limit("domain:limited.example", Span.DAY, MOST_OF_ONE)]}
DOMAINS = ("limited.example", "free.example")


def take_all() -> str:
    """What each of the processes does: take for one group after the other while something is left, and say how many."""
    granted: Counter[str] = Counter()
    for _ in range(GROUPS):
        stops = [Stop(place, place + 1, DOMAINS[place % 2]) for place in range(GROUP)]
        toll = Toll(stops, RELAY, DOMAIN)
        batches.pay(1, toll, clock.now())
        granted.update(stops[place].domain for place in toll.granted)
        if toll.is_short:
            break
    return ":".join(str(granted[domain]) for domain in DOMAINS)


def test_processes_at_once_get_every_token_once(ctx: Flask) -> None:
    said = at_once(PROCESSES, take_all, db.engine.url.render_as_string(hide_password=False))
    counts = [tuple(int(count) for count in line.split(":")) for line in said]
    assert len(counts) == PROCESSES
    assert sum(limited for limited, _ in counts) == MOST_OF_ONE
    assert sum(limited + free for limited, free in counts) == MOST
    assert sum(bool(limited + free) for limited, free in counts) > 2
    db.session.rollback()
    kept = {(row.key, row.span): sum(count for _, count in row.takes) for row in db.session.scalars(select(Bucket))}
    assert kept == {
        ("relay:1", "hour"): MOST,
        ("relay:1", "day"): MOST,
        ("domain:limited.example", "day"): MOST_OF_ONE,
    }
