"""Tables of bounces: the facts, the mailbox they arrive in, the providers that report them, what nobody understood."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime

# Where a refusal comes from that a server gave while we spoke with it.
SMTP = "smtp"


class BounceKind(StrEnum):
    """What is at fault: the address (for good), the mailbox, the moment, our mail or server; or a report as spam."""

    ADDRESS = "address"
    MAILBOX = "mailbox"
    TEMPORARY = "temporary"
    POLICY = "policy"
    UNKNOWN = "unknown"
    COMPLAINT = "complaint"


class Bounce(Base):
    """One copy that came back, or a complaint about it. `recipient_id` is opaque here; the address is never kept.

    `source_key` is the same for the same report, however often it arrives. `settled_at` is set when whoever is above
    has acted on it; a forgiven one counts no longer. `text` is what the server said, without addresses.
    """

    __tablename__ = "bounce"
    __table_args__ = (
        Index(None, "run_id", "kind"),
        Index(None, "recipient_id", "at"),
        Index(None, "fingerprint", "at"),
        Index(None, "settled_at", "id"),
        Index(None, "kind", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    recipient_id: Mapped[int | None]
    fingerprint: Mapped[str] = mapped_column(default="")
    kind: Mapped[str]
    code: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    source: Mapped[str]
    source_key: Mapped[str] = mapped_column(unique=True)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    forgiven_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class BounceMailbox(Base):
    """Where bounces go, one row: the return address, and the IMAP account in which they are read.

    `address` empty: every message has its sender as return address. `host` empty: no mailbox is read.
    `uid_validity` and `last_uid` say how far it was read; `problem` is the sentence of the last try that failed.
    """

    __tablename__ = "bounce_mailbox"
    __table_args__ = (CheckConstraint("port BETWEEN 1 AND 65535", name="port"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(default="")
    separator: Mapped[str] = mapped_column(default="+")
    host: Mapped[str] = mapped_column(default="")
    port: Mapped[int] = mapped_column(default=993)
    security: Mapped[str] = mapped_column(default="tls")
    username: Mapped[str] = mapped_column(default="")
    password_sealed: Mapped[str] = mapped_column(default="")
    folder: Mapped[str] = mapped_column(default="INBOX")
    done_folder: Mapped[str] = mapped_column(default="")
    uid_validity: Mapped[int] = mapped_column(default=0)
    last_uid: Mapped[int] = mapped_column(default=0)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    problem: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class Provider(StrEnum):
    """A service that carries mail and reports over the web what came back."""

    SES = "ses"
    SENDGRID = "sendgrid"
    MAILGUN = "mailgun"
    POSTMARK = "postmark"
    GENERIC = "generic"


class Webhook(Base):
    """An address of ours that one provider reports to. The token in the address and the secret rest encrypted.

    `topic` and `confirm_url` are Amazon's: the topic asks once to be confirmed, which an administrator does.
    """

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True)
    token_sealed: Mapped[str]
    secret_sealed: Mapped[str] = mapped_column(default="")
    topic: Mapped[str] = mapped_column(default="")
    confirm_url: Mapped[str] = mapped_column(default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    heard_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    problem: Mapped[str] = mapped_column(default="")
    problem_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class WebhookEvent(Base):
    """An event that was taken, so that the same one is not taken again; only a digest of its name is kept."""

    __tablename__ = "webhook_event"

    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class UnreadReport(Base):
    """A message in the bounce mailbox that looks like a bounce and says too little; kept 14 days, without addresses."""

    __tablename__ = "unread_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    source_key: Mapped[str] = mapped_column(unique=True)
