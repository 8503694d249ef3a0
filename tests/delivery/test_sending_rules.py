"""The page of sending hours and limits, in plain words; outside the hours an approver chooses, with a reason."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.delivery import brakes, queries
from campaigns.delivery.actions import sending_rules
from campaigns.errors import Invalid
from campaigns.newsletters import actions, preparing
from campaigns.newsletters.queries import get_newsletter
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.newsletters import compose

PAGE = "/settings/sending"
NIGHT = datetime(2026, 12, 4, 4, 0, tzinfo=UTC)
MORNING = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)


def test_the_page_sets_hours_first_part_and_limits_and_says_what_is_wrong(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief = make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, chief)
    page = pages.visit(client, PAGE)
    assert "None of this holds in practice mode" in page.text
    hours = {"has_hours": "y", "opens": "08:30", "closes": "16:00", "days": ["0", "2"], "version": "0"}
    assert pages.submit(client, page, f"{PAGE}/hours", **hours).status_code == 303
    assert pages.submit(client, page, f"{PAGE}/hours", **hours).status_code == 409, "somebody saved since"
    wrong = hours | {"closes": "08:00", "version": "1"}
    answer = pages.submit(client, page, f"{PAGE}/hours", **wrong)
    assert answer.status_code == 400
    assert "later than the first" in pages.check(answer, is_public=False).text
    stage = {"is_staged": "y", "percent": "2", "least": "100", "minutes": "60", "refusals": "3", "version": "1"}
    assert pages.submit(client, page, f"{PAGE}/first-part", **stage).status_code == 303
    assert pages.submit(client, page, f"{PAGE}/first-part", **(stage | {"percent": "0"})).status_code == 400
    assert (
        pages.submit(client, page, f"{PAGE}/domains", domain="School.Example.org", hour_limit="500").status_code == 303
    )
    assert pages.submit(client, page, f"{PAGE}/domains", domain="school", hour_limit="500").status_code == 400
    assert pages.submit(client, page, f"{PAGE}/domains", domain="example.org").status_code == 400
    page = pages.visit(client, PAGE)
    assert "school.example.org" in page.text
    assert "500 an hour" in page.text
    with app.app_context():
        found = queries.sending_rules().hours("America/Los_Angeles")
        assert found
        assert found.words() == "Monday and Wednesday, 8:30 am to 4:00 pm"
        assert queries.sending_rules().stage_least == 100
    assert pages.submit(client, page, f"{PAGE}/domains/school.example.org/free").status_code == 303
    assert "500 an hour" not in pages.visit(client, PAGE).text


def test_approved_at_night_it_leaves_in_the_morning_or_now_with_a_recorded_reason(
    ctx: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose.go_live(has_hours=True)
    monkeypatch.setattr(clock, "now", lambda: NIGHT)
    author, approver = compose.people()
    make.subscriber()
    waiting, urgent = compose.submitted(author), compose.submitted(author, title="Urgent")
    compose.approve(waiting, approver)
    assert get_newsletter(waiting).launch_at == MORNING
    prepared = preparing.prepare(urgent, NIGHT)
    for reason in ("", "   "):
        with pytest.raises(Invalid, match="Say why"):
            actions.approve(prepared, prepared.content_hash, "", approver.id, NIGHT, outside=reason)
    actions.approve(prepared, prepared.content_hash, "", approver.id, NIGHT, outside="A child is missing.")
    made = get_newsletter(urgent)
    assert (made.launch_at, made.outside_by_id) == (compose.a_minute_later(), approver.id)
    actions.launch_due(compose.a_minute_later())
    run_id = get_newsletter(urgent).run_id
    assert run_id
    assert queries.get_run(run_id).ignores_hours


def test_practice_has_no_hours(ctx: Flask) -> None:
    assert brakes.hours_wait(NIGHT) is None
    compose.go_live(has_hours=True)
    assert brakes.hours_wait(NIGHT) is not None
    sending_rules.set_hours(False, 540, 1_020, [], 0, 1, NIGHT)
    assert brakes.hours_wait(NIGHT) is None
