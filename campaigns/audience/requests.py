"""Adder of requests: something waits for a person to press the button behind a mailed link, within the limits."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import tokens
from campaigns.audience import letters, links, rules
from campaigns.audience.models import Request, RequestKind
from campaigns.delivery import outbox
from campaigns.delivery.addresses import Address, fingerprint
from campaigns.web import limits

CONFIRMATION = "confirmation"
DATA_LINK = "data_link"


def may_add(kind: RequestKind, key: str, now: datetime) -> bool:
    """Whether one more letter of this kind may go to an address now."""
    name, bounds = _bounds(kind)
    return all(limits.count(name, fingerprint(key), now - bound.within) < bound.times for bound in bounds)


def add(
    session: Session,
    kind: RequestKind,
    address: Address,
    now: datetime,
    *,
    subscriber_id: int | None = None,
    list_ids: Iterable[int] = (),
    language: str = "en",
    first_name: str = "",
    last_name: str = "",
    wording_digest: str | None = None,
) -> str:
    """Record a request and mail its link; gives the token, of which only the digest is kept."""
    token = tokens.random_token()
    mark = fingerprint(address.key)
    made = Request(
        kind=kind,
        token_digest=tokens.digest(token),
        address=address.typed,
        address_key=address.key,
        fingerprint=mark,
        subscriber_id=subscriber_id,
        list_ids=list(list_ids),
        language=language,
        first_name=first_name,
        last_name=last_name,
        wording_digest=wording_digest,
        created_at=now,
        expires_at=now + (rules.DATA_LINK_FOR if kind == RequestKind.MY_DATA else rules.CONFIRM_FOR),
    )
    session.add(made)
    limits.add(session, _bounds(kind)[0], mark, now)
    letter = letters.write(kind, token, links.site_url())
    outbox.add(
        session,
        kind=kind,
        to_address=address.typed,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        now=now,
    )
    return token


def add_quietly(session: Session, is_meant: bool, adding: Callable[[], str]) -> None:
    """Do `adding`, and take it back when it is not meant: how long the answer takes must not tell who is known here."""
    attempt = session.begin_nested()
    adding()
    session.flush()
    if is_meant:
        attempt.commit()
    else:
        attempt.rollback()


def take(session: Session, token: str, kinds: Iterable[RequestKind], now: datetime) -> Request | None:
    """The open request of a token, locked until the transaction ends; None when used, expired or unknown."""
    question = select(Request).where(Request.token_digest == tokens.digest(token), Request.kind.in_(list(kinds)))
    found = session.scalar(question.with_for_update())
    return found if found is not None and rules.is_open(found.expires_at, found.used_at, now) else None


def end_practice(session: Session, now: datetime) -> None:
    """Let no link work any more that was mailed to the sandbox, where others than its addressee can read it."""
    session.execute(update(Request).where(Request.used_at.is_(None), Request.expires_at > now).values(expires_at=now))


def _bounds(kind: RequestKind) -> tuple[str, tuple[rules.Limit, ...]]:
    return (DATA_LINK, rules.DATA_LINKS) if kind == RequestKind.MY_DATA else (CONFIRMATION, rules.CONFIRMATIONS)
