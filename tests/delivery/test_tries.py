"""Settings, Trying again: the plan in words, its form, and who may change it."""

from flask import Flask
from flask.testing import FlaskClient

from campaigns.delivery import queries, rules
from campaigns.staff.models import RoleName
from tests import make, pages

PATH = "/settings/trying-again"


def test_an_administrator_reads_the_plan_and_changes_it(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        administrator = make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, administrator)
    page = pages.visit(client, PATH)
    assert "then every 4 hours, for 24 hours after the first try." in page.text
    wanted = {"steps": "10, 60", "hours": "48", "version": page.values["version"]}
    assert pages.submit(client, page, PATH, **wanted).status_code == 303
    text = pages.visit(client, PATH).text
    assert "We try again after 10 minutes, then every hour, for 2 days after the first try." in text
    assert "Usual is:" in text
    assert pages.submit(client, page, PATH, **wanted).status_code == 409, "somebody saved in between"
    with app.app_context():
        assert queries.tries() == rules.Tries((10, 60), 48)


def test_what_makes_no_sense_is_said_beside_the_field(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        administrator = make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, administrator)
    page = pages.visit(client, PATH)
    for wrong, words in (
        ({"steps": "60, 5", "hours": "24"}, "Each wait must be at least as long as the one before it"),
        ({"steps": "5", "hours": "500"}, "Enter a number of hours from 1 to 120"),
        ({"steps": "", "hours": "24"}, "Enter the minutes between tries"),
    ):
        answer = pages.submit(client, page, PATH, **wrong, version="0")
        assert answer.status_code == 400
        assert words in pages.check(answer, is_public=False).text
    with app.app_context():
        assert queries.tries() == rules.USUAL
