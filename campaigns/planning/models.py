"""Planned items of every channel, their approvals, campaigns, and the pause switch."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class Campaign(Base):
    """An outreach effort with a goal and dates; it holds items of every channel."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    goal: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_sample: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)


class ItemState(StrEnum):
    """Where a planned item stands, in every channel."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    MISSED = "missed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    HELD = "held"
    CANCELED = "canceled"


class PlanItem(Base):
    """One row per thing on the calendar. `kind` and `ref` name the channel's own row; written by `items.put` alone.

    `wall` is the local time in `zone` that people chose, `due_at` the instant; both None while no time is set. A row
    that was withdrawn (the thing lies in the bin) is shown nowhere.
    """

    __tablename__ = "plan_item"
    __table_args__ = (UniqueConstraint("kind", "ref"), Index(None, "state", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ref: Mapped[int]
    title: Mapped[str]
    state: Mapped[str]
    wall: Mapped[datetime | None]
    zone: Mapped[str]
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id", ondelete="SET NULL"))
    content_hash: Mapped[str] = mapped_column(default="")
    approved_hash: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Approval(Base):
    """One decision on exactly one content. `is_practice` ones count only while the office practices."""

    __tablename__ = "approval"
    __table_args__ = (Index(None, "plan_item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_item_id: Mapped[int] = mapped_column(ForeignKey("plan_item.id", ondelete="CASCADE"))
    content_hash: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    is_approved: Mapped[bool]
    is_practice: Mapped[bool] = mapped_column(default=False)
    people: Mapped[int] = mapped_column(default=0)
    comment: Mapped[str] = mapped_column(default="")
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    void_reason: Mapped[str] = mapped_column(default="")


class Pause(Base):
    """The switch that stops everything (row 1)."""

    __tablename__ = "pause"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    is_on: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    at: Mapped[datetime | None] = mapped_column(UTCDateTime)
