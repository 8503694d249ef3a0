"""Stories, the entries that tell them, and what people decided about them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class StoryState(StrEnum):
    """What the office wants with a story; whether it was printed stands in the ledger (`PrintedStory`)."""

    WAITING = "waiting"
    PICKED = "picked"
    SKIPPED = "skipped"
    MERGED = "merged"


class Story(Base):
    """Entries about the same event. `lead_id` is the entry that speaks for it (chosen by a person when
    `is_lead_chosen`), `title` its headline when it began.

    `note` is for the office, `summary` one line of our own for readers. `first_at` is when its first entry was news,
    `last_at` when the latest one was first seen. One that was merged into another keeps no entry. `is_backlog`: all of
    it was old when its feed was added.
    """

    __tablename__ = "story"
    # The audit log and newsletters name stories by number; SQLite would give that of a removed one to the next.
    __table_args__ = (Index(None, "state", "last_at"), Index(None, "first_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default=StoryState.WAITING)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id", ondelete="SET NULL"))
    is_lead_chosen: Mapped[bool] = mapped_column(default=False, server_default=false())
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    source_count: Mapped[int] = mapped_column(default=1)
    is_backlog: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("story.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class StoryEntry(Base):
    """An entry in its story, why it is there (`clustering.Why`) and how alike it is to the story's first, 0 to 1.

    Later entries are compared with those that are `is_leader`: the first one, and the first ones of merged stories.
    """

    __tablename__ = "story_entry"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(index=True)
    why: Mapped[str]
    score: Mapped[float] = mapped_column(default=1.0)
    is_leader: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class StoryPair(Base):
    """A decision for good: two articles (by key, the smaller first) belong together, or do not."""

    __tablename__ = "story_pair"
    __table_args__ = (UniqueConstraint("first_key", "second_key"), Index(None, "second_key"))

    id: Mapped[int] = mapped_column(primary_key=True)
    first_key: Mapped[str]
    second_key: Mapped[str]
    is_together: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class StoryChange(Base):
    """One thing a person did to stories, with what was there before, so that it can be taken back."""

    __tablename__ = "story_change"
    __table_args__ = (Index(None, "user_id", "undone_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), index=True)
    count: Mapped[int] = mapped_column(default=1)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
