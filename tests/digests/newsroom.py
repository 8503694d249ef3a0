"""Feeds for tests: their text, pages that answer as good servers do, and a clock that moves when told."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from campaigns.db import db
from campaigns.digests import refresh
from campaigns.digests.actions import sources
from campaigns.digests.models import Entry, Feed
from campaigns.digests.parsers import Parsers
from tests.websites import Answering, Asked, Says

START = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)


class Clock:
    """The time as a test says it."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **length: float) -> datetime:
        """Let time pass."""
        self.at += timedelta(**length)
        return self.at


def item(number: int | str, title: str = "", text: str = "Something happened.", **more: str) -> str:
    """One item of an RSS feed; `more` are further elements."""
    values = {
        "guid": f"guid-{number}",
        "link": f"https://paper.example/{number}",
        "title": title or f"Story {number}",
        "description": text,
    } | more
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items()) + "</item>"


def rss(*items: str, title: str = "The Tribune", extra: str = "") -> bytes:
    """An RSS 2.0 feed."""
    link = "<link>https://paper.example/</link>"
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{link}{extra}{"".join(items)}'
        "</channel></rss>"
    ).encode()


def good(body: bytes, etag: str | None = None, modified: str = "", **headers: str) -> Answering:
    """A page that answers conditional requests as it should."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:8]}"' if etag is None else etag

    def answer(asked: Asked) -> Says:
        more = {
            "Content-Type": "application/rss+xml",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        more |= {"ETag": tag} if tag else {}
        more |= {"Last-Modified": modified} if modified else {}
        is_known = (tag and asked.headers.get("if-none-match") == tag) or (
            not tag and modified and asked.headers.get("if-modified-since") == modified
        )
        return Says(status=304, headers=more) if is_known else Says(body, headers=more)

    return answer


def source(url: str, clock: Clock, **values: object) -> Feed:
    """A source that staff added."""
    made = sources.add(sources.Values(url=url, **values), None, clock())  # type: ignore[arg-type]
    return get(made)


def get(feed_id: int) -> Feed:
    """A feed as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    found = db.session.get(Feed, feed_id)
    assert found is not None
    return found


def entries(feed: Feed) -> list[Entry]:
    """What a feed brought, in the order in which it was stored."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.query(Entry).filter_by(feed_id=feed.id).order_by(Entry.id).all()


def run(clock: Clock, parsers: Parsers) -> int:
    """Fetch what is due, for as long as hosts want two seconds between two feeds; gives how many."""
    total = 0
    while count := refresh.run(threading.Event(), clock, parsers=_Kept(parsers)):
        total += count
        clock.forward(seconds=3)
    return total


def until_due(feed: Feed, clock: Clock) -> None:
    """Let time pass until a feed is due."""
    clock.at = max(clock.at, get(feed.id).next_fetch_at) + timedelta(seconds=1)


def http_date(at: datetime) -> str:
    """An instant as a header says it."""
    return format_datetime(at, usegmt=True)


class _Kept(Parsers):
    """Workers that outlive one run, since starting them is slow."""

    def __init__(self, kept: Parsers) -> None:
        self.read = kept.read  # type: ignore[method-assign]

    def close(self) -> None:
        """They are closed at the end of the tests."""


@pytest.fixture(scope="session")
def parsers() -> Iterator[Parsers]:
    """Worker processes for all tests of one process."""
    with Parsers() as made:
        yield made
