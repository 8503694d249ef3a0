"""Subscribers, lists, memberships, consent, requests that wait for a click, imports and bulk changes."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class MailingList(Base):
    """What people join. `is_public` lists are offered on the join page; an archived one is kept for the record."""

    __tablename__ = "mailing_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    is_public: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)


class ListRhythm(Base):
    """How often a list may be had instead of each newsletter; who chose it gets only what is written for it.

    Written by those above through `rhythms.py`; `kind` and `ref` name what stands behind it there.
    """

    __tablename__ = "list_rhythm"

    list_id: Mapped[int] = mapped_column(ForeignKey("mailing_list.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    ref: Mapped[int]


class ContactMode(StrEnum):
    """How a person wants to be written to."""

    STANDARD = "standard"


class Subscriber(Base):
    """A person on the mailing list. `address` is as typed, `address_key` is what addresses are compared by."""

    __tablename__ = "subscriber"
    # Consent events, deliveries and sealed links name people by number; SQLite would give an erased one's to the next.
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    contact_mode: Mapped[str] = mapped_column(default=ContactMode.STANDARD)
    paused_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class MembershipState(StrEnum):
    """Where a person stands with one list."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    LEFT = "left"
    REMOVED = "removed"


class Membership(Base):
    """One subscriber on one list. Only CONFIRMED ones get mail; LEFT was the person's wish, REMOVED the staff's.

    `rhythm` is what the person chose among those that the list offers (`ListRhythm`), "" for each newsletter.
    """

    __tablename__ = "membership"
    __table_args__ = (Index(None, "list_id", "state", "subscriber_id"),)

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("mailing_list.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str]
    rhythm: Mapped[str] = mapped_column(default="", server_default="")
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ConsentWording(Base):
    """The exact words shown when somebody agreed, once per text and language."""

    __tablename__ = "consent_wording"

    digest: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str]
    text: Mapped[str]
    first_used_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ConsentEvent(Base):
    """Who agreed to what, when, with which words. Refuses UPDATE and DELETE by trigger; holds ids, never addresses.

    `event`: requested, confirmed, left, removed, added, imported, changed, paused, resumed, erased, refused.
    `channel`: web, one_click, newsletter_link, import, staff, system. `basis` is what staff stated for a hand entry.
    """

    __tablename__ = "consent_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    subscriber_id: Mapped[int] = mapped_column(index=True)
    list_id: Mapped[int | None]
    event: Mapped[str]
    channel: Mapped[str]
    wording_digest: Mapped[str | None]
    basis: Mapped[str] = mapped_column(default="")
    user_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class RequestKind(StrEnum):
    """What a mailed link will do once its button is pressed."""

    JOIN = "join"
    CHANGE_ADDRESS = "change_address"
    MY_DATA = "my_data"


class Request(Base):
    """Something that waits for a person to press the button behind a mailed link; only the token's digest is kept."""

    __tablename__ = "request"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str]
    address_key: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(index=True)
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"))
    list_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    language: Mapped[str] = mapped_column(default="en")
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    wording_digest: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ImportState(StrEnum):
    """Where an import stands."""

    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    UNDONE = "undone"


class Import(Base):
    """One CSV import: what was found line by line, and who was added, so that it can be undone for 30 days.

    `position` counts the rows worked through, so that an import that was cut off goes on where it stopped.
    """

    __tablename__ = "import"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str]
    content_digest: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    list_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    columns: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    basis: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=ImportState.CHECKED)
    position: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    report: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class BulkKind(StrEnum):
    """What was done to many people at once."""

    ADD = "add"
    REMOVE = "remove"


class BulkChange(Base):
    """Many people put on or taken off a list at once; `ids` (int64) are exactly those changed, for the undo."""

    __tablename__ = "bulk_change"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    list_id: Mapped[int] = mapped_column(ForeignKey("mailing_list.id", ondelete="CASCADE"))
    ids: Mapped[bytes] = mapped_column(LargeBinary)
    before: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    basis: Mapped[str] = mapped_column(default="")
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
