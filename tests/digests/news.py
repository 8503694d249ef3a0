"""Feeds, entries and stories for tests. They need an application context; each commits."""

import hashlib
import itertools
from datetime import datetime

from campaigns import clock
from campaigns.db import db
from campaigns.digests.actions import placing
from campaigns.digests.models import Entry, Feed, Story, StoryEntry, Trust

_numbers = itertools.count(1)


def feed(title: str = "The Tribune", trust: str = Trust.PRESS, category: str = "", **fields: object) -> Feed:
    """A source that was read just now."""
    number, now = next(_numbers), clock.now()
    made = Feed(title=title, trust=trust, category=category, created_at=now, next_fetch_at=now, last_ok_at=now)
    made.url, made.url_key, made.host = (
        f"https://f{number}.example/feed",
        f"f{number}.example/feed",
        f"f{number}.example",
    )
    for name, value in fields.items():
        setattr(made, name, value)
    db.session.add(made)
    db.session.commit()
    return made


def entry(source: Feed, title: str, text: str = "", at: datetime | None = None, **fields: object) -> Entry:
    """Something that a source reported."""
    number, at = next(_numbers), at or clock.now()
    url = str(fields.pop("url", f"https://{source.host}/{number}"))
    made = Entry(feed_id=source.id, guid=f"g{number}", url=url, canonical_url=url, title=title, text=text)
    made.published_at = made.first_seen_at = at
    made.content_hash = hashlib.sha256(f"{title}{text}{url}".encode()).hexdigest()
    for name, value in fields.items():
        setattr(made, name, value)
    db.session.add(made)
    db.session.commit()
    return made


def place() -> int:
    """Give the entries their stories."""
    return placing.place_entries(clock.now())


def story_of(told: Entry) -> Story:
    """The story of an entry, read afresh."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Story, db.session.get_one(StoryEntry, told.id).story_id)


def story(title: str = "Nine people freed in Oakland", source: Feed | None = None, **fields: object) -> Story:
    """A story that waits, told by one source."""
    made = entry(source or feed(), title, **fields)  # type: ignore[arg-type]
    place()
    return story_of(made)
