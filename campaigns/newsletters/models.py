"""Newsletters, their language versions and revisions, images, and the compiled form kept from launch."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class ArchiveMode(StrEnum):
    """Whether a sent newsletter can be read on the web."""

    LISTED = "listed"
    UNLISTED = "unlisted"
    WITHDRAWN = "withdrawn"


class Newsletter(Base):
    """One edition. Its state is repeated in planning's `plan_item` (kind "newsletter") in the same transaction.

    `send_mode` is "now" (it leaves a minute after it is approved) or "at" (`send_wall` in `send_zone`). `audience_rule`
    is {"lists": [ids], "minus": [ids]}, with "rhythm" when it is for those who chose one, and
    "reached" when it is only for those who got that other newsletter. `completed_at` is when everybody had been dealt
    with for the first time. With `leaves_uncertain` a copy that may have left before a crash is left to a person.
    `version` counts every change and guards against silent overwriting.
    `editor_ids` are all who wrote in it, who may not approve it. `launch_note` says why it is held, missed or failed,
    `outside_reason` why somebody (`outside_by_id`) lets it leave outside the sending hours.
    """

    __tablename__ = "newsletter"
    # Runs and the audit log name newsletters by number; SQLite would give that of a removed one to the next.
    __table_args__ = (Index(None, "state", "launch_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("sender.id"))
    audience_rule: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    send_mode: Mapped[str] = mapped_column(default="now")
    send_wall: Mapped[datetime | None]
    send_zone: Mapped[str]
    launch_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    launch_confirmed_count: Mapped[int | None]
    launch_note: Mapped[str] = mapped_column(default="")
    outside_reason: Mapped[str] = mapped_column(default="")
    outside_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    editor_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    submit_note: Mapped[str] = mapped_column(default="")
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id", ondelete="SET NULL"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"))
    slug: Mapped[str] = mapped_column(unique=True)
    archive_mode: Mapped[str] = mapped_column(default=ArchiveMode.LISTED)
    archive_note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    leaves_uncertain: Mapped[bool] = mapped_column(default=False)
    stale_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    binned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class Edition(Base):
    """One language version of a newsletter; `blocks` is the list that `blocks.py` validates."""

    __tablename__ = "edition"

    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(default="")
    preheader: Mapped[str] = mapped_column(default="")
    blocks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class Revision(Base):
    """What a newsletter was at one version; `document` holds all languages.

    `parent` is the version it was made from. A step of undo or redo writes a revision too, whose `origin` is the
    version it brought back; so the history only grows and nothing is lost.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("newsletter_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"))
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    parent: Mapped[int | None]
    origin: Mapped[int | None]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


class Image(Base):
    """A picture in a newsletter: re-encoded by us, without EXIF, found under an unguessable token."""

    __tablename__ = "image"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(unique=True)
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    @property
    def extension(self) -> str:
        """The last part of its public address."""
        return "png" if self.media_type == "image/png" else "jpg"


class Compiled(Base):
    """A newsletter in one language as it was launched; sending, resuming and the archive page use this."""

    __tablename__ = "compiled"

    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    html: Mapped[str]
    text: Mapped[str]
    archive_subject: Mapped[str]
    archive_html: Mapped[str]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
