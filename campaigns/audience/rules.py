"""Decisions about who may join, be added and be written to. Pure: values in, answers out."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns import markup
from campaigns.audience.models import MembershipState
from campaigns.delivery.models import SuppressionReason

CONFIRM_FOR = timedelta(days=7)
DATA_LINK_FOR = timedelta(minutes=30)
UNDO_FOR = timedelta(days=30)
PAUSES = (30, 90)
LANGUAGES = {"en": "English"}
RESERVED_SLUGS = {"thanks"}
NAME_LONGEST = 100
_LINK = re.compile(r"://|@|\bwww\.|\w\.[a-z]{2,}/", re.IGNORECASE)


@dataclass(frozen=True)
class Limit:
    """At most so many times within so long."""

    times: int
    within: timedelta


# By address: past these we stay silent, because an answer would tell who is on our lists (standards.md 7).
CONFIRMATIONS = (Limit(1, timedelta(hours=24)), Limit(3, timedelta(days=30)))
DATA_LINKS = (Limit(3, timedelta(hours=24)), Limit(10, timedelta(days=30)))
# By network, and over the whole site: past these the page says so.
NETWORK = Limit(5, timedelta(hours=1))
SITE = Limit(60, timedelta(minutes=10))

BASES = {
    "paper": "They signed up on paper",
    "in_person": "They asked us in person",
    "phone": "They asked us by phone",
    "email": "They asked us by email",
}
IMPORT_BASES = BASES | {"earlier_list": "They agreed to an earlier list of ours, and we keep the record"}


def is_name(text: str) -> bool:
    """Whether a text may be somebody's name: nothing in it that a mail program would make a link of."""
    return not _LINK.search(text)


def may_join(reason: SuppressionReason | None) -> bool:
    """Whether a public join may be answered with a confirmation: who had everything erased may come back."""
    return reason in (None, SuppressionReason.ERASED)


def may_put_on_list(state: MembershipState | None) -> bool:
    """Whether staff or an import may put a person on a list at once: never back on a list that they left."""
    return state in (None, MembershipState.PENDING, MembershipState.REMOVED)


def is_open(expires_at: datetime, used_at: datetime | None, now: datetime) -> bool:
    """Whether the button behind a mailed link still works."""
    return used_at is None and now < expires_at


def is_paused(paused_until: datetime | None, now: datetime) -> bool:
    """Whether a person asked us not to write for now."""
    return paused_until is not None and paused_until > now


def may_undo(done_at: datetime | None, undone_at: datetime | None, now: datetime) -> bool:
    """Whether an import or a change of many can still be taken back."""
    return done_at is not None and undone_at is None and now - done_at <= UNDO_FOR


def slug_of(name: str, taken: set[str]) -> str:
    """A word for the address of a list's join page, from its name: lower case, ASCII, not taken yet."""
    return markup.slug_of(name, taken | RESERVED_SLUGS, "list")
