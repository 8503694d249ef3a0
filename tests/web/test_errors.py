"""Every fault becomes a page: also a number that no database can hold, and a transaction that failed."""

from flask import Flask
from flask.testing import FlaskClient

from campaigns.staff.models import RoleName
from tests import make, pages

HUGE = "9" * 40


def test_a_number_that_no_database_can_hold_is_a_page_that_is_not_there(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        keeper = make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, keeper)
    for path in (f"/audience/{HUGE}", f"/newsletters/{HUGE}/review", f"/audience?list={HUGE}", f"/campaigns/{HUGE}"):
        page = pages.visit(client, path, status=404)
        assert "We could not find that page" in page.text


def test_an_address_that_no_text_column_can_hold_is_not_there(client: FlaskClient) -> None:
    pages.visit(client, "/read/%00", status=404, is_public=True)
    pages.visit(client, "/join/%00", status=404, is_public=True)


def test_a_program_gets_a_problem_in_json_and_a_person_a_page(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/read/nothing", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json == {
        "type": "about:blank",
        "title": "We could not find that page",
        "status": 404,
        "detail": "We could not find that. It may have been removed.",
    }
    page = pages.visit(client, "/read/nothing", status=404, is_public=True)
    assert "It may have been removed" in page.text
