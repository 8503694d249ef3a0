"""Addresses we must not write to. Adders and reads; only the fingerprint of an address is ever kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from flask_babel import lazy_gettext
from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from campaigns.db import db, upserting
from campaigns.delivery.addresses import fingerprint, fingerprints
from campaigns.delivery.models import Suppression, SuppressionReason

SENTENCE = {
    SuppressionReason.NOT_ME: lazy_gettext("The person who reads mail at this address told us that it was not them."),
    SuppressionReason.ERASED: lazy_gettext("Somebody at this address had everything about them erased."),
    SuppressionReason.COMPLAINT: lazy_gettext("The person at this address reported our mail as spam."),
    SuppressionReason.BOUNCED: lazy_gettext("Mail to this address comes back."),
    SuppressionReason.BY_HAND: lazy_gettext("A list keeper decided that we must not write to this address."),
}
AT_ONCE = 500
# Made once: asked for every few dozen copies.
_AMONG = select(Suppression.fingerprint, Suppression.reason)
_AMONG = _AMONG.where(Suppression.fingerprint.in_(bindparam("prints", expanding=True)))


def add(session: Session, key: str, reason: SuppressionReason, now: datetime) -> None:
    """Suppress an address, in the caller's transaction. An erasure does not soften an earlier, stronger reason."""
    add_fingerprint(session, fingerprint(key), reason, now)


def add_fingerprint(session: Session, mark: str, reason: SuppressionReason, now: datetime) -> None:
    """The same where only the fingerprint of the address is known."""
    row = {"fingerprint": mark, "reason": str(reason), "at": now}
    new = upserting(session, Suppression).values(row)
    if reason == SuppressionReason.ERASED:
        session.execute(new.on_conflict_do_nothing(index_elements=["fingerprint"]))
    else:
        changes = {"reason": str(reason), "at": now}
        session.execute(new.on_conflict_do_update(index_elements=["fingerprint"], set_=changes))


def lift(session: Session, key: str) -> None:
    """Allow an address again, in the caller's transaction."""
    session.execute(delete(Suppression).where(Suppression.fingerprint == fingerprint(key)))


def find(key: str) -> Suppression | None:
    """The suppression of an address with its instant, or None."""
    return db.session.scalar(select(Suppression).where(Suppression.fingerprint == fingerprint(key)))


def reason_of(key: str) -> SuppressionReason | None:
    """Why we must not write to an address; None when we may."""
    found = find(key)
    return SuppressionReason(found.reason) if found else None


def among(keys: Iterable[str]) -> dict[str, SuppressionReason]:
    """Those of the addresses that we must not write to, each with the reason."""
    found: dict[str, SuppressionReason] = {}
    rest = iter(keys)
    while chunk := list(islice(rest, AT_ONCE)):
        found |= _among_few(chunk)
    return found


def _among_few(keys: Sequence[str]) -> dict[str, SuppressionReason]:
    by_print = dict(zip(fingerprints(keys), keys, strict=True))
    rows = db.session.connection().execute(_AMONG, {"prints": list(by_print)})
    return {by_print[row.fingerprint]: SuppressionReason(row.reason) for row in rows}
