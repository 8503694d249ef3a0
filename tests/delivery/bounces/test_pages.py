"""The settings pages of bounces: the mailbox is set and tested, a service is connected, secrets stay where they are."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.delivery.bounces.actions import services
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.imap import PASSWORD, ImapServer

PAGE = "/settings/bounces"


@pytest.fixture
def chief(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser in which an administrator is signed in."""
    with app.app_context():
        user = make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, user)
    return client


def test_the_mailbox_is_set_and_tested_and_its_password_never_shown(chief: FlaskClient) -> None:
    page = pages.visit(chief, PAGE)
    assert "No mailbox is read yet" in page.text
    with ImapServer(b"Subject: x\r\n\r\n") as server:
        values = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "b", "password": PASSWORD}
        values |= {"address": "bounces@example.org", "separator": "+", "folder": "INBOX", "done_folder": ""}
        answer = pages.submit(chief, page, PAGE, version=page.values["version"], **values)
        assert answer.status_code == 303
        pages.submit(chief, page, f"{PAGE}/test")
        page = pages.visit(chief, PAGE)
    assert "The mailbox opens. INBOX holds 1 messages." in page.text
    assert PASSWORD not in page.html
    answer = pages.submit(chief, page, PAGE, version="7", **values)
    assert answer.status_code == 409
    answer = pages.submit(chief, page, PAGE, version="1", **{**values, "host": "https://x"})
    assert answer.status_code == 400
    assert "Enter the name of the mail server" in pages.check(answer, is_public=False).text


@pytest.mark.parametrize(
    ("provider", "secret", "says"),
    [
        ("ses", "", "SignatureVersion"),
        ("mailgun", "key-1", "Permanent Failure"),
        ("postmark", "", "basic authentication"),
        ("generic", "", "whsec_"),
    ],
)
def test_each_service_is_connected_step_by_step(chief: FlaskClient, provider: str, secret: str, says: str) -> None:
    page = pages.visit(chief, f"{PAGE}/services/new")
    assert pages.submit(chief, page, f"{PAGE}/services/new", provider="sendgrid", secret="x").status_code == 400
    answer = pages.submit(chief, page, f"{PAGE}/services/new", provider=provider, secret=secret)
    shown = pages.visit(chief, answer.location)
    assert says in shown.text
    assert "/hooks/" in shown.text
    assert "key-1" not in shown.html
    pages.visit(chief, PAGE)
    assert pages.submit(chief, shown, f"{answer.location}/remove").status_code == 303
    pages.visit(chief, answer.location, status=404)


def test_a_topic_waits_for_the_button_and_only_one_of_amazon_is_fetched(app: Flask, chief: FlaskClient) -> None:
    with app.app_context():
        made = services.add("ses", "", 1, clock.now())
        services.note_asked(made, "arn:aws:sns:us-west-2:1:mail", "https://127.0.0.1/confirm")
    page = pages.visit(chief, f"{PAGE}/services/{made}")
    assert "Is it yours?" in page.text
    pages.submit(chief, page, f"{PAGE}/services/{made}/confirm")
    assert "No topic asks to be confirmed" in pages.visit(chief, f"{PAGE}/services/{made}").text
