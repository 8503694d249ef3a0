"""The adder of bounces: one fact a copy and report, settled and forgiven by whoever is above."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from campaigns.db import upserting
from campaigns.delivery.bounces.models import SMTP, Bounce, BounceKind

LONGEST_TEXT = 300


@dataclass(frozen=True)
class Fact:
    """What a report says of one copy. `source` is where it came from: "smtp", "mailbox" or a provider.

    `report` names the report within its source, so that the same one counts once however often it arrives.
    `text` must hold no address any more (`redacting.redact`).
    """

    kind: BounceKind
    source: str
    report: str
    run_id: int | None = None
    recipient_id: int | None = None
    fingerprint: str = ""
    code: int = 0
    status: str = ""
    text: str = ""


def add(session: Session, fact: Fact, now: datetime) -> bool:
    """Keep a fact, in the caller's transaction; False when it was known. One about nobody is not kept."""
    if fact.recipient_id is None and not fact.fingerprint:
        return False
    row = {
        "at": now,
        "run_id": fact.run_id,
        "recipient_id": fact.recipient_id,
        "fingerprint": fact.fingerprint,
        "kind": str(fact.kind),
        "code": fact.code,
        "status": fact.status,
        "text": fact.text[:LONGEST_TEXT],
        "source": fact.source,
        "source_key": _key(fact),
    }
    new = upserting(session, Bounce).values(row).on_conflict_do_nothing(index_elements=["source_key"])
    return session.execute(new.returning(Bounce.id)).first() is not None


def add_refusal(
    session: Session,
    *,
    kind: BounceKind,
    run_id: int,
    recipient_id: int,
    fingerprint: str,
    code: int,
    status: str,
    text: str,
    now: datetime,
) -> bool:
    """Keep that a mail server refused one copy while we spoke with it; False when that was known."""
    fact = Fact(kind, SMTP, f"{run_id}:{recipient_id}", run_id, recipient_id, fingerprint, code, status, text)
    return add(session, fact, now)


def settle(session: Session, ids: Iterable[int], now: datetime) -> None:
    """Note that whoever is above has acted on these facts."""
    session.execute(update(Bounce).where(Bounce.id.in_(list(ids))).values(settled_at=now))


def forgive(session: Session, recipient_id: int | None, fingerprint: str, now: datetime) -> None:
    """Count no longer what came back from this recipient or address up to now; it stays to be seen."""
    theirs = or_(Bounce.fingerprint == fingerprint, Bounce.recipient_id == recipient_id)
    if recipient_id is None:
        theirs = Bounce.fingerprint == fingerprint
    session.execute(update(Bounce).where(theirs, Bounce.forgiven_at.is_(None)).values(forgiven_at=now))


def _key(fact: Fact) -> str:
    who = f"{fact.run_id}:{fact.recipient_id}" if fact.recipient_id is not None else fact.fingerprint
    return hashlib.sha256(f"{fact.source}\n{fact.report}\n{who}".encode()).hexdigest()
