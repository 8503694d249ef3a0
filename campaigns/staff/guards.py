"""The guard of every staff page: who is signed in, and whether they may."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from campaigns import clock
from campaigns.errors import Refused
from campaigns.staff.models import RoleName, User
from campaigns.staff.rules import has_role

View = TypeVar("View", bound=Callable[..., Any])

RENEW_EVERY_S = 300
HELP = "An administrator can change what you may do, under Settings, Team."


def me() -> User:
    """The signed-in account."""
    return cast(User, current_user)


def needs(role: RoleName) -> Callable[[View], View]:
    """Ask for more than the blueprint does, at one endpoint; stands under the route decorator."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            check(role)
            return view(*args, **kwargs)

        guarded.needed_role = role  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


def check(role: RoleName) -> None:
    """Raise Refused, with a sentence that says who can help, unless the signed-in account holds the role."""
    if not has_role(current_user, role):
        raise Refused(f"This needs the role “{role.value.replace('_', ' ')}”. {HELP}")


def guard(blueprint: Blueprint, read: RoleName, write: RoleName) -> None:
    """Let only signed-in accounts with the right role reach a blueprint: `read` for GET and HEAD, else `write`."""

    def check_request() -> ResponseReturnValue | None:
        if not current_user.is_authenticated:
            if request.method in ("GET", "HEAD"):
                return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
            return redirect(url_for("security.login"), 303)
        _keep_open()
        check(read if request.method in ("GET", "HEAD", "OPTIONS") else write)
        return None

    blueprint.before_request(check_request)


def _keep_open() -> None:
    # The cookie lasts 12 hours from when it was last written: a staff page writes it anew every few minutes.
    stretch = int(clock.now().timestamp()) // RENEW_EVERY_S
    if session.get("seen") != stretch:
        session["seen"] = stretch
