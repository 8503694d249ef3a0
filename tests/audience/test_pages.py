"""The staff pages, as a list keeper uses them."""

import csv
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.audience import queries
from campaigns.audience.actions import importing
from campaigns.audience.models import MembershipState
from campaigns.db import db
from campaigns.delivery import suppression
from campaigns.delivery.models import SuppressionReason
from campaigns.staff.models import RoleName
from tests import make
from tests.audience.letters import waiting
from tests.pages import sign_in, submit, visit


@pytest.fixture
def keeper(app: Flask, client: FlaskClient) -> FlaskClient:
    """A client that a list keeper has signed in with."""
    with app.app_context():
        sign_in(client, make.user(RoleName.LIST_KEEPER))
    return client


def person(app: Flask, address: str = "ann@example.org", **fields: object) -> int:
    with app.app_context():
        return make.subscriber(address, **fields).id  # type: ignore[arg-type]


def first_list(app: Flask) -> str:
    with app.app_context():
        return str(make.first_list().id)


def test_every_page_opens_empty_and_filled(app: Flask, keeper: FlaskClient) -> None:
    pages = ["/audience", "/audience/new", "/audience/lists", "/audience/lists/new", "/audience/imports"]
    pages += ["/audience/imports/new", "/audience/must-not-write", "/audience/bulk"]
    for path in pages:
        visit(keeper, path)
    made = person(app, first_name="Ann", state=MembershipState.PENDING)
    pages += [f"/audience/{made}{rest}" for rest in ("", "/edit", "/address", "/lists")]
    pages += [f"/audience/lists/{first_list(app)}", "/audience?q=zzz", f"/audience/bulk?ids={made}&kind=remove"]
    for path in pages:
        visit(keeper, path)


def test_a_writer_does_not_see_addresses(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        sign_in(client, make.user(RoleName.WRITER))
    assert client.get("/audience").status_code == 403
    assert client.post("/audience/export").status_code in (400, 403)


def test_the_list_searches_filters_and_pages(app: Flask, keeper: FlaskClient) -> None:
    for number in range(53):
        person(app, f"reader{number}@example.org", last_name="Núñez" if number < 52 else "Lee")
    assert "52 people" in visit(keeper, "/audience?q=nunez").text
    assert "1 to 50 of 53 people" in visit(keeper, "/audience").text
    assert "51 to 53 of 53 people" in visit(keeper, "/audience?page=2").text
    assert "Nobody fits" in visit(keeper, "/audience?state=left").text
    visit(keeper, "/audience?page=x&list=x&state=x")


def test_adding_a_person_by_hand(app: Flask, keeper: FlaskClient) -> None:
    page = visit(keeper, "/audience/new")
    fields = {"address": "Ann@Example.org", "first_name": "Ann", "lists": first_list(app), "how": "ask"}
    assert submit(keeper, page, "/audience/new", **fields).status_code == 400
    answer = submit(keeper, page, "/audience/new", basis="paper", **fields)
    assert answer.status_code == 303
    assert "Not confirmed yet" in visit(keeper, answer.location).text
    again = submit(keeper, page, "/audience/new", basis="paper", **fields)
    assert "here already" in again.get_data(as_text=True)
    with app.app_context():
        assert [mail.to_address for mail in waiting()] == ["Ann@example.org"]


def test_editing_pausing_and_a_second_editor(app: Flask, keeper: FlaskClient) -> None:
    made = person(app)
    page = visit(keeper, f"/audience/{made}/edit")
    day = f"{clock.now().year + 1}-01-15"
    fields = {"version": "1", "first_name": "Ann", "language": "en", "paused_until": day}
    assert submit(keeper, page, f"/audience/{made}/edit", **fields).status_code == 303
    assert "Paused" in visit(keeper, f"/audience/{made}").text
    assert submit(keeper, page, f"/audience/{made}/edit", **fields).status_code == 409


def test_lists_of_a_person_are_changed_on_their_page(app: Flask, keeper: FlaskClient) -> None:
    made = person(app)
    with app.app_context():
        second = queries.lists()[1]
    page = visit(keeper, f"/audience/{made}/lists")
    fields = {"lists": str(second.id), "basis": "phone", "how": "agreed"}
    assert submit(keeper, page, f"/audience/{made}/lists", **fields).status_code == 303
    shown = visit(keeper, f"/audience/{made}")
    assert second.name in shown.text
    assert submit(keeper, shown, f"/audience/{made}/take-off", list=str(second.id)).status_code == 303
    assert "Taken off by staff" in visit(keeper, f"/audience/{made}").text


def test_asking_at_a_new_address_and_resending(app: Flask, keeper: FlaskClient) -> None:
    made = person(app, state=MembershipState.PENDING)
    page = visit(keeper, f"/audience/{made}/address")
    assert submit(keeper, page, f"/audience/{made}/address", address="x").status_code == 400
    assert submit(keeper, page, f"/audience/{made}/address", address="new@example.org").status_code == 303
    assert submit(keeper, page, f"/audience/{made}/resend").status_code == 303
    with app.app_context():
        assert [mail.to_address for mail in waiting()] == ["new@example.org", "ann@example.org"]


def test_erasing_and_suppressing(app: Flask, keeper: FlaskClient) -> None:
    made = person(app)
    page = visit(keeper, f"/audience/{made}")
    submit(keeper, page, f"/audience/{made}/suppress")
    assert "must not write" in visit(keeper, f"/audience/{made}").text
    assert submit(keeper, page, f"/audience/{made}/erase").status_code == 303
    visit(keeper, f"/audience/{made}", 404)


def test_a_change_of_many_names_the_number_and_can_be_undone(app: Flask, keeper: FlaskClient) -> None:
    for number in range(3):
        person(app, f"reader{number}@example.org")
    page = visit(keeper, "/audience/bulk?all=1&q=reader&kind=remove")
    assert "3 people are chosen" in page.text
    fields = {"all": "1", "q": "reader", "kind": "remove", "list_id": first_list(app)}
    asked = submit(keeper, page, "/audience/bulk", **fields)
    assert "Take 3 people off Newsletter" in asked.get_data(as_text=True)
    person(app, "reader9@example.org")
    again = submit(keeper, page, "/audience/bulk", expected="3", **fields)
    assert "Take 4 people off Newsletter" in again.get_data(as_text=True)
    done = submit(keeper, page, "/audience/bulk", expected="4", **fields)
    assert done.status_code == 303
    shown = visit(keeper, done.location)
    assert "4 people are off Newsletter" in shown.text
    undo = next(form["action"] for form in shown.forms if "undo" in str(form.get("action")))
    assert submit(keeper, shown, str(undo)).status_code == 303
    with app.app_context():
        assert queries.list_counts()[int(first_list(app))] == 4


def test_putting_many_on_a_list_needs_their_consent(app: Flask, keeper: FlaskClient) -> None:
    made = person(app)
    with app.app_context():
        second = queries.lists()[1].id
    page = visit(keeper, f"/audience/bulk?ids={made}&kind=add")
    fields = {"ids": str(made), "kind": "add", "list_id": str(second)}
    assert submit(keeper, page, "/audience/bulk", **fields).status_code == 400
    asked = submit(keeper, page, "/audience/bulk", basis="paper", **fields)
    assert "Put 1 person on" in asked.get_data(as_text=True)
    assert submit(keeper, page, "/audience/bulk", basis="paper", expected="1", **fields).status_code == 303


def test_an_export_holds_what_is_shown_and_no_formula(app: Flask, keeper: FlaskClient) -> None:
    person(app, "ann@example.org", first_name='=HYPERLINK("http://evil.example")', last_name="Núñez")
    person(app, "bob@example.org", first_name="Bob")
    page = visit(keeper, "/audience?q=nunez")
    answer = submit(keeper, page, "/audience/export", q="nunez")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["Email address", "ann@example.org"]
    assert rows[1][1].startswith("'=")
    assert rows[1][4] == "Newsletter"
    with app.app_context():
        made = importing.check(
            filename="again.csv",
            content=answer.data,
            list_ids=[int(first_list(app))],
            basis="paper",
            user_id=None,
            now=clock.now(),
        )
        assert queries.get_import(made).counts["already"] == 1


def test_lists_are_made_changed_moved_and_archived(app: Flask, keeper: FlaskClient) -> None:
    page = visit(keeper, "/audience/lists/new")
    assert submit(keeper, page, "/audience/lists/new", name="").status_code == 400
    assert submit(keeper, page, "/audience/lists/new", name="newsletter").status_code == 400
    assert submit(keeper, page, "/audience/lists/new", name="Neighbors", is_public="y").status_code == 303
    assert visit(keeper, "/join/neighbors", is_public=True)
    with app.app_context():
        made = queries.get_public_list("neighbors").id
    page = visit(keeper, f"/audience/lists/{made}")
    assert "/join/neighbors" in page.text
    fields = {"version": "1", "name": "Friends", "is_public": "y"}
    assert submit(keeper, page, f"/audience/lists/{made}", **fields).status_code == 303
    assert submit(keeper, page, f"/audience/lists/{made}", **fields).status_code == 409
    submit(keeper, page, f"/audience/lists/{made}/move", to="up")
    submit(keeper, page, f"/audience/lists/{made}/archive")
    assert "Archive (1)" in visit(keeper, "/audience/lists").text
    visit(keeper, f"/audience/lists/{made}")
    submit(keeper, page, f"/audience/lists/{made}/restore")


def test_an_import_from_the_file_to_the_undo(app: Flask, keeper: FlaskClient) -> None:
    page = visit(keeper, "/audience/imports/new")
    fields = {"lists": first_list(app), "basis": "paper"}
    assert submit(keeper, page, "/audience/imports/new", **fields).status_code == 400
    file = (io.BytesIO(b"email\nann@example.org\nbob@example.org\nnobody\n"), "people.csv")
    answer = submit(keeper, page, "/audience/imports/new", file=file, **fields)
    path = answer.location
    shown = visit(keeper, path)
    assert "Add 2 people now" in shown.text
    assert submit(keeper, shown, f"{path}/columns", address="0", first_name="-1", last_name="-1").status_code == 303
    assert submit(keeper, shown, f"{path}/start").status_code == 303
    shown = visit(keeper, path)
    assert "2 added" in " ".join(shown.text.split()) or "added 2" in shown.text
    assert "4" in shown.text
    report = keeper.get(f"{path}/report.csv").data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(report)))[1][:2] == ["4", "Needs fixing"]
    assert keeper.get(f"{path}/progress.json").get_json()["done"]
    assert submit(keeper, shown, f"{path}/undo").status_code == 303
    assert "Taken back" in visit(keeper, path).text
    visit(keeper, "/audience/imports")


def test_a_file_whose_columns_say_nothing_asks_for_them(app: Flask, keeper: FlaskClient) -> None:
    page = visit(keeper, "/audience/imports/new")
    file = (io.BytesIO(b"a,b\nx,not yet\nAnn,ann@example.org\n"), "people.csv")
    answer = submit(keeper, page, "/audience/imports/new", file=file, lists=first_list(app), basis="paper")
    shown = visit(keeper, answer.location)
    assert "could not tell" in shown.text
    path = answer.location
    bad = submit(keeper, shown, f"{path}/columns", address="0", first_name="0", last_name="-1")
    assert bad.status_code == 400
    submit(keeper, shown, f"{path}/columns", address="1", first_name="0", last_name="-1")
    shown = visit(keeper, path)
    assert "Add 1 person now" in shown.text
    submit(keeper, shown, f"{path}/discard")
    visit(keeper, path, 404)


def test_an_address_is_looked_up_and_allowed_again_with_a_reason(app: Flask, keeper: FlaskClient) -> None:
    with app.app_context():
        suppression.add(db.session(), "ann@example.org", SuppressionReason.BOUNCED, clock.now())
        db.session.commit()
    page = visit(keeper, "/audience/must-not-write")
    found = submit(keeper, page, "/audience/must-not-write", address="ANN@example.org").get_data(as_text=True)
    assert "comes back" in found
    refused = submit(keeper, page, "/audience/must-not-write/lift", address="ann@example.org", why="")
    assert refused.status_code == 400
    assert "audit log" in refused.get_data(as_text=True)
    why = "The mailbox was full and is not any more"
    done = submit(keeper, page, "/audience/must-not-write/lift", address="ann@example.org", why=why)
    assert done.status_code == 303
    free = submit(keeper, page, "/audience/must-not-write", address="ann@example.org").get_data(as_text=True)
    assert "Nothing is in the way" in free
    assert submit(keeper, page, "/audience/must-not-write/add", address="ann@example.org").status_code == 303
    assert submit(keeper, page, "/audience/must-not-write", address="nonsense").status_code == 400
