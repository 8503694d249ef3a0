"""Playbooks of shows, what they announced, and letters to stations."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class LineKind(StrEnum):
    """What a line of a playbook makes."""

    STATIONS = "stations"
    PRESS = "press"
    ALERT = "alert"
    SOCIAL = "social"
    ON_AIR = "on_air"
    AGAIN = "again"


class Playbook(Base):
    """The lines of one show; without a row the show has the usual ones (`rules.USUAL`)."""

    __tablename__ = "playbook"

    show_id: Mapped[int] = mapped_column(ForeignKey("show.id", ondelete="CASCADE"), primary_key=True)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)


class Announcement(Base):
    """The draft that a line made for one broadcast. `item_kind` and `ref` name it as planning does.

    `days` and `minutes` are the line's distance from the broadcast, in the station's wall time. A `is_correction` one
    tells who has been told something else.
    """

    __tablename__ = "announcement"
    __table_args__ = (
        UniqueConstraint("item_kind", "ref"),
        Index(None, "broadcast_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcast.id", ondelete="CASCADE"))
    kind: Mapped[str]
    days: Mapped[int]
    minutes: Mapped[int]
    item_kind: Mapped[str]
    ref: Mapped[int]
    is_correction: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Letter(Base):
    """Mail to a station. `state` is a `planning.models.ItemState`; past `stale_at` it would say what is over."""

    __tablename__ = "letter"
    __table_args__ = (Index(None, "state", "due_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    to_address: Mapped[str]
    to_name: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    state: Mapped[str]
    wall: Mapped[datetime]
    zone: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    stale_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)
