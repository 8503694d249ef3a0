"""The calendar, campaigns and the pause page, as people use them."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.planning import actions, queries
from campaigns.planning.models import ItemState
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.planning import plans

DECEMBER = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)


def signed_in(app: Flask, client: FlaskClient, role: RoleName) -> int:
    with app.app_context():
        user = make.user(role)
    pages.sign_in(client, user)
    return user.id


@pytest.mark.parametrize("path", ["/calendar", "/calendar/week", "/calendar/list"])
def test_each_view_shows_what_is_due_with_its_time_and_state(app: Flask, client: FlaskClient, path: str) -> None:
    signed_in(app, client, RoleName.VIEWER)
    with app.app_context():
        plans.item("December news", ItemState.SCHEDULED, DECEMBER)
    text = pages.visit(client, f"{path}?day=2026-12-03").text
    assert "December news" in text
    assert "9:00 am" in text
    assert "Scheduled" in text


@pytest.mark.parametrize("day", ["nonsense", "2026-13-01", "0001-01-01", "9999-12-31", "%00"])
def test_a_day_that_is_none_shows_today(app: Flask, client: FlaskClient, day: str) -> None:
    signed_in(app, client, RoleName.VIEWER)
    for path in ("/calendar", "/calendar/week", "/calendar/list"):
        assert "today" in pages.visit(client, f"{path}?day={day}").text


def test_the_month_steps_to_its_neighbors(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.VIEWER)
    page = pages.visit(client, "/calendar?day=2026-12-03")
    assert "day=2026-11-01" in page.html
    assert "day=2027-01-01" in page.html


def test_a_day_ahead_offers_a_writer_to_begin_something_on_it(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.WRITER)
    with app.app_context():
        ahead = clock.today(plans.ZONE).replace(day=1).isoformat()
    html = pages.visit(client, f"/calendar?day={ahead}").html
    assert f"?on={clock.today(plans.ZONE).isoformat()}" in html


def test_undated_drafts_are_listed_below_the_calendar(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.VIEWER)
    with app.app_context():
        plans.item("A word from the coalition")
    assert "A word from the coalition" in pages.visit(client, "/calendar").text


def test_a_writer_begins_changes_and_archives_a_campaign(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.WRITER)
    page = pages.visit(client, "/campaigns/new")
    made = pages.submit(client, page, "/campaigns/new", version="1", name="January", goal="Know the signs")
    assert made.status_code == 303
    page = pages.visit(client, made.headers["Location"])
    assert "Know the signs" in page.text
    page = pages.visit(client, f"{made.headers['Location']}/edit")
    changed = pages.submit(client, page, f"{made.headers['Location']}/edit", version="1", name="February", goal="")
    assert changed.status_code == 303
    page = pages.visit(client, made.headers["Location"])
    assert "February" in page.text
    assert pages.submit(client, page, f"{made.headers['Location']}/archive").status_code == 303
    assert "Show 1 archived campaign too" in pages.visit(client, "/campaigns").text


def test_a_refused_campaign_says_what_to_do_and_keeps_the_text(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.WRITER)
    page = pages.visit(client, "/campaigns/new")
    fields = {"name": "X", "goal": "Kept", "starts_on": "2026-02-02", "ends_on": "2026-02-01"}
    refused = pages.submit(client, page, "/campaigns/new", version="1", **fields)
    assert refused.status_code == 400
    shown = pages.check(refused, is_public=False)
    assert "The last day is before the first day." in shown.text
    assert "Kept" in shown.html


def test_a_stale_form_shows_both_texts_and_saves_nothing(app: Flask, client: FlaskClient) -> None:
    user_id = signed_in(app, client, RoleName.WRITER)
    with app.app_context():
        made = actions.create_campaign("January", "", None, None, user_id, clock.now())
        actions.change_campaign(made, 1, "Theirs", "", None, None, user_id, clock.now())
    page = pages.visit(client, f"/campaigns/{made}/edit")
    answer = pages.submit(client, page, f"/campaigns/{made}/edit", version="1", name="Mine", goal="")
    assert answer.status_code == 409
    shown = pages.check(answer, is_public=False)
    assert "Theirs" in shown.text
    assert shown.values["name"] == "Mine"
    assert shown.values["version"] == "2"
    with app.app_context():
        assert queries.get_campaign(made).name == "Theirs"


def test_an_approver_pauses_with_a_reason_and_starts_again(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.APPROVER)
    page = pages.visit(client, "/settings/pause")
    assert pages.submit(client, page, "/settings/pause", reason="Wrong list").status_code == 400
    assert pages.submit(client, page, "/settings/pause", reason="Wrong list", is_sure="y").status_code == 303
    page = pages.visit(client, "/calendar")
    assert "Everything is paused" in page.text
    assert "Wrong list" in page.text
    page = pages.visit(client, "/settings/pause")
    assert pages.submit(client, page, "/settings/pause/resume").status_code == 303
    assert "Everything is paused" not in pages.visit(client, "/calendar").text


def test_a_writer_sees_the_pause_page_but_cannot_pause(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.WRITER)
    page = pages.visit(client, "/settings/pause")
    assert "Somebody who may approve can pause." in page.text


def test_what_was_held_is_listed_for_a_decision(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.APPROVER)
    with app.app_context():
        plans.item("Held news", ItemState.HELD, clock.now())
    assert "Held news" in pages.visit(client, "/settings/pause").text
