"""How often somebody may try to sign in or ask for a reset, kept in the database. Reads and adders."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns import tokens
from campaigns.db import db
from campaigns.staff import rules
from campaigns.web import limits
from campaigns.web.models import Attempt

ACCOUNT = "sign_in"
NETWORK = "sign_in_network"
RESET = "reset"
RESET_NETWORK = "reset_network"


def account_key(email: str) -> str:
    """The key under which tries at an account are noted, whether there is such an account or not."""
    return tokens.fingerprint("account", email.strip().casefold())


def wait(account: str, network: str, now: datetime) -> timedelta:
    """How long to wait before the next try to sign in; zero when it may be made."""
    of_account = rules.wait_of_account(_times(ACCOUNT, account, now - rules.REMEMBER_TRIES), now)
    of_network = rules.wait_of_network(_times(NETWORK, network, now - rules.NETWORK_WINDOW), now)
    return max(of_account, of_network)


def add(session: Session, account: str, network: str, now: datetime) -> None:
    """Note a try to sign in; it counts as failed until it is withdrawn."""
    for kind, key in ((ACCOUNT, account), (NETWORK, network)):
        limits.purge(session, kind, now - rules.REMEMBER_TRIES)
        limits.add(session, kind, key, now)


def withdraw(session: Session, account: str, network: str) -> None:
    """The latest try succeeded: forget the tries at this account, and this one of the network."""
    limits.forget(session, ACCOUNT, account)
    latest = select(Attempt.id).where(Attempt.kind == NETWORK, Attempt.key == network)
    found = session.scalar(latest.order_by(Attempt.id.desc()).limit(1))
    session.execute(delete(Attempt).where(Attempt.id == found))


def _times(kind: str, key: str, since: datetime) -> Sequence[datetime]:
    question = select(Attempt.at).where(Attempt.kind == kind, Attempt.key == key, Attempt.at > since)
    return db.session.scalars(question).all()
