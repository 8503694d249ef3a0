"""Writes about accounts: names, roles, and who may still come in. At least one administrator always remains."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from campaigns.db import action, db
from campaigns.errors import Invalid, NotFound, Refused
from campaigns.markup import one_line
from campaigns.staff import audit, queries
from campaigns.staff.actions import links
from campaigns.staff.models import Organization, RoleName, User

LAST = "Somebody must remain who can administer. Make another person an administrator first."


@action
def rename(user_id: int, name: str, by_id: int, now: datetime) -> None:
    """Change the name of an account."""
    user = _get(user_id)
    user.name = _name(name)
    _record("account.renamed", user_id, by_id, now)


@action
def change(user_id: int, name: str, roles: Sequence[str], by_id: int, now: datetime) -> None:
    """Change an account's name and roles; they count from its next page. Raises Invalid, Refused."""
    user = _get(user_id)
    wanted = links.role_names(roles)
    if RoleName.ADMINISTRATOR not in wanted:
        _keep_an_administrator(user)
    before = sorted(role.name for role in user.roles)
    user.name, user.roles = _name(name), links.roles_named(wanted)
    _record("account.changed", user_id, by_id, now, {"roles": wanted, "before": before})


@action
def deactivate(user_id: int, by_id: int, now: datetime) -> None:
    """Close an account and end its sessions at once; what the person did stays in the record."""
    user = _get(user_id)
    if user_id == by_id:
        raise Refused("You cannot close your own account. Ask another administrator.")
    _keep_an_administrator(user)
    user.active, user.fs_uniquifier = False, secrets.token_hex(16)
    _record("account.deactivated", user_id, by_id, now)


@action
def reactivate(user_id: int, by_id: int, now: datetime) -> None:
    """Open an account again."""
    _get(user_id).active = True
    _record("account.reactivated", user_id, by_id, now)


@action
def end_sessions(user_id: int, now: datetime) -> None:
    """End every session of an account, the present one too: whoever calls signs the person in again."""
    _get(user_id).fs_uniquifier = secrets.token_hex(16)
    _record("account.sessions_ended", user_id, user_id, now)


def _get(user_id: int) -> User:
    # One writer of accounts at a time, or two administrators could close each other's accounts.
    db.session.get(Organization, 1, with_for_update=True)
    user = db.session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound("We could not find that person.")
    return user


def _keep_an_administrator(user: User) -> None:
    if not [other for other in queries.administrators() if other.id != user.id] and user in queries.administrators():
        raise Refused(LAST)


def _name(text: str) -> str:
    name = one_line(text)
    if not name:
        raise Invalid({"name": "Enter a name."})
    return name


def _record(what: str, user_id: int, by_id: int, now: datetime, details: dict[str, Any] | None = None) -> None:
    audit.add(db.session(), user_id=by_id, action=what, object_kind="user", object_id=user_id, details=details, now=now)
