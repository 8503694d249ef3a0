"""Senders, relays, the outbox, suppression, and the ledger of a run: batches, retries, deliveries."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime
from campaigns.delivery.hours import Hours


class Sender(Base):
    """Who a newsletter comes from; the list is kept by administrators. A retired sender stays for the record."""

    __tablename__ = "sender"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    reply_to: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Security(StrEnum):
    """How the connection to a relay is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Relay(Base):
    """A mail server that carries our mail once the office is live; the password rests encrypted.

    `weight` is its share beside the others. One that is held gets nothing for now, a retired one stays for the record.
    After `failures` in a row it is left alone until `resting_until`; `trouble` is what it, or the network, said last.
    No limit is None.
    """

    __tablename__ = "relay"
    __table_args__ = (
        CheckConstraint("port BETWEEN 1 AND 65535", name="port"),
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight"),
        CheckConstraint("hour_limit > 0 AND day_limit > 0", name="limits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    host: Mapped[str]
    port: Mapped[int]
    security: Mapped[str]
    username: Mapped[str] = mapped_column(default="")
    password_sealed: Mapped[str] = mapped_column(default="")
    tested_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    weight: Mapped[int] = mapped_column(default=1)
    hour_limit: Mapped[int | None]
    day_limit: Mapped[int | None]
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    resting_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    trouble: Mapped[str] = mapped_column(default="")
    trouble_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    carried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)


class DomainLimit(Base):
    """What the addresses at one domain get from us at most."""

    __tablename__ = "domain_limit"
    __table_args__ = (CheckConstraint("hour_limit > 0 AND day_limit > 0", name="limits"),)

    domain: Mapped[str] = mapped_column(primary_key=True)
    hour_limit: Mapped[int | None]
    day_limit: Mapped[int | None]


class Bucket(Base):
    """The tokens of one limit that were taken and have not come back, shared by all senders; see `buckets.py`."""

    __tablename__ = "bucket"

    key: Mapped[str] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(primary_key=True)
    takes: Mapped[list[list[int]]] = mapped_column(JSON)


class SendingRules(Base):
    """How newsletters leave (row 1): sending hours in minutes of the day and days of the week (0 is Monday), in the
    organization's zone; and the first part of a large one, which is sent alone and looked at."""

    __tablename__ = "sending_rules"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    has_hours: Mapped[bool]
    opens: Mapped[int]
    closes: Mapped[int]
    days: Mapped[list[int]] = mapped_column(JSON)
    is_staged: Mapped[bool]
    stage_percent: Mapped[int]
    stage_least: Mapped[int]
    stage_minutes: Mapped[int]
    stage_refusals: Mapped[int]
    version: Mapped[int] = mapped_column(default=0)

    @classmethod
    def usual(cls) -> "SendingRules":
        """Those of an office that has not changed them."""
        hours = {"has_hours": True, "opens": 9 * 60, "closes": 17 * 60, "days": [0, 1, 2, 3, 4]}
        stage = {"stage_percent": 1, "stage_least": 50, "stage_minutes": 30, "stage_refusals": 2}
        return cls(id=1, is_staged=True, version=0, **hours, **stage)

    def hours(self, zone: str) -> Hours | None:
        """The sending hours, or None when newsletters leave at any hour."""
        return Hours(self.opens, self.closes, frozenset(self.days), zone) if self.has_hours else None


class OutboxState(StrEnum):
    """Where a single mail stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class OutboxMail(Base):
    """One single mail (confirmation, link, notice). Address and text are wiped when it has left."""

    __tablename__ = "outbox_mail"
    __table_args__ = (Index(None, "state", "not_before"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    to_address: Mapped[str]
    to_name: Mapped[str] = mapped_column(default="")
    from_name: Mapped[str]
    from_address: Mapped[str]
    reply_to: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str] = mapped_column(default="")
    headers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    is_urgent: Mapped[bool] = mapped_column(default=False)
    message_id: Mapped[str]
    state: Mapped[str] = mapped_column(default=OutboxState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(UTCDateTime)
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    problem: Mapped[str] = mapped_column(default="")


class SuppressionReason(StrEnum):
    """Why we must not write to an address."""

    NOT_ME = "not_me"
    ERASED = "erased"
    COMPLAINT = "complaint"
    BOUNCED = "bounced"
    BY_HAND = "by_hand"


class Suppression(Base):
    """An address we must not write to: only the peppered fingerprint of it is kept, also after erasure."""

    __tablename__ = "suppression"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    CANCELED = "canceled"


class StageEnd(StrEnum):
    """How the first part of a large newsletter ended."""

    WAITED = "waited"
    BUTTON = "button"
    STOPPED = "stopped"


class WaitKind(StrEnum):
    """Why a run that is under way does nothing for now."""

    HOURS = "hours"
    LIMIT = "limit"
    SERVERS = "servers"
    FAULT = "fault"


class Run(Base):
    """One mailing: `kind` and `ref` say of what (opaque here), `cursor` how far recipients were put into batches.

    `wait_kind` and `next_try_at` say why it does nothing for now and until when; `failures` counts a mail server that
    does not answer; `is_settled` that whoever asked was told. With `leaves_uncertain`, copies that may have left before
    a crash are not sent again: a person decides. Of a first part of `stage_size` people `stage_left` are still to be
    put into batches, None once the rest may follow; it is looked at until `stage_until`, and `stage_seen` is what it
    showed. `refused` counts refusals that lie at our door, `watch` those that say something of all our mail
    (`watch.py`), and `refused_told_at` is when the author heard of the first.
    """

    __tablename__ = "run"
    __table_args__ = (UniqueConstraint("kind", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ref: Mapped[int]
    state: Mapped[str] = mapped_column(default=RunState.RUNNING, index=True)
    reason: Mapped[str] = mapped_column(default="")
    cursor: Mapped[int] = mapped_column(default=0)
    max_id: Mapped[int]
    is_cut: Mapped[bool] = mapped_column(default=False)
    batches: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    uncertain: Mapped[int] = mapped_column(default=0)
    leaves_uncertain: Mapped[bool] = mapped_column(default=False)
    refused: Mapped[int] = mapped_column(default=0)
    refused_told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    watch: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    failures: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    wait_kind: Mapped[str] = mapped_column(default="")
    ignores_hours: Mapped[bool] = mapped_column(default=False)
    stage_size: Mapped[int] = mapped_column(default=0)
    stage_left: Mapped[int | None]
    stage_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    stage_end: Mapped[str] = mapped_column(default="")
    stage_seen: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_settled: Mapped[bool] = mapped_column(default=False)


class RunForm(Base):
    """What a run sends in one language, as it was at launch (`mime.Form` as JSON)."""

    __tablename__ = "run_form"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    form: Mapped[dict[str, Any]] = mapped_column(JSON)


class Batch(Base):
    """Up to 1,000 recipients. `ids` are int64, `done` one bit each; what lies below `released` may have left."""

    __tablename__ = "batch"
    __table_args__ = (UniqueConstraint("run_id", "no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    no: Mapped[int]
    ids: Mapped[bytes] = mapped_column(LargeBinary)
    done: Mapped[bytes] = mapped_column(LargeBinary)
    released: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(default="")
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Retry(Base):
    """A recipient to be tried again: their server asked us to come back later (4xx), or a person wishes it.

    `is_wanted` says that a person wishes it although a first copy may have arrived. `cause` is what `replies.py` made
    of the last answer, `aside_for` which domain gets no more for now: whoever is set aside for it was perhaps never
    tried, and waits until it has tokens again.
    """

    __tablename__ = "retry"
    __table_args__ = (Index(None, "next_at"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    recipient_id: Mapped[int] = mapped_column(primary_key=True)
    attempts: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    next_at: Mapped[datetime] = mapped_column(UTCDateTime)
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    code: Mapped[int] = mapped_column(default=0)
    enhanced: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    cause: Mapped[str] = mapped_column(default="")
    is_wanted: Mapped[bool] = mapped_column(default=False)
    aside_for: Mapped[str] = mapped_column(default="")


class Outcome(StrEnum):
    """What became of one recipient's copy; *uncertain* where it may have arrived and nobody sends it again unasked."""

    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNCERTAIN = "uncertain"


class Delivery(Base):
    """One newsletter to one subscriber, once its outcome is known; `text` is the server's reply without addresses.

    `is_uncertain` marks those who may have two copies; `enhanced` is the server's code of RFC 3463 ("5.1.1"), `cause`
    what `replies.py` made of a refusal. `left_at` is when a person decided to leave an uncertain copy as it is.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index(None, "recipient_id"),
        Index(None, "run_id", "outcome"),
        # The few that may be there twice are counted each second while a page looks on.
        Index(
            "ix_delivery_uncertain",
            "run_id",
            sqlite_where=sql("is_uncertain IS 1"),
            postgresql_where=sql("is_uncertain IS true"),
        ),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    recipient_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    outcome: Mapped[str]
    is_uncertain: Mapped[bool] = mapped_column(default=False)
    code: Mapped[int] = mapped_column(default=0)
    enhanced: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    cause: Mapped[str] = mapped_column(default="")
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class TryPlan(Base):
    """How a recipient is tried again whose server says later (row 1, once somebody changed it): minutes between tries,
    of which the last repeats, and the hours after which it counts as failed."""

    __tablename__ = "try_plan"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("hours BETWEEN 1 AND 120", name="hours"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    steps: Mapped[list[int]] = mapped_column(JSON)
    hours: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
