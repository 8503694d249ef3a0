"""No newsletter to more than 100 people over a real mail server before its self-test has passed."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.delivery.doctor import actions as doctor
from campaigns.delivery.doctor import gate
from campaigns.delivery.doctor import queries as ways
from campaigns.delivery.models import OutboxMail, Run
from campaigns.errors import Invalid
from campaigns.newsletters import actions, preparing, queries
from campaigns.planning.models import ItemState
from campaigns.staff.models import User
from tests import make, pages
from tests.delivery import real
from tests.newsletters import compose


@pytest.fixture(autouse=True)
def small_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people are a crowd in these tests: making a hundred would take longer than all the rest."""
    monkeypatch.setattr(gate, "FREE_PEOPLE", 2)


def crowd(count: int) -> tuple[User, User]:
    """A live office with a mail server, so many readers, and two who write and approve."""
    compose.go_live()
    real.add(25, name="County relay")
    for _ in range(count):
        make.subscriber()
    return compose.people()


def let_it_go() -> None:
    """The decision to do without, for the sender of the newsletter."""
    key = next(way.key for way in ways.ways() if way.domain == "example.org")
    doctor.override(key, "The county tests its mail itself.", 1, clock.now())


def test_a_crowd_is_held_at_launch_with_the_reason_and_goes_once_the_gate_is_open(ctx: Flask) -> None:
    author, approver = crowd(3)
    made = compose.approved(author, approver)
    assert actions.launch_due(compose.a_minute_later()) == 0
    newsletter = queries.get_newsletter(made)
    assert newsletter.state == ItemState.HELD
    assert "through County relay has not passed" in newsletter.launch_note
    assert db.session.scalar(select(Run.id)) is None
    assert "has not passed" in (db.session.scalar(select(OutboxMail.text)) or ""), "the author is told"
    with pytest.raises(Invalid, match="at most 2 people"):
        actions.send(preparing.prepare(made, clock.now()), None, approver.id, clock.now())
    let_it_go()
    actions.send(preparing.prepare(made, clock.now()), None, approver.id, clock.now())
    assert actions.launch_due(compose.a_minute_later()) == 1
    assert queries.get_newsletter(made).state == ItemState.SENDING


def test_a_few_people_may_be_written_to_without(ctx: Flask) -> None:
    author, approver = crowd(2)
    assert compose.launched(author, approver).state == ItemState.SENDING


def test_the_sandbox_knows_no_gate(ctx: Flask) -> None:
    real.add(25)
    for _ in range(3):
        make.subscriber()
    author, approver = compose.people()
    assert compose.launched(author, approver).state == ItemState.SENDING


def test_the_pages_before_sending_say_so_and_lead_to_the_self_test(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        author, approver = crowd(3)
        made = compose.submitted(author)
        db.session.refresh(approver)
        db.session.expunge(approver)
    pages.sign_in(client, approver)
    review = pages.visit(client, f"/newsletters/{made}/review")
    assert "It cannot leave yet" in review.text
    assert "/settings/deliverability" in review.html
    with app.app_context():
        compose.approve(made, approver)
    assert "It cannot leave yet" in pages.visit(client, f"/newsletters/{made}/launch").text
    with app.app_context():
        actions.launch_due(compose.a_minute_later())
    page = pages.visit(client, f"/newsletters/{made}/launch")
    assert page.text.count("has not passed") == 1
    answer = pages.submit(client, page, f"/newsletters/{made}/send")
    assert answer.status_code == 400
    assert pages.check(answer, is_public=False).text.count("has not passed") == 1
    with app.app_context():
        let_it_go()
    assert "It cannot leave yet" not in pages.visit(client, f"/newsletters/{made}/launch").text
