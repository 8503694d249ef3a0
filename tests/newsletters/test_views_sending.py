"""From the draft to the last copy, as two people press the buttons: submit, decide, stop, send, pause, cancel."""

from datetime import timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from campaigns import clock
from campaigns.db import db
from campaigns.delivery.outcomes import Group
from campaigns.newsletters import actions, queries
from campaigns.newsletters.actions import launching, sending
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.preparing import prepare
from campaigns.staff.models import Organization, RoleName, User
from tests import make, pages

TEXT = {"id": "b1", "kind": "text", "text": "Dear {{ first_name | friend }},\n\nten quiet signs."}


def person(app: Flask, *roles: RoleName, name: str) -> User:
    with app.app_context():
        return make.user(*roles, name=name)


def ready(app: Flask, author: User, readers: int = 3, **changed: object) -> str:
    """A complete newsletter to some readers; gives the address of its pages."""
    with app.app_context():
        sender = make.sender()
        for _ in range(readers):
            make.subscriber()
        document = {
            "title": "December news",
            "sender_id": sender.id,
            "lists": [make.first_list().id],
            "send_zone": "America/Los_Angeles",
            "editions": {"en": {"subject": "Recognize the signs", "preheader": "Ten.", "blocks": [TEXT]}},
        }
        made = actions.create_from({**document, **changed}, author.id, clock.now())
        return f"/newsletters/{made}"


def number(address: str) -> int:
    return int(address.rpartition("/")[2])


def state(app: Flask, address: str) -> str:
    with app.app_context():
        db.session.expire_all()
        return str(queries.get_newsletter(number(address)).state)


def go_live(app: Flask) -> None:
    with app.app_context():
        organization = db.session.get(Organization, 1)
        assert organization
        organization.went_live_at = clock.now() - timedelta(days=1)
        organization.postal_address = "1 Main Street, Oakland"
        db.session.commit()


def submit_it(client: FlaskClient, address: str) -> pages.Page:
    page = pages.visit(client, f"{address}/check")
    assert pages.submit(client, page, f"{address}/check", note="Please look at the quote.").status_code == 303
    return pages.visit(client, f"{address}/review")


def approve_it(client: FlaskClient, address: str) -> None:
    page = pages.visit(client, f"{address}/review")
    hidden = page.values["seen_hash"]
    answer = pages.submit(client, page, f"{address}/approve", seen_hash=hidden, is_understood="y")
    assert answer.status_code == 303


def let_it_leave(app: Flask, address: str) -> None:
    """The clock reaches the launch."""
    with app.app_context():
        newsletter = db.session.get(Newsletter, number(address))
        assert newsletter
        newsletter.launch_at = clock.now()
        db.session.commit()
        assert launching.launch_due(clock.now()) == 1


def test_one_person_may_play_both_parts_in_practice(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    check = pages.visit(client, f"{address}/check")
    assert "You are alone here, and that is fine in practice" in check.text
    assert "goes to 3 people" in check.text
    review = submit_it(client, address)
    assert "Ana Ruiz wants to send “December news”" in review.text
    assert "I understand that this will be sent to 3 people" in review.text
    assert "Please look at the quote." in review.text
    approve_it(client, address)
    launch = pages.visit(client, f"{address}/launch")
    assert "Sending to 3 people in" in launch.text
    assert client.get(address).headers["Location"].endswith("/launch")


def test_the_tick_is_asked_for_before_anything_leaves(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    page = submit_it(client, address)
    answer = pages.submit(client, page, f"{address}/approve", seen_hash=page.values["seen_hash"])
    assert answer.status_code == 400
    assert "Tick the box" in pages.check(answer, is_public=False).text
    assert state(app, address) == "in_review"


def test_once_live_nobody_approves_their_own_work(app: Flask, client: FlaskClient) -> None:
    go_live(app)
    ana = person(app, RoleName.APPROVER, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    assert "Nobody else may approve yet" in pages.visit(client, f"{address}/check").text
    luis = person(app, RoleName.APPROVER, name="Luis Ortega")
    assert "Luis Ortega can approve it" in pages.visit(client, f"{address}/check").text
    page = submit_it(client, address)
    assert "somebody else needs to approve it" in page.text
    assert "seen_hash" not in page.values
    with app.app_context():
        seen = prepare(number(address), clock.now()).content_hash
    assert pages.submit(client, page, f"{address}/approve", seen_hash=seen, is_understood="y").status_code == 403
    pages.sign_in(client, luis)
    approve_it(client, address)
    assert state(app, address) == "scheduled"


def test_where_nobody_else_may_approve_the_page_says_who_could(app: Flask, client: FlaskClient) -> None:
    go_live(app)
    ana = person(app, RoleName.APPROVER, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    page = pages.visit(client, f"{address}/check")
    assert "An administrator can invite somebody." in page.text
    person(app, RoleName.WRITER, name="Ben Ho")
    page = pages.visit(client, f"{address}/check")
    assert "Ben Ho could approve it with the role approver." in page.text
    assert "/settings/team" not in page.html
    page = submit_it(client, address)
    assert "Ben Ho could approve it with the role approver." in page.text
    carla = person(app, RoleName.ADMINISTRATOR, name="Carla Diaz")
    assert "Carla Diaz can approve it" in pages.visit(client, f"{address}/review").text
    with app.app_context():
        alone = f"/newsletters/{actions.duplicate(number(address), carla.id, clock.now())}"
        db.session.execute(update(User).where(User.name == "Ana Ruiz").values(active=False))
        db.session.commit()
    pages.sign_in(client, carla)
    page = pages.visit(client, f"{alone}/check")
    assert 'href="/settings/team/invite"' in page.html
    assert "Ben Ho could approve it" in page.text
    assert "Ana Ruiz" not in page.text


def test_what_is_missing_keeps_it_from_approval(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.WRITER, name="Ana Ruiz")
    address = ready(app, ana, lists=[])
    pages.sign_in(client, ana)
    page = pages.visit(client, f"{address}/check")
    assert "No list is chosen" in page.text
    assert pages.submit(client, page, f"{address}/check").status_code == 400
    assert state(app, address) == "draft"


def test_asking_for_changes_gives_it_back_with_the_words(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    page = submit_it(client, address)
    assert pages.submit(client, page, f"{address}/ask", comment="").status_code == 400
    assert pages.submit(client, page, f"{address}/ask", comment="Please shorten it.").status_code == 303
    assert "Please shorten it." in pages.visit(client, f"{address}/edit").text


def test_a_change_after_reading_is_not_approved_by_accident(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    page = submit_it(client, address)
    answer = pages.submit(client, page, f"{address}/approve", seen_hash="something else", is_understood="y")
    assert answer.status_code == 409
    assert state(app, address) == "in_review"


def test_stopping_in_the_last_minute_leaves_it_approved(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    submit_it(client, address)
    approve_it(client, address)
    facts = client.get(f"{address}/launch.json").get_json()
    assert facts["state"] == "launching"
    assert 0 < facts["seconds"] <= 60
    page = pages.visit(client, f"{address}/launch")
    assert pages.submit(client, page, f"{address}/stop").status_code == 303
    page = pages.visit(client, f"{address}/launch")
    assert "Approved, not sent" in page.text
    assert pages.submit(client, page, f"{address}/send").status_code == 303
    assert state(app, address) == "scheduled"


def test_another_number_of_people_is_asked_about(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    submit_it(client, address)
    approve_it(client, address)
    page = pages.visit(client, f"{address}/launch")
    pages.submit(client, page, f"{address}/stop")
    with app.app_context():
        make.subscriber()
    page = pages.visit(client, f"{address}/launch")
    assert "It was approved for 3 people. It would now go to 4 people." in page.text
    assert pages.submit(client, page, f"{address}/send").status_code == 400
    assert pages.submit(client, page, f"{address}/send", people="4").status_code == 303


def test_a_chosen_time_is_shown_in_its_zone_and_waits(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    day = (clock.now() + timedelta(days=3)).date()
    address = ready(app, ana, send_mode="at", send_wall=f"{day}T08:00")
    pages.sign_in(client, ana)
    assert "Approve and schedule" in submit_it(client, address).text
    approve_it(client, address)
    page = pages.visit(client, f"{address}/launch")
    assert "8:00 am PT" in page.text
    assert pages.submit(client, page, f"{address}/take-back").status_code == 303
    assert state(app, address) == "draft"


def test_the_status_page_counts_pauses_goes_on_and_cancels(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    submit_it(client, address)
    approve_it(client, address)
    let_it_leave(app, address)
    page = pages.visit(client, f"{address}/status")
    assert "0 of 3" in page.text
    assert client.get(f"{address}/status.json").get_json()["state"] == "sending"
    assert pages.submit(client, page, f"{address}/pause", reason="A wrong link").status_code == 303
    page = pages.visit(client, f"{address}/status")
    assert "A wrong link" in page.text
    assert pages.submit(client, page, f"{address}/resume").status_code == 303
    assert "3 people have not received it" in pages.visit(client, f"{address}/status").text
    assert pages.submit(client, page, f"{address}/cancel").status_code == 303
    assert state(app, address) == "canceled"
    for outcome in ("", "no such group", *Group):
        pages.visit(client, f"{address}/deliveries?outcome={outcome}")


def test_a_writer_may_stop_but_not_approve_or_cancel(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    submit_it(client, address)
    approve_it(client, address)
    pages.sign_in(client, person(app, RoleName.WRITER, name="Wen Li"))
    page = pages.visit(client, f"{address}/launch")
    assert pages.submit(client, page, f"{address}/send").status_code == 403
    assert pages.submit(client, page, f"{address}/cancel").status_code == 403
    assert pages.submit(client, page, f"{address}/stop").status_code == 303
    assert "Somebody who may approve can send it" in pages.visit(client, f"{address}/launch").text


def test_a_sent_newsletter_is_withdrawn_from_the_web_with_a_note(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    submit_it(client, address)
    approve_it(client, address)
    let_it_leave(app, address)
    page = pages.visit(client, f"{address}/status")
    answer = pages.submit(client, page, f"{address}/archive", mode="withdrawn", note="A number was wrong.")
    assert answer.status_code == 303
    with app.app_context():
        db.session.expire_all()
        assert queries.get_newsletter(number(address)).archive_note == "A number was wrong."


def test_a_test_goes_to_confirmed_colleagues_only(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.WRITER, name="Ana Ruiz")
    address = ready(app, ana)
    with app.app_context():
        new = make.user(name="Not Yet")
        db.session.merge(new).confirmed_at = None
        db.session.commit()
    pages.sign_in(client, ana)
    page = pages.visit(client, f"{address}/test")
    assert "Ana Ruiz" in page.text
    assert "Not Yet" not in page.text
    assert pages.submit(client, page, f"{address}/test").status_code == 400
    assert pages.submit(client, page, f"{address}/test", people=str(new.id)).status_code == 400
    assert pages.submit(client, page, f"{address}/test", people=str(ana.id)).status_code == 303


def test_what_changed_since_the_last_approval_is_shown(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    submit_it(client, address)
    approve_it(client, address)
    page = pages.visit(client, f"{address}/launch")
    pages.submit(client, page, f"{address}/take-back")
    with app.app_context():
        newsletter = queries.get_newsletter(number(address))
        document = queries.document_of(newsletter).to_json()
        document["editions"]["en"]["subject"] = "Know the signs"
        actions.save(newsletter.id, newsletter.version, document, ana.id, clock.now())
    text = submit_it(client, address).text
    assert "What changed since the last approval" in text
    assert "[new: Know ]" in text
    assert "Recognize" in text


def test_a_missed_time_offers_another(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.ADMINISTRATOR, name="Ana Ruiz")
    address = ready(app, ana)
    pages.sign_in(client, ana)
    submit_it(client, address)
    approve_it(client, address)
    with app.app_context():
        late = clock.now() + timedelta(hours=3)
        assert sending.launch(prepare(number(address), late), late) is None
    assert state(app, address) == "missed"
    assert "It missed its time" in pages.visit(client, f"{address}/launch").text


def test_approving_asks_again_when_many_came_while_somebody_read(app: Flask, client: FlaskClient) -> None:
    ana = person(app, RoleName.APPROVER, name="Ana Ruiz")
    address = ready(app, ana, readers=5)
    pages.sign_in(client, ana)
    seen = submit_it(client, address).values["seen_hash"]
    with app.app_context():
        for _ in range(5):
            make.subscriber()
    page = pages.visit(client, f"{address}/review")
    answer = pages.submit(client, page, f"{address}/approve", seen_hash=seen, is_understood="y")
    assert answer.status_code == 400
    again = pages.check(answer, is_public=False)
    assert "changed from 5 to 10" in again.text
    seen = again.values["seen_hash"]
    assert pages.submit(client, again, f"{address}/approve", seen_hash=seen, is_understood="y").status_code == 303


def test_the_author_reads_before_asking_that_its_time_lies_outside_the_sending_hours(
    app: Flask, client: FlaskClient
) -> None:
    ana = person(app, RoleName.WRITER, name="Ana Ruiz")
    saturday = ready(app, ana, send_mode="at", send_wall="2026-12-05T08:00")
    thursday = ready(app, ana, send_mode="at", send_wall="2026-12-03T09:00")
    at_once = ready(app, ana)
    with time_machine.travel("2026-12-01T20:00:00-08:00", tick=False):
        pages.sign_in(client, ana)
        assert "sending hours" not in pages.visit(client, f"{saturday}/check").text, "practice has none"
        go_live(app)
        text = pages.visit(client, f"{saturday}/check").text
        assert "Its time lies outside the sending hours: it would leave Mon 7 Dec, 9:00 am PT" in text
        assert "Newsletters leave Monday to Friday, 9:00 am to 5:00 pm." in text
        assert "Approved now, it would wait until Wed 2 Dec, 9:00 am PT" in pages.visit(client, f"{at_once}/check").text
        assert "sending hours" not in pages.visit(client, f"{thursday}/check").text
