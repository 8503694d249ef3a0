"""One-time links: made here, mailed or printed, and used once. Only the digest of a token is stored."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from campaigns import tokens
from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.markup import one_line
from campaigns.staff import addresses, audit, letters, queries, rules
from campaigns.staff.letters import Post
from campaigns.staff.models import Role, RoleName, StaffLink, StaffLinkKind, User

DEAD = "This link cannot be used. It may be mistyped, too old, or used already."


@action
def first_link(now: datetime) -> str | None:
    """A fresh token with which the first administrator makes an account; None when there is an account already.

    Links made before for the same stop working.
    """
    if queries.has_accounts():
        return None
    kind = StaffLinkKind.FIRST_ADMINISTRATOR
    db.session.execute(delete(StaffLink).where(StaffLink.kind == kind))
    return _make(StaffLink(kind=kind, roles=[RoleName.ADMINISTRATOR]), rules.FIRST_LINK_LASTS, now)


@action
def sign_in_link(email: str, now: datetime) -> str:
    """A token that signs in one active account, for whoever sits at the machine; valid one hour.

    With no address the oldest active administrator is meant. Raises NotFound.
    """
    user = queries.find_user(email) if email else next(iter(queries.administrators()), None)
    if user is None or not user.active:
        who = f"There is no active account with the address {email}." if email else "There is no active administrator."
        raise NotFound(who)
    token = _make(StaffLink(kind=StaffLinkKind.SIGN_IN, user_id=user.id, roles=[]), rules.SIGN_IN_LINK_LASTS, now)
    _record(None, "account.link_made", user.id, now)
    return token


@action
def invite(email: str, name: str, roles: Sequence[str], by_id: int, post: Post, now: datetime) -> int:
    """Invite somebody to the staff by mail; returns the id of the invitation. Raises Invalid."""
    address = addresses.normalized(email)
    _refuse_known(address)
    kind = StaffLinkKind.INVITATION
    db.session.execute(delete(StaffLink).where(StaffLink.kind == kind, StaffLink.email == address))
    link = StaffLink(kind=kind, email=address, name=_name(name), roles=role_names(roles), invited_by_id=by_id)
    token = _make(link, rules.INVITATION_LASTS, now)
    _mail_invitation(link, token, by_id, post, now)
    details = {"roles": link.roles}
    audit.add(
        db.session(),
        user_id=by_id,
        action="account.invited",
        object_kind="invitation",
        object_id=link.id,
        details=details,
        now=now,
    )
    return link.id


@action
def invite_again(link_id: int, by_id: int, post: Post, now: datetime) -> None:
    """Mail an invitation once more, with a new token and another seven days; the old link stops working."""
    link = _invitation(link_id)
    _refuse_known(link.email or "")
    token = tokens.random_token()
    link.token_digest, link.created_at, link.expires_at = tokens.digest(token), now, now + rules.INVITATION_LASTS
    _mail_invitation(link, token, by_id, post, now)
    _record_invitation(link_id, "account.invited_again", by_id, now)


@action
def withdraw_invitation(link_id: int, by_id: int, now: datetime) -> None:
    """Take an invitation back; its link stops working."""
    db.session.delete(_invitation(link_id))
    _record_invitation(link_id, "account.invitation_withdrawn", by_id, now)


@action
def ask_address_link(user_id: int, post: Post, now: datetime) -> None:
    """Mail somebody a link that confirms the address of their account. Raises Conflict when it is confirmed."""
    user = queries.get_user(user_id)
    if user.confirmed_at is not None:
        raise Conflict("Your address is confirmed already.")
    kind = StaffLinkKind.ADDRESS
    db.session.execute(delete(StaffLink).where(StaffLink.kind == kind, StaffLink.user_id == user_id))
    link = StaffLink(kind=kind, user_id=user_id, email=user.email, roles=[])
    token = _make(link, rules.ADDRESS_LINK_LASTS, now)
    letter = letters.address_check(user.name, address_of(token))
    post(
        db.session(),
        kind="account_address",
        to_address=user.email,
        to_name=user.name,
        subject=letter.subject,
        text=letter.text,
        from_name=queries.get_organization().name,
        is_urgent=True,
        now=now,
    )


@action
def make_account(token: str, email: str, name: str, password_hash: str, now: datetime) -> int:
    """Use the link of the first administrator or of an invitation; returns the id of the new account.

    An invitation knows its address; `email` counts for the first administrator alone. Raises NotFound for a dead
    link and Invalid. Mail that carried an invitation proves the address; the first administrator has no mail server
    yet, and while the office practices no mail leaves, so that their word is enough until it goes live.
    """
    link = _use(token, now, StaffLinkKind.FIRST_ADMINISTRATOR, StaffLinkKind.INVITATION)
    address = addresses.normalized(email) if link.email is None else link.email
    user = User(
        email=address,
        name=_name(name),
        password=password_hash,
        active=True,
        fs_uniquifier=secrets.token_hex(16),
        confirmed_at=now if link.email or queries.get_organization().is_practice else None,
        created_at=now,
        roles=roles_named(link.roles),
    )
    db.session.add(user)
    db.session.flush()
    audit.add(
        db.session(),
        user_id=user.id,
        action="account.created",
        object_kind="user",
        object_id=user.id,
        details={"kind": link.kind, "roles": link.roles, "invited_by": link.invited_by_id},
        now=now,
    )
    return user.id


@action
def use_sign_in_link(token: str, now: datetime) -> int:
    """Use a sign-in link; returns the id of the account. Raises NotFound for a dead link."""
    link = _use(token, now, StaffLinkKind.SIGN_IN)
    return link.user_id or 0


@action
def confirm_address(token: str, now: datetime) -> int:
    """Use the link that was mailed to the address of an account; returns its id. Raises NotFound for a dead link."""
    link = _use(token, now, StaffLinkKind.ADDRESS)
    user = queries.get_user(link.user_id or 0)
    user.confirmed_at = now
    _record(user.id, "account.address_confirmed", user.id, now)
    return user.id


def role_names(wanted: Sequence[str]) -> list[str]:
    """Names of roles in their fixed order; raises Invalid when there is none or one is unknown."""
    found = [role.value for role in RoleName if role.value in wanted]
    if not found or len(found) != len(set(wanted)):
        raise Invalid({"roles": "Tick at least one box."})
    return found


def roles_named(names: Sequence[str]) -> list[Role]:
    """The rows of roles."""
    return list(db.session.scalars(select(Role).where(Role.name.in_(names)).order_by(Role.id)))


def address_of(token: str) -> str:
    """Where a one-time link leads."""
    return f"{queries.site_url()}/welcome/{token}"


def _make(link: StaffLink, lasts: timedelta, now: datetime) -> str:
    token = tokens.random_token()
    link.token_digest, link.created_at, link.expires_at = tokens.digest(token), now, now + lasts
    db.session.add(link)
    db.session.flush()
    return token


def _use(token: str, now: datetime, *kinds: StaffLinkKind) -> StaffLink:
    link = queries.find_link(token, now)
    if link is not None:
        # Locked and read again: of two people with the same link only one comes through.
        link = db.session.get(StaffLink, link.id, with_for_update=True, populate_existing=True)
    if link is None or link.used_at is not None or link.kind not in kinds:
        raise NotFound(DEAD)
    link.used_at = now
    return link


def _invitation(link_id: int) -> StaffLink:
    link = db.session.get(StaffLink, link_id, with_for_update=True)
    if link is None or link.kind != StaffLinkKind.INVITATION or link.used_at is not None:
        raise NotFound("That invitation is gone: it was taken up or withdrawn.")
    return link


def _mail_invitation(link: StaffLink, token: str, by_id: int, post: Post, now: datetime) -> None:
    organization, inviter = queries.get_organization(), queries.get_user(by_id)
    letter = letters.invitation(organization.name, inviter.name, address_of(token))
    post(
        db.session(),
        kind="staff_invitation",
        to_address=link.email or "",
        to_name=link.name or "",
        subject=letter.subject,
        text=letter.text,
        from_name=organization.name,
        is_urgent=True,
        now=now,
    )


def _refuse_known(address: str) -> None:
    if queries.find_user(address) is not None:
        raise Invalid({"email": "Somebody with this address has an account already."})


def _name(text: str) -> str:
    name = one_line(text)
    if not name:
        raise Invalid({"name": "Enter a name."})
    return name


def _record(user_id: int | None, what: str, object_id: int, now: datetime) -> None:
    audit.add(db.session(), user_id=user_id, action=what, object_kind="user", object_id=object_id, now=now)


def _record_invitation(link_id: int, what: str, by_id: int, now: datetime) -> None:
    audit.add(db.session(), user_id=by_id, action=what, object_kind="invitation", object_id=link_id, now=now)
