"""The public home and the pages that explain us, as anyone opens them."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns.db import db
from campaigns.staff.queries import get_organization
from tests import pages


@pytest.mark.parametrize("path", ["/", "/privacy", "/accessibility"])
def test_anyone_can_read_it(client: FlaskClient, path: str) -> None:
    page = pages.visit(client, path, is_public=True)
    assert "Leave this page" in page.text


def test_the_home_says_who_answers_and_when_a_number_was_checked(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        get_organization().tip_line_checked_on = date(2026, 11, 2)
        db.session.commit()
    text = pages.visit(client, "/", is_public=True).text
    assert "The Alameda County District Attorney's Office answers." in text
    assert "Independent of us and of the police" in text
    assert text.count("Last checked on") == 1
    assert "November 2, 2026" in text


def test_the_tab_does_not_name_us_or_our_subject(client: FlaskClient) -> None:
    for path in ("/", "/privacy", "/accessibility"):
        title = pages.visit(client, path, is_public=True).title.casefold()
        assert not any(word in title for word in ("heat", "h.e.a.t", "traffick", "attorney"))


def test_the_quick_exit_goes_straight_to_the_neutral_page(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        target = get_organization().exit_url
    response = client.get("/leave?next=https://example.org")
    assert response.status_code == 303
    assert response.headers["Location"] == target
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in response.headers


def test_machines_can_ask_whether_we_are_well(client: FlaskClient) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json) == (200, {"ok": True})


def test_search_engines_stay_out_of_personal_links(client: FlaskClient) -> None:
    text = client.get("/robots.txt").get_data(as_text=True)
    assert "Disallow: /" in text
    assert "Allow: /read" in text
    assert "/u/" not in text


def test_the_icon_is_the_neutral_one(client: FlaskClient) -> None:
    assert client.get("/favicon.ico").headers["Location"].endswith("favicon-plain.svg")
