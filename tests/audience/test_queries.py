"""Search in every script, filters, and the audience of a mailing."""

from datetime import timedelta

import pytest

from campaigns import clock
from campaigns.audience import queries
from campaigns.audience.models import MembershipState
from campaigns.db import db
from tests import make
from tests.audience.standing import lists_of

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.mark.parametrize(
    ("first_name", "last_name", "question"),
    [
        ("José", "Núñez", "nunez"),
        ("José", "Núñez", "NÚ"),
        ("José", "Núñez", "jo nu"),
        ("美玲", "陳", "美玲"),
        ("王美玲", "", "美玲"),
        ("美玲", "陳", "陳"),
        ("Анна", "Петрова", "петр"),
        ("ليلى", "حداد", "لي"),
        ("Thùy", "Nguyễn", "nguyen"),
        ("Priya", "शर्मा", "शर्"),
        ("Siobhan", "O'Brien", "brien"),
        ("지우", "김", "지우"),
        ("Ann", "", "reader@ex"),
    ],
)
def test_people_are_found_in_every_script(first_name: str, last_name: str, question: str) -> None:
    make.subscriber("reader@example.org", first_name=first_name, last_name=last_name)
    make.subscriber("other@sample.org", first_name="Zed", last_name="Quux")
    assert [each.first_name for each in queries.search_subscribers(question).items] == [first_name]


def test_filters_by_list_and_state_and_pause() -> None:
    first, second = queries.lists()[:2]
    one = make.subscriber("one@example.org", first)
    two = make.subscriber("two@example.org", second, state=MembershipState.LEFT)
    three = make.subscriber("three@example.org", first, second)
    three.paused_until = clock.now() + timedelta(days=1)
    db.session.commit()
    assert queries.matching_ids(list_id=first.id) == [one.id, three.id]
    assert queries.matching_ids(state="left") == [two.id]
    assert queries.matching_ids(list_id=first.id, state="left") == []
    assert queries.matching_ids(state="paused") == [three.id]
    assert queries.matching_ids("two") == [two.id]


def test_the_audience_is_on_any_list_and_on_none_of_the_others() -> None:
    first, second, third = queries.lists()[:3]
    both = make.subscriber("both@example.org", first, second)
    only = make.subscriber("only@example.org", first)
    out = make.subscriber("out@example.org", first, third)
    make.subscriber("left@example.org", first, state=MembershipState.LEFT)
    make.subscriber("pending@example.org", second, state=MembershipState.PENDING)
    now = clock.now()
    assert queries.count_audience([first.id, second.id], [], now) == 3
    assert queries.count_audience([first.id, second.id], [third.id], now) == 2
    assert queries.count_audience([], [], now) == 0
    ids = queries.audience_ids([first.id, second.id], [third.id], 0, 10, now, out.id)
    assert ids == sorted([both.id, only.id])
    assert queries.audience_ids([first.id], [], both.id, 1, now, out.id) == [only.id]
    assert queries.audience_ids([first.id], [], 0, 10, now, both.id) == [both.id]


def test_the_lists_through_which_somebody_is_reached() -> None:
    first, second = queries.lists()[:2]
    person = make.subscriber("ann@example.org", first)
    assert lists_of(person.id, [first.id, second.id]) == [first.id]
    assert queries.lists_through([person.id, 999], [second.id]) == {}


def test_memberships_come_for_everybody_asked() -> None:
    person = make.subscriber("ann@example.org", state=MembershipState.REMOVED)
    found = queries.memberships_of([person.id, 999])
    assert [each.state for each in found[person.id]] == ["removed"]
    assert found[999] == []
