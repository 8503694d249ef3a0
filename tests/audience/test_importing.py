"""Imports: look, add, report by line, take back; who left is never put back."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from campaigns import clock
from campaigns.audience import links, queries
from campaigns.audience.actions import importing, lists, preferences
from campaigns.audience.consent import Channel
from campaigns.audience.models import ImportState, Membership, MembershipState, Subscriber
from campaigns.db import db
from campaigns.delivery import suppression
from campaigns.delivery.models import SuppressionReason
from campaigns.errors import Conflict, Invalid
from tests import make
from tests.audience.letters import waiting
from tests.audience.standing import find_by_key, lists_of

pytestmark = pytest.mark.usefixtures("ctx")

FILE = "email,first name\nann@example.org,Ann\nbob@example.org,Bob\nANN@EXAMPLE.ORG,Anne\nnobody\n"


def check(text: str = FILE, **fields: object) -> int:
    values: dict[str, object] = {"list_ids": [make.first_list().id], "basis": "paper", "user_id": None}
    return importing.check(filename="people.csv", content=text.encode(), now=clock.now(), **{**values, **fields})  # type: ignore[arg-type]


def carry_out(text: str = FILE, **fields: object) -> int:
    import_id = check(text, **fields)
    importing.start(import_id, None, clock.now())
    importing.carry_out(import_id, clock.now())
    return import_id


def people() -> int:
    return db.session.scalar(select(func.count()).select_from(Subscriber)) or 0


def test_looking_adds_nobody_and_gives_four_numbers() -> None:
    made = queries.get_import(check())
    assert made.counts == {"add": 2, "already": 1, "left": 0, "fix": 1}
    assert [(each["line"], each["verdict"]) for each in made.report] == [(4, "already"), (5, "fix")]
    assert people() == 0


def test_good_lines_are_added_without_mail_and_can_be_found() -> None:
    made = queries.get_import(carry_out())
    assert made.state == ImportState.DONE
    assert made.content is None
    assert made.counts["add"] == 2
    assert people() == 2
    assert not waiting()
    found = queries.search_subscribers("bob").items[0]
    assert found.first_name == "Bob"
    event = queries.history_of(found.id)[0]
    assert (event.event, event.channel, event.basis, event.details) == (
        "imported",
        "import",
        "paper",
        {"import": made.id},
    )


def test_the_same_file_again_adds_nobody() -> None:
    carry_out()
    again = check()
    assert queries.get_import(again).counts == {"add": 0, "already": 3, "left": 0, "fix": 1}
    assert queries.repeated_import(queries.get_import(again)) is not None
    with pytest.raises(Conflict):
        importing.start(again, None, clock.now())


def test_who_left_is_never_put_back() -> None:
    carry_out()
    ann = find_by_key("ann@example.org")
    assert ann is not None
    list_id = make.first_list().id
    preferences.leave_by_link(links.leave_token(1, ann.id, [list_id]), Channel.ONE_CLICK, clock.now())
    carry_out(FILE + "cid@example.org,Cid\n")
    assert queries.memberships_of([ann.id])[ann.id][0].state == MembershipState.LEFT
    assert people() == 3


def test_suppressed_addresses_stay_out() -> None:
    suppression.add(db.session(), "ann@example.org", SuppressionReason.ERASED, clock.now())
    db.session.commit()
    made = queries.get_import(carry_out())
    assert made.counts["left"] == 1
    assert find_by_key("ann@example.org") is None


def test_known_people_are_put_on_the_further_list_and_keep_their_names() -> None:
    first, second = queries.lists()[:2]
    person = make.subscriber("ann@example.org", first, first_name="Annabel")
    made = queries.get_import(carry_out(list_ids=[first.id, second.id]))
    assert made.counts["add"] == 2
    assert lists_of(person.id, [first.id, second.id]) == [first.id, second.id]
    assert queries.get_subscriber(person.id).first_name == "Annabel"


def test_an_import_that_was_cut_off_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BLOCK", 3)
    text = "email\n" + "".join(f"reader{number}@example.org\n" for number in range(10))
    import_id = check(text)
    importing.start(import_id, None, clock.now())
    whole = importing._add_block
    calls = []

    def dies_at_third(*args: object) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        whole(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "_add_block", dies_at_third)
    with pytest.raises(KeyboardInterrupt):
        importing.carry_out(import_id, clock.now())
    assert people() == 6
    assert queries.get_import(import_id).position == 6
    monkeypatch.setattr(importing, "_add_block", whole)
    assert importing.carry_out_all(clock.now()) == 1
    assert people() == 10
    assert queries.get_import(import_id).counts["add"] == 10


def test_taking_back_forgets_the_newcomers_and_spares_who_moved() -> None:
    known = make.subscriber("known@example.org", queries.lists()[1])
    import_id = carry_out(FILE + "known@example.org,Known\n")
    ann = find_by_key("ann@example.org")
    assert ann is not None
    list_id = make.first_list().id
    preferences.leave_by_link(links.leave_token(1, ann.id, [list_id]), Channel.ONE_CLICK, clock.now())
    importing.undo(import_id, None, clock.now())
    assert find_by_key("bob@example.org") is None
    assert queries.memberships_of([ann.id])[ann.id][0].state == MembershipState.LEFT
    assert lists_of(known.id, [list_id]) == []
    assert queries.find_subscriber(known.id) is not None
    assert queries.get_import(import_id).state == ImportState.UNDONE
    with pytest.raises(Conflict):
        importing.undo(import_id, None, clock.now())


def test_taking_back_ends_after_thirty_days() -> None:
    import_id = carry_out()
    with pytest.raises(Conflict):
        importing.undo(import_id, None, clock.now() + timedelta(days=31))


@pytest.mark.parametrize("fields", [{"basis": ""}, {"basis": "bought"}, {"list_ids": []}, {"list_ids": [999]}])
def test_consent_and_a_list_are_required(fields: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        check(**fields)


def test_a_list_that_was_archived_meanwhile_stops_the_import() -> None:
    import_id = check()
    lists.archive(make.first_list().id, make.user().id, clock.now())
    with pytest.raises(Conflict):
        importing.start(import_id, None, clock.now())


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(Invalid):
        check("email\n")


def test_columns_can_be_chosen_by_hand() -> None:
    import_id = check("a,b\nx,ann@example.org\nAnn,bob@example.org\n")
    assert queries.get_import(import_id).columns == {"address": "1"}
    importing.choose_columns(import_id, {"address": 1, "first_name": 0}, None, clock.now())
    importing.start(import_id, None, clock.now())
    importing.carry_out(import_id, clock.now())
    assert sorted(each.first_name for each in db.session.scalars(select(Subscriber))) == ["Ann", "x"]
    with pytest.raises(Invalid):
        importing.choose_columns(import_id, {"first_name": 0}, None, clock.now())


def test_pending_people_become_confirmed_by_an_import_with_consent() -> None:
    person = make.subscriber("ann@example.org", state=MembershipState.PENDING)
    import_id = carry_out()
    assert lists_of(person.id, [make.first_list().id])
    importing.undo(import_id, None, clock.now())
    held = db.session.scalar(select(Membership).where(Membership.subscriber_id == person.id))
    assert held is not None
    assert held.state == MembershipState.PENDING


def test_a_file_that_was_looked_at_can_be_thrown_away() -> None:
    import_id = check()
    importing.discard(import_id, None, clock.now())
    assert not queries.imports().items


def test_the_names_of_several_scripts_arrive_as_they_are(tmp_path: Path) -> None:
    names = ["Zoë", "美玲", "ليلى", "O'Brien", 'Ann "Annie", Dr.', "Анна", "Thùy"]
    import csv

    path = tmp_path / "names.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["email", "first name"], *([f"r{i}@example.org", n] for i, n in enumerate(names))])
    carry_out(path.read_text("utf-8"))
    assert sorted(each.first_name for each in db.session.scalars(select(Subscriber))) == sorted(names)
