"""Reads of accounts, roles, the organization and the audit log."""

from sqlalchemy import select

from campaigns.db import db
from campaigns.errors import NotFound
from campaigns.staff.models import Organization, Role, RoleName, User


def get_organization() -> Organization:
    """The one organization; raises NotFound before the installation was filled."""
    organization = db.session.get(Organization, 1)
    if organization is None:
        raise NotFound("This installation has not been set up yet.")
    return organization


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
    """All accounts by name."""
    return list(db.session.scalars(select(User).order_by(User.active.desc(), User.name, User.id)))


def approvers(without: int | None = None) -> list[User]:
    """Active accounts that may approve, without one person."""
    may = (RoleName.APPROVER, RoleName.ADMINISTRATOR)
    question = select(User).where(User.active.is_(True), User.roles.any(Role.name.in_(may)))
    if without is not None:
        question = question.where(User.id != without)
    return list(db.session.scalars(question.order_by(User.name, User.id)))


def names_of(ids: list[int]) -> dict[int, str]:
    """The names of accounts by id; an id that is gone is left out."""
    if not ids:
        return {}
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))}
