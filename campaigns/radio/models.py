"""Shows, stations, airings and what changes single occurrences, episodes with guests, scripts, the airing log."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class Show(Base):
    """A program with a name of its own. `pronunciations` maps what is written to how it is read."""

    __tablename__ = "show"
    __table_args__ = (CheckConstraint("words_a_minute BETWEEN 80 AND 260", name="words_a_minute"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    tagline: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    hosts: Mapped[list[str]] = mapped_column(JSON, default=list)
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    contact: Mapped[str] = mapped_column(default="")
    help_line: Mapped[str] = mapped_column(default="")
    words_a_minute: Mapped[int] = mapped_column(default=150)
    pronunciations: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    podcast_guid: Mapped[str] = mapped_column(default="")
    artwork_alt: Mapped[str] = mapped_column(default="")
    artwork_digest: Mapped[str] = mapped_column(default="")
    is_public: Mapped[bool] = mapped_column(default=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)


class Artwork(Base):
    """The picture of a show, made safe by us; apart from the show so that lists of shows stay light."""

    __tablename__ = "artwork"

    show_id: Mapped[int] = mapped_column(ForeignKey("show.id", ondelete="CASCADE"), primary_key=True)
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Station(Base):
    """Who carries shows. `psa_lengths` are seconds it takes; `psa_words` its own limit of words, 0 for none."""

    __tablename__ = "station"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    call_sign: Mapped[str] = mapped_column(default="")
    frequency: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    stream_url: Mapped[str] = mapped_column(default="")
    zone: Mapped[str]
    traffic_email: Mapped[str] = mapped_column(default="")
    psa_email: Mapped[str] = mapped_column(default="")
    press_email: Mapped[str] = mapped_column(default="")
    psa_lengths: Mapped[list[int]] = mapped_column(JSON, default=list)
    psa_words: Mapped[int] = mapped_column(default=0)
    psa_lead_days: Mapped[int] = mapped_column(default=14)
    may_call_to_action: Mapped[bool] = mapped_column(default=True)
    psa_notes: Mapped[str] = mapped_column(default="")
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)


class Airing(Base):
    """A show's slot on a station. `first_wall` is naive local time in the station's zone; `rule` an RFC 5545 RRULE
    without DTSTART and UNTIL, empty for a single time; `until_on` the last local day, inclusive.
    """

    __tablename__ = "airing"
    __table_args__ = (CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    show_id: Mapped[int] = mapped_column(ForeignKey("show.id", ondelete="CASCADE"), index=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id", ondelete="CASCADE"), index=True)
    uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    first_wall: Mapped[datetime]
    rule: Mapped[str] = mapped_column(default="")
    minutes: Mapped[int]
    until_on: Mapped[date | None]
    is_repeat: Mapped[bool] = mapped_column(default=False)
    is_live: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ChangeKind(StrEnum):
    """How one occurrence differs from its rule."""

    MOVED = "moved"
    CANCELED = "canceled"
    PREEMPTED = "preempted"
    SPECIAL = "special"
    USUAL = "usual"


class Change(Base):
    """What became of one occurrence; `wall` is when the rule has it (of a special one, when it is), `new_wall` when
    it is instead. Rows are kept, also of one that is as usual again: calendars that saw another time must be told.
    """

    __tablename__ = "occurrence_change"
    __table_args__ = (UniqueConstraint("airing_id", "wall"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    airing_id: Mapped[int] = mapped_column(ForeignKey("airing.id", ondelete="CASCADE"))
    wall: Mapped[datetime]
    kind: Mapped[str]
    new_wall: Mapped[datetime | None]
    minutes: Mapped[int | None]
    reason: Mapped[str] = mapped_column(default="")
    sequence: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Episode(Base):
    """What is broadcast. `issues` are the community issues it treats and `narrative` how (47 CFR 73.3526(e)(11));
    `links` are {label, url}, `segments` {title, seconds}. `audio_bytes` and `audio_seconds` are 0 while unknown.
    """

    __tablename__ = "episode"
    __table_args__ = (UniqueConstraint("show_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    show_id: Mapped[int] = mapped_column(ForeignKey("show.id", ondelete="CASCADE"))
    number: Mapped[int]
    slug: Mapped[str] = mapped_column(unique=True)
    guid: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    narrative: Mapped[str] = mapped_column(default="")
    issues: Mapped[list[str]] = mapped_column(JSON, default=list)
    links: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    segments: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    audio_url: Mapped[str] = mapped_column(default="")
    audio_type: Mapped[str] = mapped_column(default="")
    audio_bytes: Mapped[int] = mapped_column(default=0)
    audio_seconds: Mapped[int] = mapped_column(default=0)
    transcript_vtt: Mapped[str] = mapped_column(default="")
    transcript_html: Mapped[str] = mapped_column(default="")
    social_url: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id", ondelete="SET NULL"))
    binned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class Guest(Base):
    """Somebody heard in an episode, under the name that they chose; shown anywhere only once consent is recorded."""

    __tablename__ = "guest"

    id: Mapped[int] = mapped_column(primary_key=True)
    episode_id: Mapped[int] = mapped_column(ForeignKey("episode.id", ondelete="CASCADE"), index=True)
    public_name: Mapped[str]
    role: Mapped[str] = mapped_column(default="guest")
    has_consent: Mapped[bool] = mapped_column(default=False)
    consent_on: Mapped[date | None]
    consent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))


class Broadcast(Base):
    """Which episode an occurrence carries (`wall` as the rule has it), and what the station confirmed about it."""

    __tablename__ = "broadcast"
    __table_args__ = (UniqueConstraint("airing_id", "wall"), Index(None, "starts_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    airing_id: Mapped[int] = mapped_column(ForeignKey("airing.id", ondelete="CASCADE"))
    wall: Mapped[datetime]
    episode_id: Mapped[int] = mapped_column(ForeignKey("episode.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    minutes: Mapped[int]
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    has_aired: Mapped[bool | None]
    answered_by: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")


class ScriptKind(StrEnum):
    """What a script is for."""

    PSA_15 = "psa_15"
    PSA_30 = "psa_30"
    PSA_60 = "psa_60"
    HOST = "host"
    PRESS = "press"


class Script(Base):
    """Text for somebody else to read, or to print: announcements to time, what the host says, the note to the press.

    `state` is a `planning.models.ItemState`; nothing is handed out before a second person approved it. `kill_on` is
    the last day on which it may be read.
    """

    __tablename__ = "script"
    __table_args__ = (UniqueConstraint("episode_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    episode_id: Mapped[int] = mapped_column(ForeignKey("episode.id", ondelete="CASCADE"))
    kind: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    words_a_minute: Mapped[int]
    kill_on: Mapped[date | None]
    state: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)
