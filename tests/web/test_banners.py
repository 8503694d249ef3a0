"""What everybody on the staff must know is said on every page: that all is practice, and that all is paused."""

from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.app import STAFF
from campaigns.db import db
from campaigns.planning import actions
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.newsletters import compose


def staff_pages(app: Flask) -> list[str]:
    """The address of every staff page that needs no argument."""
    staff = {blueprint.name for blueprint, *_ in STAFF}
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in staff and "GET" in (rule.methods or set()) and not rule.arguments
    ]


def test_practice_and_pause_are_said_on_every_staff_page(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        boss = make.user(RoleName.ADMINISTRATOR, name="Ana Ruiz")
        draft = compose.draft(boss)
        actions.pause("The server room is wet", boss.id, clock.now())
        db.session.refresh(boss)
    pages.sign_in(client, boss)
    looked = 0
    for path in [*staff_pages(app), f"/newsletters/{draft}/edit", f"/newsletters/{draft}/check"]:
        response = client.get(path)
        if response.status_code == 200 and response.mimetype == "text/html":
            looked += 1
            page = pages.check(response, is_public=False)
            for words in ("Practice mode:", "Everything is paused.", "The server room is wet", "Ana Ruiz"):
                assert words in page.text, f"{path} does not say “{words}”"
    assert looked > 20


def test_once_live_and_running_nothing_is_said(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        viewer = make.user(RoleName.VIEWER)
        compose.go_live()
        db.session.refresh(viewer)
    pages.sign_in(client, viewer)
    page = pages.visit(client, "/newsletters")
    assert "Practice mode" not in page.text
    assert "Everything is paused" not in page.text
