"""Digests, the issues they made, the ledger of what was printed, corrections, and standing approvals."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class Digest(Base):
    """A rule that turns stories into a draft newsletter; `recipe.py` and `rhythm.py` say what its words mean.

    `sections` is a list of {"title", "categories", "most"}. `rhythm` is "" for a digest to everybody on its lists, or
    the key under which readers of these lists may choose it instead of each newsletter. `next_at` is when the next
    draft is due, None while it rests. `approver_id` is who is asked about each draft, `changed_by_id` who wrote the
    rule last and may therefore not approve it.
    """

    __tablename__ = "digest"
    __table_args__ = (Index(None, "is_on", "next_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="")
    is_on: Mapped[bool] = mapped_column(default=False)
    is_public: Mapped[bool] = mapped_column(default=True)

    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    keywords: Mapped[list[str]] = mapped_column(JSON, default=list)
    without: Mapped[list[str]] = mapped_column(JSON, default=list)
    only_own: Mapped[bool] = mapped_column(default=False)
    only_picked: Mapped[bool] = mapped_column(default=False)
    has_newsletters: Mapped[bool] = mapped_column(default=False)
    sections: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    story_order: Mapped[str] = mapped_column(default="newest")
    most: Mapped[int] = mapped_column(default=10)
    most_per_source: Mapped[int] = mapped_column(default=0)
    least: Mapped[int] = mapped_column(default=3)
    when_little: Mapped[str] = mapped_column(default="skip")
    quote_words: Mapped[int] = mapped_column(default=40)
    credit: Mapped[str] = mapped_column(default="source_date")
    subject: Mapped[str] = mapped_column(default="")
    opening: Mapped[str] = mapped_column(default="")

    every: Mapped[str] = mapped_column(default="week")
    weekdays: Mapped[list[int]] = mapped_column(JSON, default=list)
    month_day: Mapped[int] = mapped_column(default=1)
    at_time: Mapped[str] = mapped_column(default="08:00")
    zone: Mapped[str]
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    list_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    rhythm: Mapped[str] = mapped_column(default="")
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("sender.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)


class IssueState(StrEnum):
    """Where an issue stands before and beside its newsletter, whose own state says the rest."""

    DRAFTED = "drafted"
    HANDED = "handed"
    STUCK = "stuck"
    WAITING = "waiting"
    SKIPPED = "skipped"
    SENT = "sent"
    DROPPED = "dropped"


class DigestIssue(Base):
    """One time at which a digest was due, and what came of it; a time gives one issue at most.

    `note` says in a sentence why there is none, or what the approver should know. `failed_sources` are the sentences
    about sources that could not be read. `standing_id` is set when a standing approval let it be scheduled.
    """

    __tablename__ = "digest_issue"
    __table_args__ = (
        UniqueConstraint("digest_id", "slot_at"),
        Index(None, "state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest_id: Mapped[int] = mapped_column(ForeignKey("digest.id", ondelete="CASCADE"))
    slot_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str]
    newsletter_id: Mapped[int | None] = mapped_column(ForeignKey("newsletter.id", ondelete="SET NULL"), index=True)
    standing_id: Mapped[int | None] = mapped_column(ForeignKey("standing_approval.id", ondelete="SET NULL"))
    story_count: Mapped[int] = mapped_column(default=0)
    is_late: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    failed_sources: Mapped[list[str]] = mapped_column(JSON, default=list)
    prepared_at: Mapped[datetime] = mapped_column(UTCDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    handed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reminders: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PrintedStory(Base):
    """A story in a newsletter: taken (`printed_at` None) while that is on its way, printed once it was sent.

    The words are those of the newsletter. `block_id` is the block that holds it; `entry_id` and `source_hash` say which
    text of the source it was taken from. `check` is what looking at the link found: {"status", "flags": [...]}.
    """

    __tablename__ = "printed_story"
    __table_args__ = (Index(None, "story_id"), Index(None, "printed_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"), index=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("digest_issue.id", ondelete="CASCADE"), index=True)
    story_id: Mapped[int | None] = mapped_column(ForeignKey("story.id", ondelete="SET NULL"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id", ondelete="SET NULL"))
    block_id: Mapped[str]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    source_hash: Mapped[str] = mapped_column(default="")
    taken_at: Mapped[datetime] = mapped_column(UTCDateTime)
    printed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    check: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class PrintedKey(Base):
    """The ledger: an article is printed once for the same readers, across digests, feeds and newsletters.

    `rhythm` tells readers apart who chose different ones for the same list and so never get the same mail.
    """

    __tablename__ = "printed_key"

    key: Mapped[str] = mapped_column(primary_key=True)
    rhythm: Mapped[str] = mapped_column(primary_key=True, default="")
    printed_id: Mapped[int] = mapped_column(ForeignKey("printed_story.id", ondelete="CASCADE"), index=True)


class Correction(Base):
    """What was wrong in a printed story; the next issue of its digest says so (`issue_id`), its page at once."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    printed_id: Mapped[int] = mapped_column(ForeignKey("printed_story.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("digest_issue.id", ondelete="SET NULL"), index=True)
    said_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class StandingApproval(Base):
    """Issues of one digest may leave without a person reading each: recorded by one, agreed to by the approver.

    It covers exactly the rule and the template whose hash it holds, for sources of our own, until `expires_at`.
    """

    __tablename__ = "standing_approval"
    __table_args__ = (Index(None, "digest_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    digest_id: Mapped[int] = mapped_column(ForeignKey("digest.id", ondelete="CASCADE"))
    rule_hash: Mapped[str]
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    agreed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_practice: Mapped[bool] = mapped_column(default=False)
    voided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    void_reason: Mapped[str] = mapped_column(default="")
