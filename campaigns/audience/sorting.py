"""Sorting the rows of an import: who is new, who is here, who left or refused. Reads the database, writes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from sqlalchemy import select

from campaigns.audience import rules
from campaigns.audience.imports import Row
from campaigns.audience.models import Membership, MembershipState, Subscriber
from campaigns.db import db
from campaigns.delivery import suppression

AT_ONCE = 500


class Verdict(StrEnum):
    """What an import does with a row; these are the four numbers that people see."""

    ADD = "add"
    ALREADY = "already"
    LEFT = "left"
    FIX = "fix"


@dataclass(frozen=True)
class Sorted:
    """One row and its verdict; for those to add, the subscriber when known and the lists to put them on."""

    row: Row
    verdict: Verdict
    sentence: str = ""
    subscriber_id: int | None = None
    before: dict[int, str | None] | None = None


def sort(rows: Iterable[Row], list_ids: list[int]) -> Iterator[Sorted]:
    """Each row with its verdict, in the order of the file."""
    rest = iter(rows)
    while chunk := list(islice(rest, AT_ONCE)):
        yield from _sort_few(chunk, list_ids)


def _sort_few(rows: list[Row], list_ids: list[int]) -> Iterator[Sorted]:
    keys = [row.address.key for row in rows if row.address and not row.problem and not row.repeats]
    known = {
        row.address_key: row.id
        for row in db.session.execute(
            select(Subscriber.address_key, Subscriber.id).where(Subscriber.address_key.in_(keys))
        )
    }
    states = {
        (row.subscriber_id, row.list_id): row.state
        for row in db.session.execute(
            select(Membership.subscriber_id, Membership.list_id, Membership.state).where(
                Membership.subscriber_id.in_(known.values()), Membership.list_id.in_(list_ids)
            )
        )
    }
    refused = suppression.among(keys)
    for row in rows:
        yield _sort_one(row, list_ids, known, states, {key: str(suppression.SENTENCE[refused[key]]) for key in refused})


def _sort_one(
    row: Row, list_ids: list[int], known: dict[str, int], states: dict[tuple[int, int], str], refused: dict[str, str]
) -> Sorted:
    if row.problem or row.address is None:
        return Sorted(row, Verdict.FIX, row.problem)
    if row.repeats:
        return Sorted(row, Verdict.ALREADY, f"The same address is on line {row.repeats}.")
    if row.address.key in refused:
        return Sorted(row, Verdict.LEFT, refused[row.address.key])
    subscriber_id = known.get(row.address.key)
    if subscriber_id is None:
        return Sorted(row, Verdict.ADD, before=dict.fromkeys(list_ids))
    held = {list_id: states.get((subscriber_id, list_id)) for list_id in list_ids}
    open_to = {i: state for i, state in held.items() if rules.may_put_on_list(_state(state))}
    if open_to:
        return Sorted(row, Verdict.ADD, subscriber_id=subscriber_id, before=open_to)
    if MembershipState.LEFT in held.values():
        return Sorted(row, Verdict.LEFT, "This person left the list. Only they can come back.")
    return Sorted(row, Verdict.ALREADY, "This person is on the list already.")


def _state(text: str | None) -> MembershipState | None:
    return MembershipState(text) if text else None
