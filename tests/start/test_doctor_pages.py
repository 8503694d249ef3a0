"""The deliverability and signing pages: what is shown, and what each button does, over the real wire."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from campaigns import clock
from campaigns.commands import delivery as commands
from campaigns.delivery import queries as delivery
from campaigns.delivery import signing
from campaigns.delivery.actions import senders
from campaigns.delivery.doctor import actions, gate, queries
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.errors import Invalid
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.delivery import real
from tests.nameserver import NameServer, serving

PAGE = "/settings/deliverability"
SIGNING = "/settings/signing"
D = "heat.example.org"


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    with serving({(D, "TXT"): ["v=spf1 +all", '<script>alert("x")</script>']}) as server:
        settings = config.load().model_copy(update={"dns_server": f"127.0.0.1:{server.port}"})
        monkeypatch.setattr(config, "load", lambda: settings)
        yield server


@pytest.fixture
def relay(app: Flask, tmp_path: Path) -> Iterator[SandboxServer]:
    with SandboxServer(tmp_path / "mail") as running:
        with app.app_context():
            real.add(running.port, name="County relay")
            sender = delivery.default_sender()
            assert sender
            senders.change(sender.id, "Office", f"news@{D}", f"office@{D}", 1, clock.now())
        yield running


@pytest.fixture
def chief(app: Flask, client: FlaskClient) -> FlaskClient:
    with app.app_context():
        somebody = make.user(RoleName.ADMINISTRATOR, email="chief@example.org")
    pages.sign_in(client, somebody)
    return client


def arrived(server: SandboxServer) -> bytes:
    server.store.sync()
    return [raw for _, raw in server.store.iter_raw()][-1]


def test_before_anything_is_set_the_page_says_what_it_is_for(chief: FlaskClient) -> None:
    page = pages.visit(chief, PAGE)
    assert "Not checked yet" in page.text
    assert "No mail server is set" in page.text
    assert "Send the self-test" not in page.text


def test_a_check_shows_each_finding_with_what_to_do_and_its_record(
    chief: FlaskClient, relay: SandboxServer, named: NameServer
) -> None:
    page = pages.visit(chief, PAGE)
    answer = pages.submit(chief, page, f"{PAGE}/check")
    page = pages.visit(chief, answer.headers["Location"])
    for words in (
        "Something must be put right",
        "The SPF record lets everybody send",
        f"{D} has no DMARC record",
        f"_dmarc.{D}",
        "v=DMARC1; p=none",
        "We do not know yet who signs our mail",
        "127.0.0.1 needs no encryption",
        "The site has no public https address",
    ):
        assert words in page.text, words
    assert "<script>alert" not in page.html
    assert 'data-copy="record-' in page.html


def test_a_self_test_is_sent_and_its_copy_pasted_or_uploaded(
    app: Flask, chief: FlaskClient, relay: SandboxServer, named: NameServer
) -> None:
    page = pages.visit(chief, PAGE)
    assert page.values["to_address"] == "chief@example.org"
    wrong = pages.submit(chief, page, f"{PAGE}/self-test", to_address="nobody")
    assert wrong.status_code == 400
    assert "Enter one address" in pages.check(wrong, is_public=False).text
    sent = pages.submit(chief, page, f"{PAGE}/self-test", to_address="me@gmail.example")
    page = pages.visit(chief, sent.headers["Location"])
    assert "took the self-test for me@gmail.example" in page.text
    assert "Sent, not read yet" in page.text
    for source, words in {"": "Paste the source", "hello": "not the source of a message"}.items():
        answer = pages.submit(chief, page, f"{PAGE}/self-test/read", source=source)
        assert answer.status_code == 400
        assert words in pages.check(answer, is_public=False).text
    raw = arrived(relay)
    answer = pages.submit(chief, page, f"{PAGE}/self-test/read", source=raw.decode())
    page = pages.visit(chief, answer.headers["Location"])
    assert "The message arrived without a signature" in page.text
    assert "Not passed" in page.text
    make_key(app, named)
    sent = pages.submit(chief, page, f"{PAGE}/self-test", to_address="me@gmail.example")
    file = (io.BytesIO(arrived(relay)), "self-test.eml")
    answer = pages.submit(chief, page, f"{PAGE}/self-test/read", source="", file=file)
    page = pages.visit(chief, answer.headers["Location"])
    assert "Newsletters may go to any number of people" in page.text
    assert "The one-click headers arrived intact" in page.text


def make_key(app: Flask, named: NameServer) -> None:
    with app.app_context():
        made = signing.new_key("rsa")
        key = queries.get_key(actions.add_key(D, made, 1, clock.now()))
        named.zone[f"{key.selector}._domainkey.{D}", "TXT"] = [f"v=DKIM1; k=rsa; p={made.public}"]
        actions.activate_key(key.id, 1, clock.now())


def test_doing_without_needs_a_reason_and_can_be_taken_back(
    app: Flask, chief: FlaskClient, relay: SandboxServer
) -> None:
    page = pages.visit(chief, PAGE)
    answer = pages.submit(chief, page, f"{PAGE}/override", reason="no")
    assert answer.status_code == 400
    assert "Say in a sentence why" in pages.check(answer, is_public=False).text
    answer = pages.submit(chief, page, f"{PAGE}/override", reason="The county tests its mail itself.")
    page = pages.visit(chief, answer.headers["Location"])
    assert "The county tests its mail itself." in page.text
    with app.app_context():
        assert gate.unproved(D) == []
    path = re.findall(rf'action="({PAGE}/override/\d+/withdraw[^"]*)"', page.html)[0]
    pages.submit(chief, page, path)
    with app.app_context():
        assert [relay.name for relay in gate.unproved(D)] == ["County relay"]


def test_a_key_is_made_published_found_and_turned_on(
    app: Flask, chief: FlaskClient, relay: SandboxServer, named: NameServer
) -> None:
    page = pages.visit(chief, SIGNING)
    assert "This program does not sign" in page.text
    assert re.search(r"takes this machine about \d+\.\d ms", page.text)
    assert pages.submit(chief, page, f"{SIGNING}/new", algorithm="dsa").status_code == 400
    assert pages.submit(chief, page, f"{SIGNING}/new?domain=evil.example", algorithm="rsa").status_code == 404
    pages.submit(chief, page, f"{SIGNING}/new", algorithm="rsa")
    page = pages.visit(chief, SIGNING)
    assert "v=DKIM1; k=rsa; p=MII" in page.text
    with app.app_context():
        (key,) = queries.keys_of(D)
    where = f"{key.selector}._domainkey.{D}"
    assert where in page.text
    assert "PRIVATE" not in page.html
    assert key.private_sealed not in page.html

    def turned_on() -> str:
        answer = pages.submit(chief, page, f"{SIGNING}/{key.id}/on")
        return pages.visit(chief, answer.headers["Location"]).text

    assert "There is no record at" in turned_on()
    named.zone[where, "TXT"] = ["v=DKIM1; k=rsa; p=" + key.public[:-8] + "AAAAAAAA"]
    assert "Nothing was changed" in turned_on()
    named.zone[where, "TXT"] = [f"v=DKIM1; k=rsa; p={key.public}"]
    assert "Mail is signed from now on" in turned_on()
    page = pages.visit(chief, SIGNING)
    assert "Signs our mail" in page.text
    pages.submit(chief, page, f"{SIGNING}/{key.id}/off")
    page = pages.visit(chief, SIGNING)
    assert "Signs no longer" in page.text
    assert where in page.text, "the old record stays in sight"
    pages.submit(chief, page, f"{SIGNING}/{key.id}/remove")
    with app.app_context():
        assert queries.keys_of(D) == []


def test_others_may_look_and_have_no_button(app: Flask, client: FlaskClient, relay: SandboxServer) -> None:
    with app.app_context():
        viewer = make.user(RoleName.VIEWER)
    pages.sign_in(client, viewer)
    page = pages.visit(client, PAGE)
    assert "To be done" in page.text
    assert "Check now" not in page.text
    assert "Send the self-test" not in page.text
    assert pages.submit(client, pages.visit(client, "/account"), f"{PAGE}/check").status_code == 403
    assert client.get(SIGNING).status_code == 403


def test_two_mail_servers_have_a_tab_each(app: Flask, chief: FlaskClient, relay: SandboxServer) -> None:
    with app.app_context():
        real.add(26, name="Second relay")
        key = queries.ways()[1].key
    page = pages.visit(chief, f"{PAGE}?way={key}")
    assert "through Second relay" in page.text
    assert chief.get(f"{PAGE}?way=9-9").status_code == 404


def test_the_going_live_page_says_how_the_self_test_stands(
    app: Flask, chief: FlaskClient, relay: SandboxServer
) -> None:
    assert "Until it has passed for County relay" in pages.visit(chief, "/settings/going-live").text
    with app.app_context():
        actions.override(queries.get_way("").key, "The county tests its mail itself.", 1, clock.now())
    assert "The self-test has passed, or" in pages.visit(chief, "/settings/going-live").text


def test_the_command_prints_everything_and_answers_with_its_worst(
    app: Flask, relay: SandboxServer, named: NameServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with app.app_context():
        assert commands.check([]) == 2
        said = capsys.readouterr().out
        assert f"Mail from {D} through County relay" in said
        assert "[PUT RIGHT] The SPF record lets everybody send" in said
        assert f"_dmarc.{D}  TXT  v=DMARC1; p=none" in said
        assert "Something must be put right." in said
        assert queries.last_checkup(queries.get_way(""))
        with pytest.raises(Invalid, match="No sender has that domain"):
            commands.check(["other.example"])
