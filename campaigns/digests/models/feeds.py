"""Feeds with all that fetching them politely needs, the hosts they come from, and the entries they brought."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class Trust(StrEnum):
    """How near a source is to us; only "own" ones may ever go out without a person."""

    OWN = "own"
    PARTNER = "partner"
    PRESS = "press"
    OTHER = "other"


class Trouble(StrEnum):
    """What kind of problem a feed has; `Feed.problem` says it in a sentence."""

    NONE = ""
    NOT_FOUND = "not_found"
    GONE = "gone"
    LIMITED = "limited"
    CHALLENGED = "challenged"
    WEB_PAGE = "web_page"
    NOT_A_FEED = "not_a_feed"
    REFUSED = "refused"
    BLOCKED = "blocked"
    TOO_LARGE = "too_large"
    SERVER = "server"
    UNREACHABLE = "unreachable"


class Feed(Base):
    """One source. Removed ones stay for the record (`removed_at`), with their entries; adding again revives them.

    `url_key` is the address without scheme, "www." and closing slash: the same feed is one row. `etag`,
    `last_modified` are opaque and belong to `url`. `interval_s` is what `next_fetch_at` was reckoned with, `ttl_s` what
    the feed itself asked for, `quiet_hours` the hours of the week (UTC, 0 is Monday 00:00) in which it wants peace.
    `failing_since` is when the present `problem` began; `offers_url` the address that its site offers instead, looked
    for at `offers_checked_at`. `moved_to` is where permanent redirects lead, `moved_count` how often in a row,
    `moved_from` the address before one was adopted. `gone_at` is set by a 410 and stops fetching, `is_active` false is
    our pause.
    """

    __tablename__ = "feed"
    __table_args__ = (Index(None, "is_active", "next_fetch_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    url: Mapped[str]
    url_key: Mapped[str] = mapped_column(unique=True)
    host: Mapped[str] = mapped_column(index=True)
    site_url: Mapped[str] = mapped_column(default="")
    folder: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(default="")
    trust: Mapped[str] = mapped_column(default=Trust.OTHER)
    language: Mapped[str] = mapped_column(default="")
    keep_words: Mapped[list[str]] = mapped_column(JSON, default=list)
    skip_words: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    etag: Mapped[str] = mapped_column(default="")
    last_modified: Mapped[str] = mapped_column(default="")
    body_hash: Mapped[str] = mapped_column(default="")
    ttl_s: Mapped[int] = mapped_column(default=0)
    quiet_hours: Mapped[list[int]] = mapped_column(JSON, default=list)
    interval_s: Mapped[int] = mapped_column(default=3600)
    next_fetch_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_attempt_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_ok_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_status: Mapped[int | None]
    why_next: Mapped[str] = mapped_column(default="")
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)

    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    trouble: Mapped[str] = mapped_column(default=Trouble.NONE)
    problem: Mapped[str] = mapped_column(default="")
    warning: Mapped[str] = mapped_column(default="")
    offers_url: Mapped[str] = mapped_column(default="")
    offers_checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    moved_to: Mapped[str] = mapped_column(default="")
    moved_count: Mapped[int] = mapped_column(default=0)
    moved_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    moved_from: Mapped[str] = mapped_column(default="")


class FeedHost(Base):
    """A machine that feeds come from: one request at a time, two seconds apart, later when it asked for that."""

    __tablename__ = "feed_host"

    host: Mapped[str] = mapped_column(primary_key=True)
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Entry(Base):
    """One item of a feed as it says it now. `first_seen_at` is ours and decides; `published_at` only when plausible.

    `summary` is HTML through the allow-list with absolute links, `text` the same as plain words. `content_hash` changes
    when title, link or text do; `changed_at` is when that last happened. A skipped one fits a keyword rule.
    """

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("feed_id", "guid"), Index(None, "feed_id", "first_seen_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feed.id", ondelete="CASCADE"))
    guid: Mapped[str]
    url: Mapped[str] = mapped_column(default="")
    canonical_url: Mapped[str] = mapped_column(default="", index=True)
    title: Mapped[str] = mapped_column(default="")
    author: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    image_url: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    first_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    content_hash: Mapped[str]
    is_backlog: Mapped[bool] = mapped_column(default=False)
    is_skipped: Mapped[bool] = mapped_column(default=False)
    skip_reason: Mapped[str] = mapped_column(default="")


class FeedImport(Base):
    """One OPML file: what became of each line, and which feeds it added or brought back, so that it can be undone."""

    __tablename__ = "feed_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str]
    report: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    feed_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
