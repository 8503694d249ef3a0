"""Lists: made, changed, ordered, archived."""

import pytest

from campaigns import clock
from campaigns.audience import queries
from campaigns.audience.actions import lists
from campaigns.errors import Conflict, Invalid, NotFound
from tests import make
from tests.audience.standing import lists_of

pytestmark = pytest.mark.usefixtures("ctx")


def create(name: str = "Neighbors", **fields: object) -> int:
    values: dict[str, object] = {"description": "", "is_public": True, "user_id": make.user().id, "now": clock.now()}
    return lists.create(name=name, **{**values, **fields})  # type: ignore[arg-type]


def test_a_new_installation_has_the_five_lists() -> None:
    assert [each.name for each in queries.lists()] == [
        "Newsletter",
        "Radio show alerts",
        "News digest",
        "Bay Area HEAT Coalition",
        "Youth Action Network",
    ]


def test_a_new_list_comes_last_and_has_its_own_page() -> None:
    create("Niños")
    assert queries.lists()[-1].slug == "ninos"
    assert queries.get_public_list("ninos").name == "Niños"


def test_names_are_not_used_twice() -> None:
    create()
    with pytest.raises(Invalid):
        create("NEIGHBORS")


def test_the_address_stays_when_the_name_changes_and_two_editors_do_not_collide() -> None:
    made, user = create(), make.user()
    values = {"description": "", "is_public": True, "user_id": user.id, "now": clock.now()}
    lists.change(made, version=1, name="Friends", **values)  # type: ignore[arg-type]
    assert queries.get_list(made).slug == "neighbors"
    with pytest.raises(Conflict):
        lists.change(made, version=1, name="Foes", **values)  # type: ignore[arg-type]


def test_lists_move_up_and_down_and_stop_at_the_ends() -> None:
    user = make.user()
    before = [each.id for each in queries.lists()]
    lists.move(before[0], 1, user.id, clock.now())
    assert [each.id for each in queries.lists()] == [before[1], before[0], *before[2:]]
    lists.move(before[1], -1, user.id, clock.now())
    assert queries.lists()[0].id == before[1]


def test_an_archived_list_is_offered_nowhere_and_keeps_its_people() -> None:
    made, user = create(), make.user()
    person = make.subscriber("ann@example.org", queries.get_list(made))
    lists.archive(made, user.id, clock.now())
    assert made not in [each.id for each in queries.lists()]
    with pytest.raises(NotFound):
        queries.get_public_list("neighbors")
    lists.restore(made, user.id, clock.now())
    assert lists_of(person.id, [made]) == [made]


def test_a_list_for_staff_only_has_no_join_page() -> None:
    create(is_public=False)
    with pytest.raises(NotFound):
        queries.get_public_list("neighbors")
