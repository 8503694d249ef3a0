"""The public pages, as a reader meets them: no cookie, the same answer for everybody, a button before each act."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock, tokens
from campaigns.audience import links, queries
from campaigns.audience.actions import preferences
from campaigns.db import db
from campaigns.delivery import suppression
from campaigns.delivery.addresses import parse
from campaigns.delivery.models import SuppressionReason
from tests import make
from tests.audience.letters import token_in, waiting
from tests.audience.standing import find_by_key
from tests.pages import visit


def form_token(form: str, seconds: int = 10) -> dict[str, str]:
    """The token of a page that was opened so long ago."""
    return {"form_token": tokens.form_token(form, clock.now() - timedelta(seconds=seconds))}


def join_fields(app: Flask, address: str = "ann@example.org", **changes: str) -> dict[str, str]:
    with app.app_context():
        list_id = make.first_list().id
    fields = {"address": address, "lists": str(list_id), "is_of_age": "y", "is_agreed": "y"}
    return {**form_token("join"), **fields, **changes}


def mailed_token(app: Flask) -> str:
    with app.app_context():
        return token_in(waiting()[-1])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/join", 200),
        ("/join/newsletter", 200),
        ("/join/no-such-list", 404),
        ("/join/thanks", 200),
        ("/c/unknown", 404),
        ("/c/unknown/not-me", 404),
        ("/c/done", 200),
        ("/c/refused", 200),
        ("/u/unknown", 200),
        ("/u/left", 200),
        ("/u/paused/30", 200),
        ("/p", 200),
        ("/p/mailed", 200),
        ("/p/unknown", 404),
        ("/p/address-asked", 200),
        ("/p/erased", 200),
    ],
)
def test_every_page_is_whole(client: FlaskClient, path: str, status: int) -> None:
    visit(client, path, status, is_public=True)


def test_joining_from_the_page_to_the_list(app: Flask, client: FlaskClient) -> None:
    visit(client, "/join", is_public=True)
    answer = client.post("/join", data=join_fields(app, first_name="Ann"))
    assert (answer.status_code, answer.location) == (303, "/join/thanks")
    token = mailed_token(app)
    page = visit(client, f"/c/{token}", is_public=True)
    assert "Newsletter" in page.text
    with app.app_context():
        assert find_by_key("ann@example.org") is None
    answer = client.post(f"/c/{token}", data=form_token("confirm", 0))
    assert answer.location == "/c/done"
    with app.app_context():
        assert find_by_key("ann@example.org") is not None


def test_a_used_link_looks_like_an_unknown_one(app: Flask, client: FlaskClient) -> None:
    client.post("/join", data=join_fields(app))
    token = mailed_token(app)
    client.post(f"/c/{token}", data=form_token("confirm"))
    used, unknown = visit(client, f"/c/{token}", 404, is_public=True), visit(client, "/c/unknown", 404, is_public=True)
    assert used.text == unknown.text
    again = client.post(f"/c/{token}", data=form_token("confirm"))
    assert again.status_code == 404


def test_known_unknown_and_suppressed_addresses_get_the_same_answer(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        make.subscriber("known@example.org")
        suppression.add(db.session(), "bad@example.org", SuppressionReason.NOT_ME, clock.now())
        db.session.commit()
    for path, form in (("/join", "join"), ("/p", "ask")):
        answers = []
        for address in ("known@example.org", "other@example.org"):
            fields = {**join_fields(app, address), **form_token(form)}
            answers.append(client.post(path, data=fields))
        assert len({(a.status_code, a.location, a.data, tuple(sorted(a.headers.keys()))) for a in answers}) == 1
    answer = client.post("/join", data=join_fields(app, "bad@example.org"))
    assert answer.location == "/join/thanks"
    with app.app_context():
        assert "bad@example.org" not in [mail.to_address for mail in waiting()]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"address": "ann"}, "@ sign"),
        ({"address": "ann@example.org\r\nBcc: x@example.org"}, "line break"),
        ({"address": "x" * 50_000}, "too long"),
        ({"lists": "999"}, "valid choice"),
        ({"lists": ""}, "Choose at least one list"),
        ({"is_of_age": ""}, "13 or older"),
        ({"is_agreed": ""}, "if you agree"),
    ],
)
def test_a_form_that_is_not_right_says_what_to_do(
    app: Flask, client: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    fields = {name: value for name, value in join_fields(app, **changes).items() if value}
    answer = client.post("/join", data=fields)
    assert answer.status_code == 400
    assert sentence in answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers
    with app.app_context():
        assert not waiting()


@pytest.mark.parametrize(
    ("form", "seconds"), [("", 0), ("forged", 0), ("ask", 10), ("join", 0), ("join", 2 * 3600 + 1)]
)
def test_a_form_without_its_own_token_at_a_human_age_is_refused(
    app: Flask, client: FlaskClient, form: str, seconds: int
) -> None:
    token = form_token(form, seconds) if form in ("ask", "join") else {"form_token": form}
    assert client.post("/join", data={**join_fields(app), **token}).status_code == 400
    with app.app_context():
        assert not waiting()


def test_a_page_that_was_open_for_hours_keeps_what_was_typed(app: Flask, client: FlaskClient) -> None:
    answer = client.post("/join", data={**join_fields(app), **form_token("join", 3 * 3600)})
    assert answer.status_code == 400
    assert "ann@example.org" in answer.get_data(as_text=True)
    assert "open for a long time" in answer.get_data(as_text=True)


def test_too_many_from_one_network_are_told_so(app: Flask, client: FlaskClient) -> None:
    answers = [client.post("/join", data=join_fields(app, f"r{number}@example.org")) for number in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert "hour" in answers[-1].get_data(as_text=True)


def test_this_was_not_me_asks_first_and_then_suppresses(app: Flask, client: FlaskClient) -> None:
    client.post("/join", data=join_fields(app))
    token = mailed_token(app)
    visit(client, f"/c/{token}/not-me", is_public=True)
    with app.app_context():
        assert suppression.reason_of("ann@example.org") is None
    assert client.post(f"/c/{token}/not-me", data=form_token("confirm")).location == "/c/refused"
    with app.app_context():
        assert suppression.reason_of("ann@example.org") == SuppressionReason.NOT_ME


def leave_link(app: Flask, address: str = "ann@example.org") -> tuple[str, int]:
    with app.app_context():
        person = make.subscriber(address)
        return links.leave_token(7, person.id, [make.first_list().id]), person.id


def states(app: Flask, subscriber_id: int) -> list[str]:
    with app.app_context():
        return [each.state for each in queries.memberships_of([subscriber_id])[subscriber_id]]


def test_the_page_of_a_copy_names_the_list_and_leaves_by_its_button(app: Flask, client: FlaskClient) -> None:
    token, person = leave_link(app)
    page = visit(client, f"/u/{token}", is_public=True)
    assert "Newsletter" in page.text
    assert "ann@" not in page.text
    assert states(app, person) == ["confirmed"]
    answer = client.post(f"/u/{token}", data={**form_token("leave", 0), "do": "leave"})
    assert (answer.status_code, answer.location) == (303, "/u/left")
    assert states(app, person) == ["left"]


def test_a_copy_can_pause_and_ask_for_a_link(app: Flask, client: FlaskClient) -> None:
    token, person = leave_link(app)
    assert client.post(f"/u/{token}", data={**form_token("leave"), "do": "90"}).location == "/u/paused/90"
    with app.app_context():
        until = queries.get_subscriber(person).paused_until
        assert until is not None
        assert until > clock.now() + timedelta(days=89)
    assert client.post(f"/u/{token}", data={**form_token("leave"), "do": "data"}).location == "/p/mailed"
    with app.app_context():
        assert waiting()[-1].to_address == "ann@example.org"


def test_a_test_copy_says_that_it_is_a_test(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        token = links.test_token()
    assert "test" in visit(client, f"/u/{token}", is_public=True).text
    assert client.post(f"/u/{token}", data=form_token("leave")).location == "/u/left"


def data_link(app: Flask) -> tuple[str, int]:
    with app.app_context():
        person = make.subscriber("ann@example.org", first_name="Ann")
        preferences.ask_for_link(parse("ann@example.org"), "a network", clock.now())
        return token_in(waiting()[-1]), person.id


def test_the_link_to_ones_data_shows_saves_and_downloads(app: Flask, client: FlaskClient) -> None:
    token, person = data_link(app)
    page = visit(client, f"/p/{token}", is_public=True)
    assert "ann@example.org" in page.text
    fields = {"first_name": "Annie", "last_name": "", "language": "en", "contact_mode": "standard"}
    answer = client.post(f"/p/{token}", data={**form_token("preferences"), **fields})
    assert answer.location == f"/p/{token}/saved"
    visit(client, f"/p/{token}/saved", is_public=True)
    data = client.get(f"/p/{token}/data.json").get_json()
    assert data["first_name"] == "Annie"
    assert data["lists"][0]["state"] == "left"
    assert [each["what"] for each in data["history"]] == ["changed", "left"]
    assert states(app, person) == ["left"]


def test_a_day_that_has_passed_is_no_pause(app: Flask, client: FlaskClient) -> None:
    token, _ = data_link(app)
    fields = {"language": "en", "contact_mode": "standard", "paused_until": "2020-01-01"}
    answer = client.post(f"/p/{token}", data={**form_token("preferences"), **fields})
    assert answer.status_code == 400
    assert "after today" in answer.get_data(as_text=True)


def test_a_new_address_is_asked_for_from_ones_own_page(app: Flask, client: FlaskClient) -> None:
    token, _ = data_link(app)
    answer = client.post(f"/p/{token}/address", data={**form_token("preferences"), "address": "nobody"})
    assert answer.status_code == 400
    answer = client.post(f"/p/{token}/address", data={**form_token("preferences"), "address": "new@example.org"})
    assert answer.location == "/p/address-asked"
    new = mailed_token(app)
    visit(client, f"/c/{new}", is_public=True)
    client.post(f"/c/{new}", data=form_token("confirm"))
    with app.app_context():
        assert find_by_key("new@example.org") is not None
        assert find_by_key("ann@example.org") is None


def test_erasing_says_what_it_means_and_then_does_it(app: Flask, client: FlaskClient) -> None:
    token, person = data_link(app)
    visit(client, f"/p/{token}/erase", is_public=True)
    assert client.post(f"/p/{token}/erase", data=form_token("preferences")).location == "/p/erased"
    with app.app_context():
        assert queries.find_subscriber(person) is None
    for path in ("", "/saved", "/erase", "/data.json"):
        assert client.get(f"/p/{token}{path}").status_code == 404


def test_pages_with_a_token_are_kept_nowhere(app: Flask, client: FlaskClient) -> None:
    token, _ = data_link(app)
    headers = client.get(f"/p/{token}").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
