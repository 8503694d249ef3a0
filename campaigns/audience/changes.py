"""Adder of changes to many people at once, and how such a change is taken back. Ids are stored as packed int64."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from campaigns.audience import people
from campaigns.audience.consent import Channel, Event
from campaigns.audience.models import BulkChange, BulkKind, ConsentEvent, Membership, MembershipState, Subscriber
from campaigns.db import upserting

AT_ONCE = 500
T = TypeVar("T")


def chunks(values: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """The values in lists of at most so many, since engines bound the number of parameters."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def pack(ids: Sequence[int]) -> bytes:
    """Ids as bytes."""
    return struct.pack(f">{len(ids)}q", *ids)


def unpack(packed: bytes) -> list[int]:
    """The ids again."""
    return list(struct.unpack(f">{len(packed) // 8}q", packed))


def add(
    session: Session,
    kind: BulkKind,
    list_id: int,
    before: dict[int, str | None],
    *,
    basis: str,
    import_id: int | None,
    user_id: int | None,
    now: datetime,
) -> BulkChange:
    """Put on, or take off, a list all persons in `before` (id -> state until now), and record it for the undo."""
    state = MembershipState.CONFIRMED if kind == BulkKind.ADD else MembershipState.REMOVED
    before = _without_those_who_left(session, list_id, before)
    ids = sorted(before)
    _write_memberships(session, list_id, ids, state, now)
    event = {BulkKind.ADD: Event.ADDED, BulkKind.REMOVE: Event.REMOVED}[kind]
    if import_id is not None:
        event = Event.IMPORTED
    channel = Channel.STAFF if import_id is None else Channel.IMPORT
    details = {"import": import_id} if import_id is not None else {}
    _write_events(session, list_id, ids, event, channel, now, user_id=user_id, basis=basis, details=details)
    made = BulkChange(
        kind=kind,
        list_id=list_id,
        ids=pack(ids),
        before={str(i): state for i, state in before.items() if state},
        basis=basis,
        import_id=import_id,
        user_id=user_id,
        at=now,
    )
    session.add(made)
    session.flush()
    return made


def _without_those_who_left(session: Session, list_id: int, before: dict[int, str | None]) -> dict[int, str | None]:
    """All but those who left the list since `before` was read; the others cannot leave until we have written."""
    left: set[int] = set()
    for ids in chunks(sorted(before)):
        there = select(Membership.subscriber_id, Membership.state).where(
            Membership.list_id == list_id, Membership.subscriber_id.in_(ids)
        )
        found = session.execute(there.order_by(Membership.subscriber_id).with_for_update())
        left |= {row.subscriber_id for row in found if row.state == MembershipState.LEFT}
    return {i: state for i, state in before.items() if i not in left}


def take_back(session: Session, change: BulkChange, user_id: int | None, now: datetime) -> int:
    """Undo a change for everybody who has not moved since; gives how many. Who came only by it is forgotten again."""
    state = MembershipState.CONFIRMED if change.kind == BulkKind.ADD else MembershipState.REMOVED
    count = 0
    for ids in chunks(unpack(change.ids)):
        still = select(Membership.subscriber_id).where(
            Membership.list_id == change.list_id,
            Membership.subscriber_id.in_(ids),
            Membership.state == state,
            Membership.changed_at == change.at,
        )
        moved = list(session.scalars(still.with_for_update()))
        _restore(session, change, moved, now)
        event = Event.REMOVED if change.kind == BulkKind.ADD else Event.ADDED
        details = {"undo": change.id}
        _write_events(session, change.list_id, moved, event, Channel.STAFF, now, user_id=user_id, details=details)
        count += len(moved)
        if change.import_id is not None:
            _forget_newcomers(session, ids, change.at)
    change.undone_at = now
    return count


def _restore(session: Session, change: BulkChange, ids: list[int], now: datetime) -> None:
    by_state: dict[str | None, list[int]] = {}
    for i in ids:
        by_state.setdefault(change.before.get(str(i)), []).append(i)
    for state, some in by_state.items():
        where = (Membership.list_id == change.list_id, Membership.subscriber_id.in_(some))
        if state is None:
            session.execute(delete(Membership).where(*where))
        else:
            session.execute(update(Membership).where(*where).values(state=state, changed_at=now))


def _forget_newcomers(session: Session, ids: list[int], at: datetime) -> None:
    has_any = select(Membership.subscriber_id).where(Membership.subscriber_id == Subscriber.id).exists()
    question = select(Subscriber.id).where(Subscriber.id.in_(ids), Subscriber.created_at == at, ~has_any)
    if found := list(session.scalars(question)):
        people.forget(session, found)


def _write_memberships(session: Session, list_id: int, ids: list[int], state: str, now: datetime) -> None:
    if not ids:
        return
    rows = [{"subscriber_id": i, "list_id": list_id, "state": state, "changed_at": now} for i in ids]
    new = upserting(session, Membership.__table__)
    changes = {"state": new.excluded.state, "changed_at": new.excluded.changed_at}
    session.execute(new.on_conflict_do_update(index_elements=["subscriber_id", "list_id"], set_=changes), rows)


def _write_events(
    session: Session,
    list_id: int,
    ids: list[int],
    event: Event,
    channel: Channel,
    now: datetime,
    *,
    user_id: int | None,
    basis: str = "",
    details: dict[str, int],
) -> None:
    same = {"at": now, "list_id": list_id, "event": event, "channel": channel, "wording_digest": None}
    same |= {"basis": basis, "user_id": user_id, "details": details}
    if ids:
        session.execute(insert(ConsentEvent.__table__), [{"subscriber_id": i, **same} for i in ids])  # type: ignore[arg-type]
