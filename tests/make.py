"""Rows for tests: plain functions with defaults. They need an application context; each commits."""

import itertools
import secrets
from datetime import datetime

from campaigns import clock, search
from campaigns.audience.models import ContactMode, MailingList, Membership, MembershipState, Subscriber
from campaigns.db import db
from campaigns.delivery.models import Sender
from campaigns.staff.models import Role, RoleName, User

_numbers = itertools.count(1)


def user(*roles: RoleName, email: str | None = None, name: str = "Ana Ruiz", active: bool = True) -> User:
    """An account with those roles (default: writer), whose address is confirmed; it has no usable password."""
    wanted = roles or (RoleName.WRITER,)
    held = db.session.query(Role).filter(Role.name.in_([str(role) for role in wanted])).all()
    made = User(
        email=email or f"staff{next(_numbers)}@example.org",
        name=name,
        password=None,
        active=active,
        fs_uniquifier=secrets.token_hex(16),
        confirmed_at=clock.now(),
        created_at=clock.now(),
        roles=held,
    )
    db.session.add(made)
    db.session.commit()
    return made


def mailing_list(slug: str | None = None, name: str = "Neighbors", **fields: object) -> MailingList:
    """A list beside the five of a new installation."""
    made = MailingList(slug=slug or f"list-{next(_numbers)}", name=name, created_at=clock.now(), **fields)
    db.session.add(made)
    db.session.commit()
    return made


def first_list() -> MailingList:
    """The list "Newsletter" of a new installation."""
    return db.session.query(MailingList).order_by(MailingList.position, MailingList.id).first()


def subscriber(
    address: str | None = None,
    *lists: MailingList,
    state: MembershipState = MembershipState.CONFIRMED,
    at: datetime | None = None,
    first_name: str = "",
    last_name: str = "",
) -> Subscriber:
    """A person, on those lists (default: "Newsletter")."""
    address = address or f"reader{next(_numbers)}@example.org"
    at = at or clock.now()
    made = Subscriber(
        address=address,
        address_key=address.casefold(),
        first_name=first_name,
        last_name=last_name,
        language="en",
        contact_mode=ContactMode.STANDARD,
        created_at=at,
    )
    db.session.add(made)
    db.session.flush()
    for mailing in lists or (first_list(),):
        db.session.add(Membership(subscriber_id=made.id, list_id=mailing.id, state=state, changed_at=at))
    search.put(db.session(), "subscriber", made.id, address, first_name, last_name)
    db.session.commit()
    return made


def sender(name: str = "H.E.A.T. Watch", address: str = "news@example.org") -> Sender:
    """Somebody a newsletter can come from."""
    made = Sender(name=name, address=address, reply_to="office@example.org", is_default=True, created_at=clock.now())
    db.session.add(made)
    db.session.commit()
    return made
