"""Accounts, roles, the organization and the audit log."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.db import Base, UTCDateTime


class RoleName(StrEnum):
    """What a person on the staff may do; see `rules.GRANTS`."""

    VIEWER = "viewer"
    WRITER = "writer"
    APPROVER = "approver"
    LIST_KEEPER = "list_keeper"
    ADMINISTRATOR = "administrator"


user_role = Table(
    "user_role",
    Base.metadata,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Base, RoleMixin):
    """A role that an account can hold; the rows are made by the first migration's seed."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class User(Base, UserMixin):
    """An account of the staff. `confirmed_at` says when the person proved to read mail sent to `email`."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_sample: Mapped[bool] = mapped_column(default=False)
    roles: Mapped[list[Role]] = relationship(secondary=user_role, lazy="selectin")  # type: ignore[assignment]


class StaffLinkKind(StrEnum):
    """What a one-time link of the staff is for."""

    FIRST_ADMINISTRATOR = "first_administrator"
    SIGN_IN = "sign_in"
    INVITATION = "invitation"
    ADDRESS = "address"


class StaffLink(Base):
    """A one-time link: for the first administrator, signing in from the machine, an invitation, or an address."""

    __tablename__ = "staff_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    name: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Organization(Base):
    """The one organization of this installation (row 1). `went_live_at` is None in practice mode."""

    __tablename__ = "organization"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    program_line: Mapped[str]
    office: Mapped[str]
    email: Mapped[str]
    postal_address: Mapped[str] = mapped_column(default="")
    disclaimer: Mapped[str]
    zone: Mapped[str]
    public_url: Mapped[str] = mapped_column(default="")
    exit_url: Mapped[str]
    emergency: Mapped[str]
    emergency_checked_on: Mapped[date | None]
    tip_line: Mapped[str]
    tip_line_checked_on: Mapped[date | None]
    hotline_name: Mapped[str]
    hotline: Mapped[str]
    hotline_text: Mapped[str]
    hotline_checked_on: Mapped[date | None]
    went_live_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    has_sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def is_practice(self) -> bool:
        """Whether all mail still goes to the sandbox."""
        return self.went_live_at is None


class AuditEntry(Base):
    """Who did what to what. Refuses UPDATE and DELETE by trigger; `details` holds ids and values, never names."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "object_kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    user_id: Mapped[int | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(index=True)
    object_kind: Mapped[str]
    object_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
