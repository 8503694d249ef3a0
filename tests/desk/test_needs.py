"""What waits for whom."""

from datetime import timedelta

from flask import Flask

from campaigns import clock
from campaigns.desk import needs
from campaigns.planning.models import ItemState
from campaigns.staff.models import Organization, RoleName, User
from campaigns.staff.queries import get_organization
from tests import make
from tests.planning import plans


def live() -> Organization:
    organization = get_organization()
    return Organization(zone=organization.zone, went_live_at=clock.now())


def ranks(user: User, organization: Organization) -> list[needs.Rank]:
    return [need.rank for need in needs.of(user, organization, clock.now())]


def test_an_approver_sees_what_others_wrote_but_not_their_own(ctx: Flask) -> None:
    me, other = make.user(RoleName.APPROVER), make.user()
    plans.item("Mine", ItemState.IN_REVIEW, owner_id=me.id)
    plans.item("Theirs", ItemState.IN_REVIEW, owner_id=other.id)
    assert [need.item.title for need in needs.of(me, live(), clock.now())] == ["Theirs"]
    practice = needs.of(me, get_organization(), clock.now())
    assert {need.item.title for need in practice} == {"Mine", "Theirs"}


def test_a_writer_is_not_asked_to_approve(ctx: Flask) -> None:
    me = make.user(RoleName.WRITER)
    plans.item(state=ItemState.IN_REVIEW)
    assert ranks(me, live()) == []


def test_trouble_comes_first_and_a_viewer_is_spared(ctx: Flask) -> None:
    me, other = make.user(RoleName.APPROVER), make.user(RoleName.VIEWER)
    plans.item(state=ItemState.IN_REVIEW)
    plans.item(state=ItemState.UNKNOWN)
    plans.item(state=ItemState.HELD)
    assert ranks(me, live()) == [needs.Rank.TROUBLE, needs.Rank.HELD, needs.Rank.REVIEW]
    assert ranks(other, live()) == []


def test_changes_that_were_asked_come_with_the_comment(ctx: Flask) -> None:
    me, approver = make.user(), make.user(RoleName.APPROVER)
    row = plans.item(ref=1, owner_id=me.id)
    plans.decide(row, approver.id, me.id, is_approved=False, comment="Add the hotline.")
    [need] = needs.of(me, live(), clock.now())
    assert "“Add the hotline.”" in need.text


def test_my_draft_whose_time_has_passed_is_mine_to_look_at(ctx: Flask) -> None:
    me = make.user()
    plans.item(state=ItemState.DRAFT, due_at=clock.now() - timedelta(hours=1), owner_id=me.id)
    plans.item(state=ItemState.DRAFT, due_at=clock.now() - timedelta(hours=1))
    assert ranks(me, live()) == [needs.Rank.OVERDUE]


def test_first_steps_follow_a_newcomer_until_something_was_sent(ctx: Flask) -> None:
    me, viewer = make.user(), make.user(RoleName.VIEWER)
    assert needs.first_steps(viewer) is None
    begun = needs.first_steps(me)
    assert begun is not None
    assert (begun.has_written, begun.has_asked, begun.has_sent) == (False, False, False)
    plans.item(ref=1, owner_id=me.id, state=ItemState.IN_REVIEW)
    asked = needs.first_steps(me)
    assert asked is not None
    assert (asked.has_written, asked.has_asked, asked.has_sent) == (True, True, False)
    plans.item(ref=1, owner_id=me.id, state=ItemState.SENT)
    assert needs.first_steps(me) is None
