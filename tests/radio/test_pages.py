"""The pages of radio, as writers, approvers, stations and listeners use them without JavaScript."""

from datetime import timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.db import db
from campaigns.radio import links, queries
from campaigns.radio.actions import episodes
from campaigns.radio.models import Broadcast
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.radio.shows import RECORDING, episode, on_air

VTT = "WEBVTT\n\n1\n00:00.000 --> 00:02.000\n<v Ana>Hello <script>alert(1)</script></v>\n"


def test_from_a_show_to_a_script_that_is_handed_out(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        pages.sign_in(client, make.user(RoleName.ADMINISTRATOR))
    assert "Begin with the show" in pages.visit(client, "/radio").text
    form = pages.visit(client, "/radio/shows/new")
    wrong = pages.submit(client, form, "/radio/shows/new", title="", pronunciations="x")
    assert "Give the show a title." in pages.check(wrong, is_public=False).text
    made = pages.submit(
        client, form, "/radio/shows/new", title="Our show", words_a_minute="150", pronunciations="A.B. = ab"
    )
    assert made.headers["Location"].endswith("/radio/shows/1")
    form = pages.visit(client, "/radio/stations/new")
    station = {
        "name": "Radio East",
        "zone": "America/New_York",
        "psa_lengths": ["15"],
        "traffic_email": "t@example.org",
    }
    assert pages.submit(client, form, "/radio/stations/new", **station).status_code == 303
    form = pages.visit(client, "/radio/shows/1/slots/new")
    day = clock.today("America/New_York") + timedelta(days=3)
    slot = {"station_id": "1", "first_on": day.isoformat(), "starts": "18:30", "minutes": "30", "rhythm": "weekly"}
    slot |= {"every": "1", "nth": "1"}
    refused = pages.submit(client, form, "/radio/shows/1/slots/new", **slot, days=[str((day.weekday() + 1) % 7)])
    assert "choose a" in pages.check(refused, is_public=False).text
    assert pages.submit(client, form, "/radio/shows/1/slots/new", **slot).status_code == 303
    text = pages.visit(client, "/radio").text
    assert "6:30 pm to 7:00 pm" in text
    assert "No episode yet" in text
    wall = f"{day:%Y%m%d}T1830"
    form = pages.visit(client, f"/radio/episodes/new/1?airing=1&wall={wall}")
    told = {"title": "A nurse", "summary": "She tells.", "issues": "Youth\nSchools", "transcript": VTT}
    told |= {"guests-0-public_name": "Maria", "guests-0-role": "guest", "guests-1-role": "guest"}
    assert pages.submit(client, form, f"/radio/episodes/new/1?airing=1&wall={wall}", **told).status_code == 303
    text = pages.visit(client, "/radio/episodes/1").text
    assert "Not named yet: Maria" in text
    assert "Add the address of the recording." in text
    with app.app_context():
        assert queries.get_episode(1).transcript_html == "<p><strong>Ana:</strong> Hello alert(1)</p>"
    form = pages.visit(client, "/radio/scripts/new/1/psa_15")
    script = {"text": "Call 1-510-208-4959. " * 5, "words_a_minute": "150", "then": "submit"}
    assert pages.submit(client, form, "/radio/scripts/new/1/psa_15", **script).status_code == 303
    page = pages.visit(client, "/radio/scripts/1")
    assert "60 spoken words, 24 seconds: 9.0 seconds too long." in page.text
    decision = {"decision": "approve", "seen_hash": page.values["seen_hash"]}
    assert pages.submit(client, page, "/radio/scripts/1/decide", **decision).status_code == 400
    assert pages.submit(client, page, "/radio/scripts/1/decide", is_read="y", **decision).status_code == 303
    assert "not approved" not in pages.visit(client, "/radio/scripts/1/print").text
    assert "Call 1-510-208-4959." in client.get("/radio/scripts/1.txt").get_data(as_text=True)


def test_the_counter_answers_what_the_page_shows(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        pages.sign_in(client, make.user(RoleName.WRITER))
        show_id, *_ = on_air(1)
        number = episode(show_id, 1)
    page = pages.visit(client, f"/radio/scripts/new/{number}/psa_15")
    answer = pages.submit(client, page, "/radio/scripts/count", text="Dial 911", words_a_minute="120", kind="psa_15")
    assert answer.json is not None
    assert (answer.json["words"], answer.json["seconds"], answer.json["said"]) == (4, 2.0, "dial nine one one")


def test_one_broadcast_is_canceled_and_listeners_see_why(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        pages.sign_in(client, make.user(RoleName.WRITER))
        _, _, airing_id, wall = on_air(1)
    path = f"/radio/{airing_id}/{wall:%Y%m%dT%H%M}"
    change = f"/radio/change/{airing_id}/{wall:%Y%m%dT%H%M}"
    pages.visit(client, path)
    form = pages.visit(client, change)
    bad = pages.check(pages.submit(client, form, change, kind="canceled", step="look"), is_public=False)
    assert "Say why, in a few words." in bad.text
    told = {"kind": "canceled", "reason": "Election night"}
    looked = pages.check(pages.submit(client, form, change, step="look", **told), is_public=False)
    assert "What follows from it" in looked.text
    assert "Canceled" not in pages.visit(client, path).text
    assert pages.submit(client, form, change, step="do", **told).status_code == 303
    assert "Canceled" in pages.visit(client, path).text
    assert "Election night" in pages.visit(client, "/listen", is_public=True).text
    back = pages.visit(client, change + "/back")
    assert pages.submit(client, back, change + "/back").status_code == 303
    assert "Election night" not in pages.visit(client, "/listen", is_public=True).text
    pages.visit(client, "/radio/1/nonsense", status=404)
    special = pages.visit(client, f"/radio/{airing_id}/special")
    extra = {"day": (wall + timedelta(days=1)).date().isoformat(), "starts": "09:00", "minutes": "15"}
    assert pages.submit(client, special, f"/radio/{airing_id}/special", **extra).status_code == 303


def test_a_station_confirms_with_one_button(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        user = make.user(RoleName.WRITER)
        show_id, _, airing_id, wall = on_air(user.id)
        broadcast = episodes.carry(episode(show_id, user.id), airing_id, wall, user.id, clock.now())
        path = links.aired_url("", broadcast)
    over = clock.instant_of(wall, "America/Los_Angeles") + timedelta(hours=1)
    with time_machine.travel(over, tick=False):
        page = pages.visit(client, path, is_public=True)
        with app.app_context():
            assert db.session.get_one(Broadcast, broadcast).has_aired is None
    with time_machine.travel(over + timedelta(seconds=10), tick=False):
        assert client.post(path, data={"aired": "yes"}).status_code == 400
        assert pages.submit(client, page, path, aired="yes", name="Kim").status_code == 303
        with app.app_context():
            row = db.session.get_one(Broadcast, broadcast)
            assert (row.has_aired, row.answered_by) == (True, "Kim")
    pages.visit(client, "/listen/aired/forged", status=404, is_public=True)
    pages.visit(client, "/listen/aired/thanks", is_public=True)


def test_an_episode_can_be_heard_and_read(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        user = make.user(RoleName.WRITER)
        user_id = user.id
        show_id, *_ = on_air(user_id)
        number = episode(show_id, user_id, **RECORDING)
        show, found = queries.get_show(show_id), queries.get_episode(number)
        path = f"/listen/{show.slug}/{found.slug}"
    pages.visit(client, path, status=404, is_public=True)
    with app.app_context():
        episodes.publish(number, user_id, clock.now())
    response = client.get(path)
    page = pages.check(response, is_public=True)
    assert "media-src https://audio.example.org" in response.headers["Content-Security-Policy"]
    assert "With Maria" in page.text
    assert "Secret Sam" not in page.html
    assert '<audio class="player" controls preload="none"' in page.html


def test_the_report_of_a_quarter_is_read_printed_and_saved(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        make.user(RoleName.WRITER)
        show_id, _, airing_id, wall = on_air(1, traffic_email="t@example.org")
        broadcast = episodes.carry(episode(show_id, 1, narrative="=1+1"), airing_id, wall, 1, clock.now())
    quarter = f"{wall.year}Q{(wall.month - 1) // 3 + 1}"
    with time_machine.travel(clock.instant_of(wall, "America/Los_Angeles") + timedelta(hours=1), tick=False):
        with app.app_context():
            pages.sign_in(client, make.user(RoleName.WRITER))
        page = pages.visit(client, "/radio/log")
        assert pages.submit(client, page, f"/radio/log/{broadcast}/ask").status_code == 303
        assert pages.submit(client, page, f"/radio/log/{broadcast}/answer", aired="yes").status_code == 303
        assert "Confirmed" in pages.visit(client, "/radio/log").text
        assert "Youth" in pages.visit(client, f"/radio/log/report?quarter={quarter}").text
        text = client.get(f"/radio/log/report.csv?quarter={quarter}").get_data(as_text=True)
        assert client.get("/radio/log/report?quarter=never").status_code == 400
    assert text.startswith("Issue,Date,Time,Minutes")
    assert "'=1+1" in text
