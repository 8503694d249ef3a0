"""The desk and the search, as people use them."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.planning import actions
from campaigns.planning.models import ItemState
from campaigns.staff.models import RoleName
from campaigns.start.actions import add_sample
from tests import make, pages
from tests.planning import plans


def signed_in(app: Flask, client: FlaskClient, *roles: RoleName) -> int:
    with app.app_context():
        user = make.user(*roles)
    pages.sign_in(client, user)
    return user.id


@pytest.mark.parametrize("role", list(RoleName))
def test_the_desk_opens_for_each_role_on_a_new_installation(app: Flask, client: FlaskClient, role: RoleName) -> None:
    signed_in(app, client, role)
    assert "Next seven days" in pages.visit(client, "/desk").text


def test_the_desk_says_what_waits_and_what_the_week_brings(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.APPROVER)
    with app.app_context():
        plans.item("For me", ItemState.IN_REVIEW, clock.now() + timedelta(days=1))
        plans.item("On its way", ItemState.SCHEDULED, clock.now() + timedelta(days=2))
        plans.item("Called off", ItemState.CANCELED, clock.now() + timedelta(days=2))
    text = pages.visit(client, "/desk").text
    assert "1 thing waits for you" in text
    assert "For me" in text
    assert "On its way" in text
    assert "Called off" not in text


def test_an_administrator_removes_the_sample_content(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.ADMINISTRATOR)
    with app.app_context():
        add_sample(clock.now())
    page = pages.visit(client, "/desk")
    assert "Remove sample content" in page.text
    assert pages.submit(client, page, "/desk/sample/remove").status_code == 303
    assert "Remove sample content" not in pages.visit(client, "/desk").text


@pytest.mark.parametrize(("role", "sees"), [(RoleName.WRITER, False), (RoleName.LIST_KEEPER, True)])
def test_the_search_shows_people_only_to_those_who_keep_lists(
    app: Flask, client: FlaskClient, role: RoleName, sees: bool
) -> None:
    user_id = signed_in(app, client, role)
    with app.app_context():
        make.subscriber("nunez@example.org", first_name="Iñaki", last_name="Núñez")
        actions.create_campaign("Nunez neighborhood walk", "", None, None, user_id, clock.now())
    text = pages.visit(client, "/search?q=núñez").text
    assert "Nunez neighborhood walk" in text
    assert ("Iñaki" in text) is sees


@pytest.mark.parametrize("question", ["", "x", "--", "%25", "zzzzzz", "%00", "a" * 5000])
def test_any_question_gets_a_calm_answer(app: Flask, client: FlaskClient, question: str) -> None:
    signed_in(app, client, RoleName.ADMINISTRATOR)
    pages.visit(client, f"/search?q={question}")
