"""Changes of many: exactly those that may change, and back."""

from datetime import timedelta

import pytest

from campaigns import clock
from campaigns.audience import changes, leaving, queries
from campaigns.audience.actions import bulk
from campaigns.audience.consent import Channel
from campaigns.audience.models import BulkKind, MembershipState
from campaigns.db import action, db
from campaigns.delivery import suppression
from campaigns.delivery.models import SuppressionReason
from campaigns.errors import Conflict, Invalid
from tests import make
from tests.audience.standing import lists_of

pytestmark = pytest.mark.usefixtures("ctx")


def test_putting_on_passes_over_who_left_who_is_there_and_who_is_suppressed() -> None:
    first, second = queries.lists()[:2]
    new = make.subscriber("new@example.org", first)
    there = make.subscriber("there@example.org", second)
    left = make.subscriber("left@example.org", second, state=MembershipState.LEFT)
    waiting = make.subscriber("waiting@example.org", second, state=MembershipState.PENDING)
    removed = make.subscriber("removed@example.org", second, state=MembershipState.REMOVED)
    refused = make.subscriber("refused@example.org", first)
    suppression.add(db.session(), "refused@example.org", SuppressionReason.BOUNCED, clock.now())
    db.session.commit()
    user = make.user()
    ids = [each.id for each in (new, there, left, waiting, removed, refused)]
    assert queries.changeable(BulkKind.ADD, second.id, ids) == {new.id: None, removed.id: "removed"}
    change_id = bulk.change(BulkKind.ADD, second.id, ids, basis="paper", user_id=user.id, now=clock.now())
    assert lists_of(new.id, [second.id]) == [second.id]
    assert bulk.undo(change_id, user.id, clock.now()) == 2
    assert lists_of(new.id, [second.id]) == []
    assert queries.memberships_of([removed.id])[removed.id][0].state == MembershipState.REMOVED
    with pytest.raises(Conflict):
        bulk.undo(change_id, user.id, clock.now())


def test_taking_off_is_undone_for_who_has_not_moved_since() -> None:
    first = make.first_list()
    stays, leaves = make.subscriber("a@example.org"), make.subscriber("b@example.org")
    user = make.user()
    change_id = bulk.change(
        BulkKind.REMOVE, first.id, [stays.id, leaves.id], basis="", user_id=user.id, now=clock.now()
    )
    assert queries.list_counts().get(first.id, 0) == 0
    again = queries.memberships_of([leaves.id])[leaves.id][0]
    again.state, again.changed_at = MembershipState.LEFT, clock.now()
    db.session.commit()
    assert bulk.undo(change_id, user.id, clock.now()) == 1
    assert lists_of(stays.id, [first.id]) == [first.id]
    assert lists_of(leaves.id, [first.id]) == []


def test_a_change_of_nobody_is_refused_and_undo_ends_after_thirty_days() -> None:
    person, user, first = make.subscriber("a@example.org"), make.user(), make.first_list()
    with pytest.raises(Invalid):
        bulk.change(BulkKind.ADD, first.id, [person.id], basis="paper", user_id=user.id, now=clock.now())
    change_id = bulk.change(BulkKind.REMOVE, first.id, [person.id], basis="", user_id=user.id, now=clock.now())
    with pytest.raises(Conflict):
        bulk.undo(change_id, user.id, clock.now() + timedelta(days=31))


def test_who_leaves_while_many_are_added_stays_away() -> None:
    first, second = queries.lists()[:2]
    there, gone = make.subscriber("there@example.org", second), make.subscriber("gone@example.org", first)
    before = queries.changeable(BulkKind.ADD, first.id, [there.id]) | {gone.id: None}
    leave(gone.id, first.id)
    assert write(first.id, before) == [there.id]
    assert queries.memberships_of([gone.id])[gone.id][0].state == MembershipState.LEFT
    assert [each.event for each in queries.history_of(gone.id)] == ["left"]


@action
def leave(subscriber_id: int, list_id: int) -> None:
    leaving.leave(db.session(), subscriber_id, [list_id], Channel.ONE_CLICK, clock.now())


@action
def write(list_id: int, before: dict[int, str | None]) -> list[int]:
    values = {"basis": "paper", "import_id": None, "user_id": None, "now": clock.now()}
    return changes.unpack(changes.add(db.session(), BulkKind.ADD, list_id, before, **values).ids)  # type: ignore[arg-type]
