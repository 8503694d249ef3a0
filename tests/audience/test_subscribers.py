"""What staff do about one person."""

from datetime import timedelta

import pytest

from campaigns import clock
from campaigns.audience import queries
from campaigns.audience.actions import joining, subscribers, suppressing
from campaigns.audience.models import MembershipState
from campaigns.db import db
from campaigns.delivery import suppression
from campaigns.delivery.addresses import parse
from campaigns.delivery.models import SuppressionReason
from campaigns.errors import Conflict, Invalid, NotFound, Refused
from tests import make
from tests.audience.letters import token_in, waiting
from tests.audience.standing import find_by_key

pytestmark = pytest.mark.usefixtures("ctx")


def add(address: str = "ann@example.org", **fields: object) -> int:
    values: dict[str, object] = {"list_ids": [make.first_list().id], "basis": "paper", "is_agreed": False}
    values |= {"user_id": make.user().id, "now": clock.now()}
    return subscribers.add(address=parse(address), **{**values, **fields})  # type: ignore[arg-type]


def state_of(subscriber_id: int) -> str:
    return queries.memberships_of([subscriber_id])[subscriber_id][0].state


def test_a_person_added_by_hand_waits_for_their_own_click() -> None:
    made = add()
    assert state_of(made) == MembershipState.PENDING
    assert joining.confirm(token_in(waiting()[0]), clock.now())
    assert state_of(made) == MembershipState.CONFIRMED


def test_with_a_stated_agreement_a_person_is_on_the_list_at_once() -> None:
    made = add(is_agreed=True)
    assert state_of(made) == MembershipState.CONFIRMED
    assert not waiting()
    assert queries.history_of(made)[0].basis == "paper"


def test_an_address_that_is_here_or_suppressed_is_refused_with_a_sentence() -> None:
    add()
    with pytest.raises(Invalid, match="here already"):
        add("ANN@example.org")
    suppression.add(db.session(), "bob@example.org", SuppressionReason.COMPLAINT, clock.now())
    db.session.commit()
    with pytest.raises(Invalid, match="spam"):
        add("bob@example.org")
    assert find_by_key("bob@example.org") is None


def test_a_person_who_left_is_asked_whatever_staff_state() -> None:
    person, user, first = make.subscriber("ann@example.org", state=MembershipState.LEFT), make.user(), make.first_list()
    subscribers.put_on_lists(person.id, [first.id], basis="phone", is_agreed=True, user_id=user.id, now=clock.now())
    assert state_of(person.id) == MembershipState.LEFT
    assert joining.confirm(token_in(waiting()[0]), clock.now())
    assert state_of(person.id) == MembershipState.CONFIRMED


def test_a_confirmation_is_sent_again_within_the_limits_only() -> None:
    made, user = add(), make.user()
    with pytest.raises(Refused):
        subscribers.resend(made, user.id, clock.now())
    subscribers.resend(made, user.id, clock.now() + timedelta(hours=25))
    assert len(waiting()) == 2
    person = make.subscriber("done@example.org")
    with pytest.raises(Conflict):
        subscribers.resend(person.id, user.id, clock.now())


def test_two_people_who_edit_at_once_do_not_overwrite_each_other() -> None:
    person, user = make.subscriber("ann@example.org"), make.user()
    values = {"last_name": "", "language": "en", "paused_until": None, "user_id": user.id, "now": clock.now()}
    subscribers.change(person.id, version=1, first_name="Ann", **values)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        subscribers.change(person.id, version=1, first_name="Anna", **values)  # type: ignore[arg-type]
    assert queries.search_subscribers("ann").items[0].first_name == "Ann"


def test_taking_off_a_list_works_once() -> None:
    person, user, first = make.subscriber("ann@example.org"), make.user(), make.first_list()
    subscribers.take_off_list(person.id, first.id, user.id, clock.now())
    assert state_of(person.id) == MembershipState.REMOVED
    with pytest.raises(Conflict):
        subscribers.take_off_list(person.id, first.id, user.id, clock.now())


def test_erasing_leaves_nothing_but_the_fingerprint() -> None:
    person, user = make.subscriber("ann@example.org"), make.user()
    subscribers.erase(person.id, user.id, clock.now())
    assert suppression.reason_of("ann@example.org") == SuppressionReason.ERASED
    with pytest.raises(NotFound):
        queries.get_subscriber(person.id)
    with pytest.raises(Invalid):
        add()


def test_a_suppression_is_lifted_with_a_reason_and_only_once() -> None:
    user, address = make.user(), parse("ann@example.org")
    suppressing.suppress(address, user.id, clock.now())
    assert suppression.reason_of(address.key) == SuppressionReason.BY_HAND
    suppressing.lift(address, "She phoned and asked for it", user.id, clock.now())
    assert suppression.reason_of(address.key) is None
    with pytest.raises(Conflict):
        suppressing.lift(address, "Once more", user.id, clock.now())
