"""Reads of accounts, roles, one-time links, the organization and the audit log."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.sql import Select

import config
from campaigns import tokens
from campaigns.db import db
from campaigns.errors import NotFound
from campaigns.staff.models import AuditEntry, Organization, Role, RoleName, StaffLink, StaffLinkKind, User
from campaigns.web.paging import Page, page_of


def get_organization() -> Organization:
    """The one organization; raises NotFound before the installation was filled."""
    organization = db.session.get(Organization, 1)
    if organization is None:
        raise NotFound("This installation has not been set up yet.")
    return organization


def site_url() -> str:
    """Where people reach us: the public address, and before there is one this machine.

    Never taken from a request, whose Host header anybody can write.
    """
    public_url = get_organization().public_url
    if public_url:
        return public_url.rstrip("/")
    settings = config.load()
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104 - compared only
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def find_user(email: str) -> User | None:
    """The account with that address, however it is written, or None."""
    return db.session.scalar(select(User).where(User.email == email.strip().casefold()))


def get_user(user_id: int) -> User:
    """An account; raises NotFound."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound()
    return user


def users() -> list[User]:
    """All accounts, the active ones first, by name."""
    return list(db.session.scalars(select(User).order_by(User.active.desc(), User.name, User.id)))


def has_accounts() -> bool:
    """Whether anybody has an account yet."""
    return db.session.scalar(select(User.id).limit(1)) is not None


def administrators() -> list[User]:
    """Active accounts that may do everything, the oldest first."""
    question = select(User).where(User.active.is_(True), User.roles.any(Role.name == RoleName.ADMINISTRATOR))
    return list(db.session.scalars(question.order_by(User.id)))


def approvers() -> list[User]:
    """Active accounts that may approve."""
    may = (RoleName.APPROVER, RoleName.ADMINISTRATOR)
    question = select(User).where(User.active.is_(True), User.roles.any(Role.name.in_(may)))
    return list(db.session.scalars(question.order_by(User.name, User.id)))


def names_of(ids: list[int]) -> dict[int, str]:
    """The names of accounts by id; an id that is gone is left out."""
    if not ids:
        return {}
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


def find_link(token: str, now: datetime) -> StaffLink | None:
    """The one-time link of a token while it works; used, expired and unknown ones look alike: None."""
    question = select(StaffLink).where(StaffLink.token_digest == tokens.digest(token))
    link = db.session.scalar(question.where(StaffLink.used_at.is_(None), StaffLink.expires_at > now))
    if link is None or not _is_alive(link):
        return None
    return link


def _is_alive(link: StaffLink) -> bool:
    if link.kind == StaffLinkKind.FIRST_ADMINISTRATOR:
        return not has_accounts()
    if link.kind == StaffLinkKind.INVITATION:
        return find_user(link.email or "") is None
    user = db.session.get(User, link.user_id)
    return user is not None and user.active and (link.email is None or link.email == user.email)


def invitations() -> list[StaffLink]:
    """Invitations that nobody has taken up, also those that have expired, the latest first."""
    question = select(StaffLink).where(StaffLink.kind == StaffLinkKind.INVITATION, StaffLink.used_at.is_(None))
    return list(db.session.scalars(question.order_by(StaffLink.id.desc())))


def audit_entries(
    user_id: int | None, kind: str, start: datetime | None, end: datetime | None, page: int = 1
) -> Page[AuditEntry]:
    """One page of the audit log, the latest first: of one person (0 is the program itself), kind and time."""
    return page_of(_entries(user_id, kind, start, end), page)


def each_audit_entry(
    user_id: int | None, kind: str, start: datetime | None, end: datetime | None
) -> Iterator[AuditEntry]:
    """The same entries one after the other, for a file."""
    yield from db.session.scalars(_entries(user_id, kind, start, end).execution_options(yield_per=500))


def _entries(user_id: int | None, kind: str, start: datetime | None, end: datetime | None) -> Select[Any]:
    question = select(AuditEntry).order_by(AuditEntry.id.desc())
    if user_id is not None:
        question = question.where(AuditEntry.user_id == user_id if user_id else AuditEntry.user_id.is_(None))
    if kind:
        question = question.where(AuditEntry.object_kind == kind)
    if start is not None:
        question = question.where(AuditEntry.at >= start)
    return question if end is None else question.where(AuditEntry.at < end)


def audit_kinds() -> list[str]:
    """The kinds of things that the audit log speaks of."""
    return list(db.session.scalars(select(AuditEntry.object_kind).distinct().order_by(AuditEntry.object_kind)))
