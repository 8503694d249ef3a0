"""Tables of the doctor: keys that sign for us, self-tests with their results, and the last checkups."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class KeyState(StrEnum):
    """Where a key of ours stands: made and to be published, signing, or no longer signing and still to be found."""

    NEW = "new"
    ACTIVE = "active"
    RETIRED = "retired"


class DkimKey(Base):
    """A key that this program signs with. The private part rests encrypted and is wiped when the key is retired."""

    __tablename__ = "dkim_key"
    __table_args__ = (UniqueConstraint("domain", "selector"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str]
    selector: Mapped[str]
    algorithm: Mapped[str]
    private_sealed: Mapped[str]
    public: Mapped[str]
    state: Mapped[str] = mapped_column(default=KeyState.NEW)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class TestState(StrEnum):
    """Where a self-test stands. `OVERRIDDEN` is none: an administrator took the decision instead, with a reason."""

    __test__ = False

    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"
    OVERRIDDEN = "overridden"


class SelfTest(Base):
    """One self-test of one relay and one sender's domain.

    `way` is a digest of what mail takes there: relay, domain and our keys; with another one it proves nothing. `word`
    stands in the subject. `keys` are those that signed the received copy; `findings` are `findings.to_json`.
    """

    __tablename__ = "self_test"
    __table_args__ = (Index(None, "relay_id", "domain", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    relay_id: Mapped[int] = mapped_column(ForeignKey("relay.id", ondelete="CASCADE"))
    domain: Mapped[str]
    way: Mapped[str]
    word: Mapped[str] = mapped_column(default="", index=True)
    from_address: Mapped[str] = mapped_column(default="")
    to_address: Mapped[str] = mapped_column(default="")
    one_click_url: Mapped[str] = mapped_column(default="")
    message_id: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=TestState.WAITING)
    reason: Mapped[str] = mapped_column(default="")
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    keys: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    has_spf: Mapped[bool] = mapped_column(default=False)
    user_id: Mapped[int | None]
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Checkup(Base):
    """The last checkup of one domain and relay; `relay_id` 0 stands for the time before there is one."""

    __tablename__ = "checkup"
    __table_args__ = (UniqueConstraint("domain", "relay_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str]
    relay_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
