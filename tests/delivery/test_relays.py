"""The mail server: its password is written and never shown, and a test goes over the real wire."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigns import clock, tokens
from campaigns.db import db
from campaigns.delivery import queries, routes
from campaigns.delivery.actions import relays
from campaigns.delivery.actions.relays import Wanted
from campaigns.delivery.models import Relay
from campaigns.delivery.sandbox import reading
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.delivery.sandbox.session import Session
from campaigns.errors import Conflict, Invalid
from campaigns.staff.models import AuditEntry, RoleName
from tests import make, pages
from tests.newsletters import compose

PAGE = "/settings/relay"
PASSWORD = "tidal-kelp-forest"
EMAIL = "chief@example.org"


def wanted(**changed: object) -> Wanted:
    values = {"host": "mail.example.org", "port": 587, "security": "starttls", "username": "office"}
    return Wanted(**(values | {"password": PASSWORD} | changed))  # type: ignore[arg-type]


def save(version: int = 0, **changed: object) -> None:
    """Add the first mail server, or change it when a version is named."""
    if version:
        relays.change(stored().id, wanted(**changed), version, user_id=1, now=clock.now())
    else:
        relays.add(wanted(**changed), user_id=1, now=clock.now())


def stored() -> Relay:
    db.session.expire_all()
    relay = queries.relay()
    assert relay
    return relay


def test_the_password_rests_encrypted_and_is_opened_only_for_the_connection(ctx: Flask) -> None:
    save()
    assert PASSWORD not in stored().password_sealed
    assert routes.through(stored()).password == PASSWORD
    assert PASSWORD not in repr(routes.through(stored()))
    assert tokens.decrypt("another purpose", stored().password_sealed) is None


def test_an_empty_password_keeps_the_stored_one(ctx: Flask) -> None:
    save()
    save(port=465, security="tls", password="", version=1)
    assert (stored().port, routes.through(stored()).password) == (465, PASSWORD)


@pytest.mark.parametrize("change", [{"host": "evil.example.net"}, {"username": "somebody"}])
def test_the_stored_password_never_goes_to_another_server_or_user(ctx: Flask, change: dict[str, object]) -> None:
    save()
    with pytest.raises(Invalid) as caught:
        save(password="", version=1, **change)  # type: ignore[arg-type]
    assert set(caught.value.fields) == {"password"}
    assert (stored().host, stored().username) == ("mail.example.org", "office")


def test_without_a_user_no_password_is_kept(ctx: Flask) -> None:
    save()
    save(username="", password="", version=1)
    assert stored().password_sealed == ""


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"host": "https://mail.example.org"}, "host"),
        ({"host": "mail example"}, "host"),
        ({"host": ""}, "host"),
        ({"port": 0}, "port"),
        ({"port": 65_536}, "port"),
        ({"security": "ssl"}, "security"),
        ({"security": "none"}, "security"),
        ({"weight": 0}, "weight"),
        ({"weight": 101}, "weight"),
    ],
)
def test_what_cannot_work_or_would_show_the_password_is_refused(
    ctx: Flask, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        save(**changed)  # type: ignore[arg-type]
    assert set(caught.value.fields) == {field}
    assert queries.relay() is None


def test_a_second_hand_does_not_overwrite_the_first(ctx: Flask) -> None:
    save()
    save(version=1, name="Office")
    with pytest.raises(Conflict):
        save(version=1, host="other.example.org", name="Mine")
    assert stored().name == "Office"
    assert stored().host == "mail.example.org"


def test_a_change_makes_it_untested_and_a_late_test_of_the_old_values_does_not_count(ctx: Flask) -> None:
    save()
    relays.record_test(stored().id, 1, 1, clock.now())
    assert stored().tested_at
    save(port=25, version=1)
    assert stored().tested_at is None
    relays.record_test(stored().id, 1, 1, clock.now())
    assert stored().tested_at is None
    actions = list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.object_kind == "relay")))
    assert actions == ["relay.added", "relay.tested", "relay.changed"]


# The page


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxServer]:
    """A mail server that asks for the office's password."""
    with SandboxServer(tmp_path / "mail", users={"office": PASSWORD}) as running:
        yield running


@pytest.fixture
def chief(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser in which an administrator is signed in."""
    with app.app_context():
        user = make.user(RoleName.ADMINISTRATOR, email=EMAIL, name="Ana Ruiz")
    pages.sign_in(client, user)
    return client


def fill(client: FlaskClient, port: int, status: int = 303, **changed: object) -> tuple[str, pages.Page]:
    """Fill the page of a new mail server and press Save; gives the address of the page that follows, and the page."""
    page = pages.visit(client, f"{PAGE}/new")
    values = {"host": "127.0.0.1", "port": port, "security": "none", "username": "office", "password": PASSWORD}
    answer = pages.submit(client, page, f"{PAGE}/new", **(values | changed))
    assert answer.status_code == status
    if status != 303:
        return f"{PAGE}/new", pages.check(answer, is_public=False)
    address = answer.headers["Location"]
    return address, pages.visit(client, address)


def test_a_test_over_the_real_wire_reaches_whoever_asked(app: Flask, chief: FlaskClient, server: SandboxServer) -> None:
    address, page = fill(chief, server.port)
    assert PASSWORD not in page.html
    assert "Not tested" in page.text
    assert pages.submit(chief, page, f"{address}/test").status_code == 303
    page = pages.visit(chief, address)
    assert f"127.0.0.1 took a message for {EMAIL}. Look whether it arrives." in page.text
    ((entry, raw),) = server.store.iter_raw()
    message = reading.taken_apart(raw)
    assert (entry.envelope_to, message.defects) == ((EMAIL,), ())
    assert message.header("Auto-Submitted") == "auto-generated"
    assert "came through the mail server 127.0.0.1" in message.text
    with app.app_context():
        assert stored().tested_at


def test_a_wrong_password_is_a_sentence_and_no_passed_test(
    app: Flask, chief: FlaskClient, server: SandboxServer
) -> None:
    address, page = fill(chief, server.port, password="wr0ng")
    assert pages.submit(chief, page, f"{address}/test").status_code == 303
    page = pages.visit(chief, address)
    assert "did not accept the user name and password (535)" in page.text
    assert "wr0ng" not in page.html
    with app.app_context():
        assert stored().tested_at is None


def test_a_server_that_refuses_the_message_is_quoted(app: Flask, chief: FlaskClient, tmp_path: Path) -> None:
    def script(state: str, _session: Session, _argument: str) -> str | None:
        return "550 5.7.1 Relaying denied" if state == "RCPT" else None

    with SandboxServer(tmp_path / "mail", script) as refusing:
        address, page = fill(chief, refusing.port, username="", password="")
        pages.submit(chief, page, f"{address}/test")
        page = pages.visit(chief, address)
    assert "127.0.0.1 turned the message away: 550 5.7.1 Relaying denied" in page.text
    with app.app_context():
        assert stored().tested_at is None


def test_nobody_there_is_one_plain_sentence(chief: FlaskClient, tmp_path: Path) -> None:
    with SandboxServer(tmp_path / "mail") as gone:
        port = gone.port
    address, page = fill(chief, port, username="", password="")
    pages.submit(chief, page, f"{address}/test")
    assert f"Nothing answers at 127.0.0.1, port {port}." in pages.visit(chief, address).text


def test_what_was_typed_wrong_is_said_and_the_password_does_not_come_back(chief: FlaskClient) -> None:
    _, page = fill(chief, 587, status=400, host="mail example", security="starttls")
    assert "There is a problem" in page.text
    assert PASSWORD not in page.html
    _, page = fill(chief, 70_000, status=400)
    assert "Enter a number from 1 to 65535" in page.text


def test_a_page_that_was_overtaken_says_so(app: Flask, chief: FlaskClient) -> None:
    address, page = fill(chief, 587, security="starttls")
    with app.app_context():
        save(version=1, host="other.example.org")
    values = {"host": "127.0.0.1", "port": 25, "security": "none", "username": "", "password": "", "name": ""}
    answer = pages.submit(chief, page, address, version=page.values["version"], **values)
    assert answer.status_code == 409
    assert "Nothing of yours was saved" in pages.check(answer, is_public=False).text


def test_the_list_adds_holds_retires_and_brings_back(app: Flask, chief: FlaskClient, server: SandboxServer) -> None:
    assert "No mail server yet" in pages.visit(chief, PAGE).text
    first, page = fill(chief, server.port)
    assert pages.submit(chief, page, f"{first}/retire").status_code == 403, "the only one stays"
    second, page = fill(chief, server.port, name="Spare", weight="3")
    text = pages.visit(chief, PAGE).text
    assert "Spare" in text
    assert "25 %" in text
    assert "75 %" in text
    pages.submit(chief, page, f"{second}/hold")
    text = pages.visit(chief, PAGE).text
    assert "On hold" in text
    assert "100 %" in text
    pages.submit(chief, page, f"{first}/retire")
    with app.app_context():
        assert queries.get_relay(1).password_sealed == ""
        assert [one.name for one in queries.relays()] == ["Spare"]
    answer = pages.submit(chief, page, f"{first}/restore")
    assert answer.headers["Location"].endswith(first)
    assert pages.submit(chief, page, f"{first}/release").status_code == 403, "its password is gone"
    assert pages.submit(chief, page, f"{second}/release").status_code == 303
    pages.submit(chief, page, f"{second}/test")
    assert "Tested" in pages.visit(chief, PAGE).text


def test_every_mail_server_on_hold_is_said(app: Flask, chief: FlaskClient) -> None:
    address, page = fill(chief, 587, security="starttls")
    with app.app_context():
        compose.go_live()
    pages.submit(chief, page, f"{address}/hold")
    assert "Nothing leaves" in pages.visit(chief, PAGE).text
