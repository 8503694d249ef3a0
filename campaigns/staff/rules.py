"""Who may do what. Pure."""

from typing import Any

from campaigns.staff.models import RoleName

GRANTS: dict[RoleName, frozenset[RoleName]] = {
    RoleName.VIEWER: frozenset({RoleName.VIEWER}),
    RoleName.WRITER: frozenset({RoleName.VIEWER, RoleName.WRITER}),
    RoleName.APPROVER: frozenset({RoleName.VIEWER, RoleName.WRITER, RoleName.APPROVER}),
    RoleName.LIST_KEEPER: frozenset({RoleName.VIEWER, RoleName.LIST_KEEPER}),
    RoleName.ADMINISTRATOR: frozenset(RoleName),
}


def has_role(user: Any, role: RoleName) -> bool:
    """Whether an account holds a role, or one that includes it; nobody signed in holds none."""
    if not getattr(user, "is_authenticated", False):
        return False
    return any(role in GRANTS.get(RoleName(held.name), frozenset()) for held in user.roles)
