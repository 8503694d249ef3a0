"""Writes when a broadcast is moved, canceled, pre-empted or put back: it and all that announces it, in one step."""

from datetime import datetime

from campaigns.db import action, db
from campaigns.errors import Conflict
from campaigns.playbooks import moving
from campaigns.playbooks import queries as playbooks
from campaigns.playbooks.moving import Decision
from campaigns.radio import changing, queries
from campaigns.radio.models import ChangeKind
from campaigns.staff import audit


@action
def change(
    airing_id: int,
    wall: datetime,
    *,
    kind: ChangeKind,
    new_wall: datetime | None,
    minutes: int | None,
    reason: str,
    seen: list[tuple[int, str]],
    user_id: int,
    now: datetime,
) -> list[str]:
    """Do what the page said; returns sentences about drafts that could not be made.

    `seen` is what the person read, as (announcement, what becomes of it). Raises Conflict when that is no longer so,
    and what `radio.changing.put` raises.
    """
    session = db.session()
    new_start = new_wall if kind == ChangeKind.MOVED else None
    decision = _decided(airing_id, wall, new_start, reason, seen, now)
    changing.put(session, airing_id, wall, kind=kind, new_wall=new_wall, minutes=minutes, reason=reason, now=now)
    audit.add(session, user_id=user_id, action=f"occurrence.{kind}", object_kind="airing", object_id=airing_id, now=now)
    return moving.carry_out(session, decision, user_id, now) if decision else []


@action
def put_back(airing_id: int, wall: datetime, seen: list[tuple[int, str]], user_id: int, now: datetime) -> list[str]:
    """Put one broadcast back to its usual time, with what announces it. Raises as `change` does."""
    session = db.session()
    decision = _decided(airing_id, wall, wall, "", seen, now)
    changing.undo(session, airing_id, wall, now)
    audit.add(
        session, user_id=user_id, action="occurrence.put_back", object_kind="airing", object_id=airing_id, now=now
    )
    return moving.carry_out(session, decision, user_id, now) if decision else []


def _decided(
    airing_id: int, wall: datetime, new_start: datetime | None, reason: str, seen: list[tuple[int, str]], now: datetime
) -> Decision | None:
    """What the person read, before anything moves; None for a broadcast without an episode."""
    broadcast = queries.find_broadcast(airing_id, wall)
    if broadcast is None:
        return None
    aired = queries.get_aired(broadcast.id)
    effects = moving.effects(aired, new_start, now)
    if [(effect.announcement_id, effect.what) for effect in effects] != seen:
        raise Conflict("What follows from this has changed while you were reading. Please look at it again.")
    return Decision(aired, playbooks.facts_of(aired), effects, new_start, reason)
