"""Adder of consent events: who agreed to what, when, with which words. Ids only, so that it may outlive the person."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from campaigns.audience.models import ConsentEvent, ConsentWording


class Event(StrEnum):
    """What happened."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    LEFT = "left"
    REMOVED = "removed"
    ADDED = "added"
    IMPORTED = "imported"
    CHANGED = "changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    ERASED = "erased"
    REFUSED = "refused"


class Channel(StrEnum):
    """Through which door it came."""

    WEB = "web"
    ONE_CLICK = "one_click"
    NEWSLETTER_LINK = "newsletter_link"
    IMPORT = "import"
    STAFF = "staff"
    SYSTEM = "system"


def add(
    session: Session,
    subscriber_id: int,
    event: Event,
    channel: Channel,
    now: datetime,
    *,
    list_id: int | None = None,
    wording_digest: str | None = None,
    basis: str = "",
    user_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one event, in the caller's transaction."""
    made = ConsentEvent(
        at=now,
        subscriber_id=subscriber_id,
        list_id=list_id,
        event=event,
        channel=channel,
        wording_digest=wording_digest,
        basis=basis,
        user_id=user_id,
        details=details or {},
    )
    session.add(made)


def wording(organization: str) -> str:
    """The words that a person agrees to on the join page, in the language of the page."""
    return gettext(
        "Yes, %(organization)s may email me what I chose here. I can stop at any time with one click, "
        "and see or erase what is stored about me.",
        organization=organization,
    )


def keep_wording(session: Session, text: str, language: str, now: datetime) -> str:
    """Keep the exact words once; gives the digest under which events name them."""
    digest = hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()
    if session.get(ConsentWording, digest) is None:
        session.add(ConsentWording(digest=digest, language=language, text=text, first_used_at=now))
    return digest
