"""Channels and their slots, posts and how each channel says them, and what became of every single publication."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class ChannelState(StrEnum):
    """Whether a channel can publish. A held one waits for a person; so does one that must be signed in to again."""

    CONNECTED = "connected"
    NEEDS_SIGN_IN = "needs_sign_in"
    HELD = "held"


class Channel(Base):
    """Our account on a network. `credentials_sealed` is opened by `accounts.py` alone and never shown.

    `limits` is what the network last told about the account (longest text, most pictures). `free_at` is the instant
    before which the network wants no request of ours; `busy_until` the lease of the one process that works on it.
    `monthly_cap_mills` limits what publishing may cost in a calendar month, in thousandths of a dollar.
    """

    __tablename__ = "channel"

    id: Mapped[int] = mapped_column(primary_key=True)
    network: Mapped[str]
    name: Mapped[str]
    handle: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    base_url: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=ChannelState.CONNECTED, index=True)
    state_reason: Mapped[str] = mapped_column(default="")
    credentials_sealed: Mapped[str] = mapped_column(default="")
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    warned_days: Mapped[int | None]
    limits: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    zone: Mapped[str]
    spacing_minutes: Mapped[int] = mapped_column(default=60)
    monthly_cap_mills: Mapped[int | None]
    free_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    busy_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    busy_by: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tested_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class Slot(Base):
    """A weekly time at which a channel likes to post, in the channel's zone; Monday is 0."""

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("channel_id", "weekday", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id", ondelete="CASCADE"))
    weekday: Mapped[int]
    at: Mapped[time]


class SignIn(Base):
    """One try to connect a channel through the network's own page (OAuth 2 with PKCE); its state is stored hashed."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_digest: Mapped[str] = mapped_column(unique=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    verifier_sealed: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Picture(Base):
    """An image for posts: re-encoded by us, made smaller and never cropped, found under an unguessable token."""

    __tablename__ = "picture"

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


class Post(Base):
    """What is said. Its state is repeated in planning's `plan_item` (kind "social") in the same transaction.

    `content` is what `documents.py` validates: text, link, pictures, variants. `send_mode` is "now" (a minute after
    the approval) or "at" (`send_wall` in `send_zone`). `repeat` is {} or the rule by which the next occurrence is made
    when this one is launched; `previous_id` is the one before. `lateness_minutes` is how late it may still leave.
    """

    __tablename__ = "post"
    # Publications and the audit log name posts by number; SQLite would give that of a removed one to the next.
    __table_args__ = (Index(None, "state", "publish_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(index=True)
    send_mode: Mapped[str] = mapped_column(default="now")
    send_wall: Mapped[datetime | None]
    send_zone: Mapped[str]
    publish_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lateness_minutes: Mapped[int] = mapped_column(default=60)
    repeat: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    editor_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    submit_note: Mapped[str] = mapped_column(default="")
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    launched_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    flagged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    binned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class PostChannel(Base):
    """Which channels a post goes to: repeated from its content, to find the posts of a channel."""

    __tablename__ = "post_channel"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id", ondelete="CASCADE"), primary_key=True, index=True)


class PublicationState(StrEnum):
    """Where one post stands on one channel."""

    WAITING = "waiting"
    SENDING = "sending"
    RETRY = "retry"
    CHECKING = "checking"
    BY_HAND = "by_hand"
    PUBLISHED = "published"
    FAILED = "failed"
    UNKNOWN = "unknown"
    MISSED = "missed"
    HELD = "held"
    CANCELED = "canceled"


class Publication(Base):
    """One post on its way to one channel. `messages` is the content frozen at launch, one entry for each of a thread.

    `position` counts the messages that are out. `not_before` is when it is looked at next; past `late_at` it is missed.
    `note` says in a sentence what happened or what it waits for. A `is_practice` one reaches no network.
    """

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("post_id", "channel_id"),
        Index(None, "channel_id", "state", "not_before"),
        Index(None, "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    state: Mapped[str] = mapped_column(default=PublicationState.WAITING)
    is_practice: Mapped[bool] = mapped_column(default=False)
    messages: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    position: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    late_at: Mapped[datetime] = mapped_column(UTCDateTime)
    not_before: Mapped[datetime] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
    cost_mills: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(default="")
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    permalink: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    flagged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Part(Base):
    """One message of a publication as it was handed over: the exact request and its key, kept before it is sent.

    `ref` is what the network calls it, so that the next one of a thread can answer to it and it can be deleted.
    """

    __tablename__ = "part"
    __table_args__ = (UniqueConstraint("publication_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"))
    number: Mapped[int]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    frozen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ref: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    permalink: Mapped[str] = mapped_column(default="")


class HashtagSet(Base):
    """Hashtags that are used together, under a name."""

    __tablename__ = "hashtag_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    tags: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class LinkRule(Base):
    """Which tags (utm_...) the links to one site get; "{network}", "{channel}" and "{campaign}" are filled in."""

    __tablename__ = "link_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str] = mapped_column(default="{network}")
    medium: Mapped[str] = mapped_column(default="social")
    campaign: Mapped[str] = mapped_column(default="{campaign}")
    version: Mapped[int] = mapped_column(default=1)


class PostImportState(StrEnum):
    """How far an import of posts is."""

    CHECKED = "checked"
    DONE = "done"
    DISCARDED = "discarded"


class PostImport(Base):
    """A file of many posts: `rows` is what each line would become, with its problems; `post_ids` what was made."""

    __tablename__ = "post_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str]
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(default=PostImportState.CHECKED)
    post_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
