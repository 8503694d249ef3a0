"""What a new installation says, and changing every value of it."""

from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.staff import queries
from campaigns.staff.actions import organization as actions
from campaigns.staff.models import RoleName
from tests import make, pages


def signed_in(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief = make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, chief)


def test_a_new_installation_is_h_e_a_t_watch(ctx: Flask) -> None:
    organization = queries.get_organization()
    assert organization.name == "H.E.A.T. Watch"
    assert organization.office == "Alameda County District Attorney's Office"
    assert (organization.tip_line, organization.emergency) == ("1-510-208-4959", "911")
    assert (organization.hotline, organization.hotline_text) == ("1-888-373-7888", "233733")
    assert organization.email == "info@heatwatch.org"
    assert organization.zone == "America/Los_Angeles"
    assert "Grant No. 90ZV0092" in organization.disclaimer
    assert "Rescue and Restore Victims of Human Trafficking Regional Program" in organization.disclaimer
    assert "solely the responsibility of the authors" in organization.disclaimer
    assert organization.postal_address == ""
    assert organization.is_practice


def test_every_value_can_be_changed(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    page = pages.visit(client, "/settings/organization")
    values = {
        "name": "Harbor Watch",
        "program_line": "Line",
        "office": "Harbor Office",
        "email": "hello@example.org",
        "postal_address": "1 Main St\nOakland, CA 94612",
        "disclaimer": "Made by us.",
        "zone": "America/New_York",
        "public_url": "https://news.example.org/",
        "exit_url": "https://weather.example/",
        "emergency": "112",
        "tip_line": "1-555-0100",
        "hotline_name": "Hotline",
        "hotline": "1-555-0199",
        "hotline_text": "12345",
    }
    response = pages.submit(client, page, "/settings/organization", version=page.values["version"], **values)
    assert response.status_code == 303
    with app.app_context():
        organization = queries.get_organization()
        expected = values | {"public_url": "https://news.example.org"}
        assert {name: getattr(organization, name) for name in values} == expected
        assert queries.site_url() == "https://news.example.org"


def test_what_cannot_be_used_is_said_beside_its_field(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    page = pages.visit(client, "/settings/organization")
    wrong = page.values | {
        "name": "",
        "email": "nobody",
        "zone": "America/Los_Angeles",
        "public_url": "ftp://x",
        "exit_url": "http://x",
    }
    answer = pages.check(client.post("/settings/organization", data=wrong), is_public=False)
    assert "Enter the name that readers know." in answer.text
    wrong["name"] = "H.E.A.T. Watch"
    answer = pages.check(client.post("/settings/organization", data=wrong), is_public=False)
    for sentence in ("Enter an email address", "Enter the address of this site", "begins with https://"):
        assert sentence in answer.text


def test_a_second_editor_sees_both_texts_and_overwrites_nothing(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    page = pages.visit(client, "/settings/organization")
    values = page.values | {"zone": "America/Los_Angeles", "disclaimer": "x", "postal_address": ""}
    assert client.post("/settings/organization", data=values | {"name": "Theirs"}).status_code == 303
    response = client.post("/settings/organization", data=values | {"name": "Mine"})
    assert response.status_code == 409
    answer = pages.check(response, is_public=False)
    assert "Theirs" in answer.text
    assert answer.values["name"] == "Mine"
    again = client.post("/settings/organization", data=values | {"name": "Mine", "version": answer.values["version"]})
    assert again.status_code == 303


def test_a_number_is_noted_as_checked_until_it_changes(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    page = pages.visit(client, "/settings/organization")
    assert page.text.count("Not checked yet") == 3
    for number in ("emergency", "tip_line", "hotline"):
        assert pages.submit(client, page, f"/settings/organization/checked/{number}").status_code == 303
    assert pages.submit(client, page, "/settings/organization/checked/name").status_code == 404
    page = pages.visit(client, "/settings/organization")
    assert "Not checked yet" not in page.text
    with app.app_context():
        assert queries.get_organization().tip_line_checked_on == clock.today("America/Los_Angeles")
    values = page.values | {"zone": "America/Los_Angeles", "tip_line": "1-555-0100", "disclaimer": "x"}
    client.post("/settings/organization", data=values | {"postal_address": ""})
    assert pages.visit(client, "/settings/organization").text.count("Not checked yet") == 1


def test_a_line_break_never_comes_into_a_name_that_mail_headers_hold(ctx: Flask) -> None:
    actions.change({"name": "Harbor\nWatch", "postal_address": "1 Street\nOakland"}, 1, 1, clock.now())
    assert queries.get_organization().name == "Harbor Watch"
    assert queries.get_organization().postal_address == "1 Street\nOakland"
