"""Rows of the calendar and the approvals that stand or fall with them, on each engine."""

from datetime import timedelta

import pytest
from flask import Flask

from campaigns import clock
from campaigns.db import action, db
from campaigns.errors import Conflict, NotFound, Refused
from campaigns.planning import approvals, items, queries
from campaigns.planning.models import ItemState
from campaigns.staff.models import RoleName
from tests import make
from tests.planning import plans


def test_putting_the_same_thing_again_changes_its_row(ctx: Flask) -> None:
    first = plans.item("One", ref=1)
    second = plans.item("Two", ItemState.IN_REVIEW, ref=1)
    assert (first.id, second.title, second.state) == (second.id, "Two", "in_review")


def test_changed_content_voids_the_approval_and_says_why(ctx: Flask) -> None:
    approver = make.user(RoleName.APPROVER)
    row = plans.item(ref=1)
    plans.decide(row, approver.id)
    assert queries.get_item("newsletter", 1).approved_hash == "first"
    plans.item(ref=1, content_hash="second")
    changed = queries.get_item("newsletter", 1)
    last = queries.last_approval(changed)
    assert changed.approved_hash == ""
    assert queries.standing_approval(changed) is None
    assert last is not None
    assert last.voided_at is not None
    assert last.void_reason


def test_the_same_content_keeps_the_approval(ctx: Flask) -> None:
    approver = make.user(RoleName.APPROVER)
    row = plans.item(ref=1)
    made = plans.decide(row, approver.id)
    plans.item("Another title of the row", ItemState.SCHEDULED, ref=1)
    standing = queries.standing_approval(queries.get_item("newsletter", 1))
    assert standing is not None
    assert standing.id == made.id


def test_approving_what_was_changed_meanwhile_is_a_conflict(ctx: Flask) -> None:
    approver = make.user(RoleName.APPROVER)
    row = plans.item(ref=1)
    with pytest.raises(Conflict):
        plans.decide(row, approver.id, content_hash="what I read")


def test_nobody_approves_their_own_work_but_in_practice(ctx: Flask) -> None:
    author = make.user(RoleName.APPROVER)
    row = plans.item(ref=1)
    with pytest.raises(Refused):
        plans.decide(row, author.id, author.id)
    assert plans.decide(row, author.id, author.id, is_practice=True).is_practice


def test_going_live_voids_practice_approvals_and_no_others(ctx: Flask) -> None:
    author, other = make.user(RoleName.APPROVER), make.user(RoleName.APPROVER)
    practice, real = plans.item(ref=1), plans.item(ref=2)
    plans.decide(practice, author.id, author.id, is_practice=True)
    plans.decide(real, other.id, author.id)
    assert action(approvals.void_practice)(db.session(), "The office went live.", clock.now()) == 1
    assert queries.standing_approval(queries.get_item("newsletter", 1)) is None
    assert queries.standing_approval(queries.get_item("newsletter", 2)) is not None


def test_what_was_withdrawn_is_shown_nowhere_until_it_is_put_again(ctx: Flask) -> None:
    now = clock.now()
    plans.item("Binned", ItemState.IN_REVIEW, now + timedelta(days=1), ref=1)
    action(items.withdraw)(db.session(), "newsletter", 1, now)
    assert queries.waiting() == []
    assert queries.items_between(now, now + timedelta(days=2)) == []
    plans.item("Back", ItemState.IN_REVIEW, now + timedelta(days=1), ref=1)
    assert [item.title for item in queries.waiting()] == ["Back"]


def test_items_are_read_by_time_state_and_owner(ctx: Flask) -> None:
    now, owner = clock.now(), make.user()
    plans.item("Later", ItemState.IN_REVIEW, now + timedelta(days=2))
    plans.item("Sooner", ItemState.IN_REVIEW, now + timedelta(days=1))
    plans.item("No day", ItemState.IN_REVIEW, owner_id=owner.id)
    plans.item("Passed", ItemState.APPROVED, now - timedelta(hours=1))
    plans.item("Gone", ItemState.SENT, now - timedelta(hours=1))
    plans.item("Lost", ItemState.MISSED, now - timedelta(hours=2))
    assert [item.title for item in queries.waiting()] == ["Sooner", "Later", "No day"]
    assert [item.title for item in queries.overdue(now)] == ["Passed"]
    assert [item.title for item in queries.undated()] == ["No day"]
    assert [item.title for item in queries.troubled(now - timedelta(days=1))] == ["Lost"]
    assert [item.title for item in queries.work_of(owner.id)] == ["No day"]


def test_asking_for_changes_is_seen_by_the_owner_until_it_is_submitted_again(ctx: Flask) -> None:
    owner, approver = make.user(), make.user(RoleName.APPROVER)
    row = plans.item(state=ItemState.IN_REVIEW, ref=1, owner_id=owner.id)
    plans.decide(row, approver.id, owner.id, is_approved=False, comment="Add the hotline.")
    plans.item(state=ItemState.DRAFT, ref=1, owner_id=owner.id)
    assert [item.ref for item in queries.returned(owner.id)] == [1]
    plans.item(state=ItemState.IN_REVIEW, ref=1, owner_id=owner.id)
    assert queries.returned(owner.id) == []


def test_an_unknown_item_is_not_found(ctx: Flask) -> None:
    with pytest.raises(NotFound):
        queries.get_item("newsletter", 404)
