"""The pages of the sandbox: who sees which mail, and that what a mail holds cannot act."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from campaigns import clock
from campaigns.db import db
from campaigns.delivery.sandbox.store import Store
from campaigns.staff.models import AuditEntry, Organization, RoleName
from tests import make, pages

PAGE = "/settings/sandbox"
EMAIL = "wren@example.org"
NEWS = (
    b"From: News <news@example.org>\r\nSubject: December news\r\nPrecedence: bulk\r\nMIME-Version: 1.0\r\n"
    b"List-Unsubscribe: <https://news.example.org/u/abc>\r\n"
    b'Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n'
    b"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nTen quiet signs. https://news.example.org/u/abc\r\n"
    b"--=_b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<html><head><title>x</title></head><body><script>alert(1)</script><p>Ten quiet signs</p></body></html>\r\n"
    b"--=_b--\r\n"
)
RESET = (
    b"From: Office <a@example.org>\r\nSubject: Choose a new password\r\n\r\nhttps://news.example.org/reset/secret\r\n"
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A sandbox of this test's own."""
    settings = config.load().model_copy(update={"data_dir": tmp_path})
    # The secrets stay where the application found them.
    for name in ("secret_key", "pepper"):
        (tmp_path / name).symlink_to(config.load().data_dir / name)
    monkeypatch.setattr(config, "load", lambda: settings)
    return Store(settings.sandbox_dir)


def signed_in(app: Flask, client: FlaskClient, *roles: RoleName, email: str = EMAIL) -> None:
    with app.app_context():
        user = make.user(*roles, email=email)
    pages.sign_in(client, user)


def fill(store: Store) -> None:
    store.sync()
    store.add("news@example.org", ["reader@example.com"], NEWS)
    store.add("office@example.org", ["chief@example.org"], RESET)
    store.add("office@example.org", [EMAIL], b"Subject: [Test] December news\r\n\r\nHello\r\n")


def number(store: Store, search: str) -> int:
    return store.list(search=search)[0].id


def test_an_empty_sandbox_says_what_it_is_for(app: Flask, client: FlaskClient, store: Store) -> None:
    signed_in(app, client, RoleName.ADMINISTRATOR)
    assert "No mail yet" in pages.visit(client, PAGE).text


def test_administrators_see_and_find_everything(app: Flask, client: FlaskClient, store: Store) -> None:
    fill(store)
    signed_in(app, client, RoleName.ADMINISTRATOR, email="chief@example.org")
    page = pages.visit(client, PAGE)
    assert page.text.index("[Test] December news") < page.text.index("Choose a new password")
    assert "3 messages" in page.text
    page = pages.visit(client, f"{PAGE}?q=READER@example.com")
    assert "Choose a new password" not in page.text
    assert "December news" in page.text
    assert "Choose a new password" not in pages.visit(client, f"{PAGE}?q=100%25").text


def test_writers_see_their_own_mail_and_no_address_of_a_reader(app: Flask, client: FlaskClient, store: Store) -> None:
    fill(store)
    signed_in(app, client, RoleName.WRITER)
    page = pages.visit(client, PAGE)
    assert "1 message" in page.text
    assert "reader@example.com" not in page.text
    news = number(store, "reader")
    assert client.get(f"{PAGE}/{news}").status_code == 404
    assert client.get(f"{PAGE}/{news}/message.eml").status_code == 404


def test_writers_who_keep_the_lists_see_newsletters_but_no_link_of_others(
    app: Flask, client: FlaskClient, store: Store
) -> None:
    fill(store)
    signed_in(app, client, RoleName.WRITER, RoleName.LIST_KEEPER)
    page = pages.visit(client, PAGE)
    assert "2 messages" in page.text
    assert "Choose a new password" not in page.text
    assert "Empty the sandbox" not in page.text
    assert "Choose a new password" not in pages.visit(client, f"{PAGE}?q=password").text
    reset = number(store, "password")
    for address in (f"{PAGE}/{reset}", f"{PAGE}/{reset}/frame", f"{PAGE}/{reset}/message.eml"):
        answer = client.get(address)
        assert (answer.status_code, b"secret" in answer.data) == (404, False)
    pages.visit(client, f"{PAGE}/{number(store, 'reader')}")
    pages.visit(client, f"{PAGE}/{number(store, 'test')}")


def test_once_live_only_administrators_look_at_what_practice_left(
    app: Flask, client: FlaskClient, store: Store
) -> None:
    fill(store)
    with app.app_context():
        organization = db.session.get(Organization, 1)
        assert organization
        organization.went_live_at = clock.now()
        db.session.commit()
    signed_in(app, client, RoleName.WRITER)
    assert PAGE not in pages.visit(client, "/settings").html
    pages.visit(client, PAGE, status=403)
    pages.visit(client, f"{PAGE}/{number(store, 'reader')}", status=403)


def test_a_message_shows_rendered_plain_and_raw(app: Flask, client: FlaskClient, store: Store) -> None:
    fill(store)
    signed_in(app, client, RoleName.WRITER, RoleName.LIST_KEEPER)
    address = f"{PAGE}/{number(store, 'reader')}"
    page = pages.visit(client, address)
    assert f'src="{address}/frame"' in page.html
    assert 'sandbox="allow-popups' in page.html
    assert "allow-scripts" not in page.html
    page = pages.visit(client, f"{address}?view=text")
    assert "Ten quiet signs." in page.text
    page = pages.visit(client, f"{address}?view=raw")
    assert "Precedence: bulk" in page.text
    assert "alert(1)" in page.text
    assert "<script>alert" not in page.html


def test_the_frame_has_a_policy_of_its_own_under_which_nothing_runs(
    app: Flask, client: FlaskClient, store: Store
) -> None:
    fill(store)
    signed_in(app, client, RoleName.WRITER, RoleName.LIST_KEEPER)
    answer = client.get(f"{PAGE}/{number(store, 'reader')}/frame")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert '<base target="_blank">' in answer.get_data(as_text=True)


def test_a_plain_message_has_no_frame(app: Flask, client: FlaskClient, store: Store) -> None:
    fill(store)
    signed_in(app, client, RoleName.WRITER, RoleName.LIST_KEEPER)
    address = f"{PAGE}/{number(store, 'test')}"
    page = pages.visit(client, address)
    assert "<iframe" not in page.html
    assert "As readers see it" not in page.text
    assert client.get(f"{address}/frame").status_code == 404


def test_the_download_is_the_message_as_it_came(app: Flask, client: FlaskClient, store: Store) -> None:
    fill(store)
    signed_in(app, client, RoleName.WRITER, RoleName.LIST_KEEPER)
    answer = client.get(f"{PAGE}/{number(store, 'reader')}/message.eml")
    assert answer.data == NEWS
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_emptying_is_for_administrators_and_is_written_down(app: Flask, client: FlaskClient, store: Store) -> None:
    fill(store)
    signed_in(app, client, RoleName.WRITER, RoleName.LIST_KEEPER)
    page = pages.visit(client, "/account")
    assert pages.submit(client, page, f"{PAGE}/empty").status_code == 403
    assert store.count() == 3
    signed_in(app, client, RoleName.ADMINISTRATOR, email="chief@example.org")
    page = pages.visit(client, PAGE)
    assert "Throw 3 messages away" in page.text
    assert pages.submit(client, page, f"{PAGE}/empty").status_code == 303
    assert store.count() == 0
    with app.app_context():
        entry = db.session.query(AuditEntry).filter_by(action="sandbox.emptied").one()
        assert entry.details == {"messages": 3}


def test_a_long_list_comes_in_pages(app: Flask, client: FlaskClient, store: Store) -> None:
    store.sync()
    for at in range(30):
        store.add("a@example.org", [f"n{at}@example.com"], b"Subject: No %d\r\n\r\nBody\r\n" % at)
    signed_in(app, client, RoleName.ADMINISTRATOR)
    assert "No 29" in pages.visit(client, PAGE).text
    second = pages.visit(client, f"{PAGE}?page=2")
    assert "No 0" in second.text
    assert "No 29" not in second.text
    assert "No 0" in pages.visit(client, f"{PAGE}?page=99").text
