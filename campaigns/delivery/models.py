"""Senders, relays, the outbox, suppression, and the ledger of a run: batches, retries, deliveries."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


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
    """

    __tablename__ = "relay"
    __table_args__ = (
        CheckConstraint("port BETWEEN 1 AND 65535", name="port"),
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    host: Mapped[str]
    port: Mapped[int]
    security: Mapped[str]
    username: Mapped[str] = mapped_column(default="")
    password_sealed: Mapped[str] = mapped_column(default="")
    tested_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    weight: Mapped[int] = mapped_column(default=1, server_default="1")
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    resting_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    trouble: Mapped[str] = mapped_column(default="", server_default="")
    trouble_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    carried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)


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


class Run(Base):
    """One mailing: `kind` and `ref` say of what (opaque here), `cursor` how far recipients were put into batches.

    `failures` and `next_try_at` count a mail server that does not answer; `is_settled` that whoever asked was told.
    With `leaves_uncertain`, copies that may have left before a crash are not sent again: a person decides.
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
    failures: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
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

    `is_wanted` says that a person wishes it although a first copy may have arrived.
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
    is_wanted: Mapped[bool] = mapped_column(default=False)


class Outcome(StrEnum):
    """What became of one recipient's copy; *uncertain* where it may have arrived and nobody sends it again unasked."""

    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNCERTAIN = "uncertain"


class Delivery(Base):
    """One newsletter to one subscriber, once its outcome is known; `text` is the server's reply without addresses.

    `is_uncertain` marks those who may have two copies; `enhanced` is the server's code of RFC 3463 ("5.1.1").
    """

    __tablename__ = "delivery"
    __table_args__ = (Index(None, "recipient_id"), Index(None, "run_id", "outcome"))

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    recipient_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    outcome: Mapped[str]
    is_uncertain: Mapped[bool] = mapped_column(default=False)
    code: Mapped[int] = mapped_column(default=0)
    enhanced: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
