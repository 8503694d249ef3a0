"""Sign-in, sign-out, reset and change of password, as a person meets them."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import config
from campaigns import clock
from campaigns.app import create_app
from campaigns.db import db
from campaigns.staff import queries, security
from campaigns.staff.actions import links, signing_in
from campaigns.staff.models import StaffLink, User
from campaigns.web.models import Attempt
from tests import pages
from tests.staff.people import OTHER, PASSWORD, account, entries, link_in, mails, sign_in

WRONG = "The email address or the password is not right."


def age_attempts(app: Flask, by: timedelta) -> None:
    with app.app_context():
        for attempt in db.session.scalars(select(Attempt)):
            attempt.at -= by
        db.session.commit()


def test_a_person_signs_in_and_out_and_the_log_says_so(app: Flask, client: FlaskClient) -> None:
    account(app)
    response = sign_in(client)
    assert (response.status_code, response.headers["Location"]) == (302, "/desk")
    page = pages.visit(client, "/account")
    assert client.get("/sign-out").status_code == 405
    assert pages.submit(client, page, "/sign-out").headers["Location"] == "/sign-in"
    assert client.get("/account").headers["Location"].startswith("/sign-in")
    assert entries(app) == ["account.signed_in", "account.signed_out"]


def test_a_password_is_hashed_at_a_cost_that_tests_save() -> None:
    with create_app(config.load()).app_context():
        assert security.password_hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_address_may_be_written_in_any_case(app: Flask, client: FlaskClient) -> None:
    account(app)
    assert sign_in(client, email=" ANA@Example.ORG ").headers["Location"] == "/desk"


def test_the_cookie_cannot_be_read_by_scripts_and_stays_with_our_site(app: Flask, client: FlaskClient) -> None:
    account(app)
    cookie = sign_in(client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert "Expires" in cookie


def test_the_cookie_is_for_https_alone_when_the_page_is_asked_for_under_the_public_address(
    app: Flask, client: FlaskClient
) -> None:
    account(app)
    with app.app_context():
        queries.get_organization().public_url = "https://news.example.org"
        db.session.commit()
    inside, outside = client.get("/sign-in"), client.get("/sign-in", headers={"Host": "news.example.org"})
    assert "Secure" not in inside.headers["Set-Cookie"]
    assert "Secure" in outside.headers["Set-Cookie"]


@pytest.mark.parametrize("email", ["ana@example.org", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    app: Flask, client: FlaskClient, email: str
) -> None:
    account(app)
    response = sign_in(client, email=email, password="not the right one")
    page = pages.check(response, is_public=False)
    assert WRONG in page.text
    assert entries(app) == []


def test_an_account_that_is_closed_does_not_open(app: Flask, client: FlaskClient) -> None:
    somebody = account(app)
    with app.app_context():
        db.session.execute(update(User).where(User.id == somebody.id).values(active=False))
        db.session.commit()
    assert WRONG in sign_in(client).text


def test_closing_an_account_ends_its_sessions_at_once(app: Flask, client: FlaskClient) -> None:
    somebody = account(app)
    sign_in(client)
    with app.app_context():
        db.session.execute(update(User).where(User.id == somebody.id).values(active=False))
        db.session.commit()
    assert client.get("/account").status_code == 302


def test_after_five_failures_even_the_right_password_must_wait(app: Flask, client: FlaskClient) -> None:
    account(app)
    for _ in range(5):
        assert WRONG in sign_in(client, password="not the right one").text
    assert "Please wait 1 minute" in sign_in(client).text
    age_attempts(app, timedelta(minutes=2))
    assert sign_in(client).headers["Location"] == "/desk"


def test_an_unknown_address_is_throttled_like_a_known_one(app: Flask, client: FlaskClient) -> None:
    for _ in range(5):
        sign_in(client, email="nobody@example.org")
    assert "Please wait" in sign_in(client, email="nobody@example.org").text


def test_signing_in_forgets_the_failures_before_it(app: Flask, client: FlaskClient) -> None:
    account(app)
    for _ in range(4):
        sign_in(client, password="not the right one")
    page = pages.visit(client, "/account") if sign_in(client).status_code == 302 else None
    assert page is not None
    pages.submit(client, page, "/sign-out")
    for _ in range(4):
        assert WRONG in sign_in(client, password="not the right one").text
    assert sign_in(client).headers["Location"] == "/desk"


def test_a_network_that_tries_many_accounts_must_wait(app: Flask, client: FlaskClient) -> None:
    account(app)
    for number in range(30):
        sign_in(client, email=f"guess{number}@example.org")
    assert "Please wait" in sign_in(client).text
    age_attempts(app, timedelta(minutes=16))
    assert sign_in(client).headers["Location"] == "/desk"


def test_sign_in_leads_back_to_the_page_that_was_asked_for(app: Flask, client: FlaskClient) -> None:
    account(app)
    wanted = client.get("/account").headers["Location"]
    page = pages.visit(client, wanted)
    response = pages.submit(
        client, page, "/sign-in", email="ana@example.org", password=PASSWORD, next=page.values["next"]
    )
    assert response.headers["Location"] == "/account"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"])
def test_sign_in_never_leads_to_another_site(app: Flask, client: FlaskClient, target: str) -> None:
    account(app)
    assert client.get("/sign-in", query_string={"next": target}).headers["Location"] == "/sign-in"
    assert sign_in(client, next=target).headers["Location"] == "/sign-in"
    page = pages.visit(client, "/sign-in")
    response = client.post(
        "/sign-in",
        query_string={"next": target},
        data={"csrf_token": page.values["csrf_token"], "email": "ana@example.org", "password": PASSWORD},
    )
    assert response.headers["Location"] == "/sign-in"


def test_the_token_of_before_sign_in_is_worth_nothing_after_it(app: Flask, client: FlaskClient) -> None:
    account(app)
    before = pages.visit(client, "/sign-in")
    sign_in(client)
    assert pages.submit(client, before, "/account", name="Eve").status_code == 400


@pytest.mark.parametrize("path", ["/sign-in", "/reset", "/reset/x", "/sign-out", "/account/password", "/welcome/x"])
def test_every_form_of_sign_in_needs_its_token(app: Flask, client: FlaskClient, path: str) -> None:
    account(app)
    assert client.post(path, data={"email": "ana@example.org", "password": PASSWORD}).status_code == 400


def test_programs_get_no_token_out_of_sign_in(app: Flask, client: FlaskClient) -> None:
    account(app)
    response = client.post("/sign-in?include_auth_token", json={"email": "ana@example.org", "password": PASSWORD})
    assert response.status_code == 400
    assert "token" not in response.text.replace("csrf_token", "")


def test_a_reset_mails_a_link_that_works_once_and_never_signs_in(app: Flask, client: FlaskClient) -> None:
    account(app)
    sign_in(client)
    elsewhere = app.test_client()
    page = pages.visit(elsewhere, "/reset")
    answer = pages.check(pages.submit(elsewhere, page, "/reset", email="ana@example.org"), is_public=False)
    assert "a mail with a link is on its way" in answer.text
    (mail,) = mails(app)
    assert mail.is_urgent
    assert "http://127.0.0.1:" in mail.text
    path = link_in(mail.text)
    page = pages.visit(elsewhere, path)
    assert (
        "Choose another"
        in pages.submit(elsewhere, page, path, password="password1234", password_confirm="password1234").text
    )
    response = pages.submit(elsewhere, page, path, password=OTHER, password_confirm=OTHER)
    assert response.headers["Location"] == "/sign-in"
    assert elsewhere.get("/account").headers["Location"].startswith("/sign-in")
    assert client.get("/account").status_code == 302, "the session of before is still open"
    assert elsewhere.get(path).headers["Location"] == "/reset"
    assert sign_in(elsewhere, password=OTHER).headers["Location"] == "/desk"
    assert [mail.kind for mail in mails(app)] == ["reset_instructions", "reset_notice"]
    assert "account.password_reset" in entries(app)


def test_the_reset_link_is_not_taken_from_the_request(app: Flask, client: FlaskClient) -> None:
    account(app)
    page = pages.visit(client, "/reset")
    client.post(
        "/reset",
        data={"csrf_token": page.values["csrf_token"], "email": "ana@example.org"},
        headers={"Host": "evil.example"},
    )
    assert all("evil.example" not in mail.text for mail in mails(app))


def test_a_reset_answers_the_same_for_an_unknown_address_and_after_three_mails(app: Flask, client: FlaskClient) -> None:
    account(app)
    words = set()
    for email in ["nobody@example.org"] + ["ana@example.org"] * 4:
        page = pages.visit(client, "/reset")
        words.add(pages.check(pages.submit(client, page, "/reset", email=email), is_public=False).text)
    assert len(words) == 1
    assert len(mails(app)) == 3


def test_a_network_that_asks_for_many_resets_must_wait(app: Flask, client: FlaskClient) -> None:
    for number in range(10):
        pages.submit(client, pages.visit(client, "/reset"), "/reset", email=f"guess{number}@example.org")
    page = pages.visit(client, "/reset")
    assert "Too many people asked" in pages.submit(client, page, "/reset", email="ana@example.org").text


def test_a_new_password_ends_all_other_sessions_and_keeps_this_one(app: Flask, client: FlaskClient) -> None:
    account(app)
    elsewhere = app.test_client()
    sign_in(client)
    sign_in(elsewhere)
    page = pages.visit(client, "/account/password")
    response = pages.submit(
        client, page, "/account/password", password=PASSWORD, new_password=OTHER, new_password_confirm=OTHER
    )
    assert response.headers["Location"] == "/account"
    pages.visit(client, "/account")
    assert elsewhere.get("/account").status_code == 302
    assert entries(app)[-1] == "account.password_changed"
    assert [mail.kind for mail in mails(app)] == ["change_notice"]


def test_changing_the_password_needs_the_present_one_and_cannot_be_tried_without_end(
    app: Flask, client: FlaskClient
) -> None:
    account(app)
    sign_in(client)
    for _ in range(5):
        page = pages.visit(client, "/account/password")
        response = pages.submit(
            client, page, "/account/password", password="a guess", new_password=OTHER, new_password_confirm=OTHER
        )
        assert "That is not your present password." in response.text
    page = pages.visit(client, "/account/password")
    response = pages.submit(
        client, page, "/account/password", password=PASSWORD, new_password=OTHER, new_password_confirm=OTHER
    )
    assert "Please wait" in response.text
    assert mails(app) == []


def test_a_person_can_sign_out_everywhere_else(app: Flask, client: FlaskClient) -> None:
    account(app)
    elsewhere = app.test_client()
    sign_in(client)
    sign_in(elsewhere)
    pages.submit(client, pages.visit(client, "/account"), "/account/sessions")
    pages.visit(client, "/account")
    assert elsewhere.get("/account").status_code == 302


def test_a_session_that_rests_for_twelve_hours_is_over(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(app)
    sign_in(client)
    cookie = client.get_cookie("outreach")
    assert cookie is not None
    assert cookie.expires is not None
    rest = cookie.expires - clock.now()
    assert timedelta(hours=11, minutes=55) < rest <= timedelta(hours=12)
    assert app.permanent_session_lifetime == timedelta(hours=12)


def test_tries_are_forgotten_after_a_day_though_nobody_tries_again(app: Flask, client: FlaskClient) -> None:
    account(app)
    sign_in(client, password="not this one")
    client.post(
        "/reset", data={"email": "ana@example.org", "csrf_token": pages.visit(client, "/reset").values["csrf_token"]}
    )
    with app.app_context():
        kinds = {attempt.kind for attempt in db.session.scalars(select(Attempt))}
        assert kinds == {"sign_in", "sign_in_network", "reset", "reset_network"}
        signing_in.purge(clock.now() + timedelta(hours=23))
        assert {attempt.kind for attempt in db.session.scalars(select(Attempt))} == kinds
        signing_in.purge(clock.now() + timedelta(hours=25))
        assert db.session.scalars(select(Attempt)).all() == []


def test_a_link_that_nobody_used_is_forgotten_a_month_after_it_ended(app: Flask) -> None:
    account(app)
    with app.app_context():
        links.sign_in_link("ana@example.org", clock.now())
        signing_in.purge(clock.now() + timedelta(days=29))
        assert db.session.scalar(select(func.count()).select_from(StaffLink)) == 1
        signing_in.purge(clock.now() + timedelta(days=31))
        assert db.session.scalar(select(func.count()).select_from(StaffLink)) == 0


def test_public_pages_set_no_cookie_for_staff_either(app: Flask, client: FlaskClient) -> None:
    account(app)
    sign_in(client)
    # Flask-Login marks a session that comes from another browser, or network, than before.
    for path in ("/", "/join", "/u/nothing"):
        response = client.get(path, headers={"User-Agent": f"Another {path}"})
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")
    assert client.get("/desk").status_code == 200
