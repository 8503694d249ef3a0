"""The adder of rhythms: how often a list may be had instead of each newsletter, offered by those above.

Readers choose on the preference page. A choice that is no longer offered counts as "each newsletter", so that nobody
is left without news; it counts again once it is offered again.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from campaigns.audience.models import ListRhythm, MailingList, Membership, MembershipState
from campaigns.errors import Invalid

NAMES = {"daily": "Once a day", "weekly": "Once a week", "monthly": "Once a month"}


def offer(session: Session, kind: str, ref: int, key: str, list_ids: Iterable[int]) -> None:
    """Let exactly these lists be had in this rhythm from this thing above; raises Invalid where another offers it."""
    wanted = set(list_ids) if key else set()
    session.execute(delete(ListRhythm).where(ListRhythm.kind == kind, ListRhythm.ref == ref))
    if not wanted:
        return
    taken = select(MailingList.name).join(ListRhythm, ListRhythm.list_id == MailingList.id)
    name = session.scalar(taken.where(ListRhythm.key == key, ListRhythm.list_id.in_(wanted)).limit(1))
    if name is not None:
        raise Invalid({"rhythm": f"Another digest already gives “{name}” {NAMES[key].lower()}. Change that one first."})
    for list_id in sorted(wanted):
        session.add(ListRhythm(list_id=list_id, key=key, name=NAMES[key], kind=kind, ref=ref))
    session.flush()


def withdraw(session: Session, kind: str, ref: int) -> None:
    """Offer it no longer; who chose it gets each newsletter again."""
    offer(session, kind, ref, "", [])


def choose(session: Session, subscriber_id: int, wanted: dict[int, str]) -> bool:
    """Keep a person's choice by list; what is not offered counts as each newsletter. Gives whether anything changed."""
    offered = {(row.list_id, row.key) for row in session.scalars(select(ListRhythm))}
    has_changed = False
    for row in session.scalars(select(Membership).where(Membership.subscriber_id == subscriber_id)):
        key = wanted.get(row.list_id)
        if key is None or (key and (row.list_id, key) not in offered) or key == row.rhythm:
            continue
        row.rhythm, has_changed = key, True
    return has_changed


def is_read_by(rhythm: str) -> ColumnElement[bool]:
    """Which memberships get what is written in this rhythm; "" is each newsletter."""
    if rhythm:
        return Membership.rhythm == rhythm
    is_offered = exists().where(ListRhythm.list_id == Membership.list_id, ListRhythm.key == Membership.rhythm)
    return or_(Membership.rhythm == "", ~is_offered)


def counts(session: Session, kind: str, ref: int) -> int:
    """How many people chose what this thing offers."""
    chose: Any = (
        select(func.count(func.distinct(Membership.subscriber_id)))
        .join(ListRhythm, (ListRhythm.list_id == Membership.list_id) & (ListRhythm.key == Membership.rhythm))
        .where(ListRhythm.kind == kind, ListRhythm.ref == ref, Membership.state == MembershipState.CONFIRMED)
    )
    return session.scalar(chose) or 0
