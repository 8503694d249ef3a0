"""The public page of a digest and its feeds: what was printed and nothing else, valid, asked again cheaply."""

import io
import json
from datetime import timedelta

import feedparser
import pytest
from defusedxml import ElementTree
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.db import db
from campaigns.digests.actions import corrections, issues
from campaigns.digests.models import Digest
from campaigns.digests.reading import reader
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters.models import ArchiveMode
from campaigns.staff.models import RoleName, User
from tests import make, pages
from tests.digests import issues as office
from tests.digests import news
from tests.digests.issues import TITLES
from tests.websites import Website

HOSTILE = "<script>alert(1)</script> \x0b & <img src=x onerror=y> ]]>"
ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ["rss.xml", "atom.xml", "feed.json"]


@pytest.fixture
def slug(app: Flask, website: Website) -> str:
    """A digest that sent one issue of three stories, one with hostile words."""
    with app.app_context():
        author, approver = office.people()
        paper = news.feed("The Tribune & Sons")
        for title in (*TITLES[:2], HOSTILE):
            office.told(website, paper, title)
        made = office.digest(author, approver, description="What happened in our county.")
        issues.work(office.due(made))
        office.send(office.issue(made), approver, clock.now())
        return made.slug


def get(app: Flask) -> tuple[Digest, User]:
    """The digest and somebody who approves."""
    made = db.session.scalars(db.select(Digest)).one()
    return made, make.user(RoleName.APPROVER)


def test_the_page_shows_what_was_printed_and_how_to_get_it(client: FlaskClient, slug: str) -> None:
    page = pages.visit(client, f"/digests/{slug}", is_public=True)
    for words in (TITLES[0], TITLES[1], "The Tribune & Sons", "<script>alert(1)", "Read this issue as it was sent"):
        assert words in page.text
    assert "<script>alert(1)" not in page.html
    said = json.loads(client.get(f"/digests/{slug}/feed.json").data)
    assert all(f'id="{item["url"].partition("#")[2]}"' in page.html for item in said["items"])
    for name in FEEDS:
        assert f'href="/digests/{slug}/{name}"' in page.html
    assert "Monday news" in pages.visit(client, "/digests", is_public=True).text
    assert "What happened in our county." in pages.visit(client, "/", is_public=True).text


def test_nothing_is_public_before_it_was_printed_or_when_it_is_not_to_be(
    app: Flask, client: FlaskClient, slug: str, website: Website
) -> None:
    with app.app_context():
        made, _ = get(app)
        office.told(website, news.feed("KHON2"), TITLES[4])
        issues.work(office.due(made))
        waiting = office.newsletter(office.issue(made)).title
    page = pages.visit(client, f"/digests/{slug}", is_public=True)
    assert TITLES[4] not in page.text
    assert waiting not in page.text
    with app.app_context():
        made, _ = get(app)
        made.is_public = False
        db.session.commit()
    pages.visit(client, f"/digests/{slug}", status=404, is_public=True)
    assert client.get(f"/digests/{slug}/rss.xml").status_code == 404
    assert "Monday news" not in pages.visit(client, "/digests", is_public=True).text


def test_an_issue_that_was_taken_off_the_web_is_on_no_page_and_in_no_feed(
    app: Flask, client: FlaskClient, slug: str
) -> None:
    with app.app_context():
        made, user = get(app)
        sent = office.newsletter(office.issue(made)).id
        newsletters.set_archive(sent, ArchiveMode.WITHDRAWN, "It was wrong.", user.id, clock.now())
    assert TITLES[0] not in pages.visit(client, f"/digests/{slug}", is_public=True).text
    for name in FEEDS:
        assert TITLES[0] not in client.get(f"/digests/{slug}/{name}").get_data(as_text=True)


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_is_read_by_our_own_reader_and_holds_no_markup_of_others(
    client: FlaskClient, slug: str, name: str
) -> None:
    answer = client.get(f"/digests/{slug}/{name}")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    headers = {"content-type": answer.headers["Content-Type"]}
    found = reader.read(answer.data, f"https://news.example.org/digests/{slug}/{name}", headers, clock.now())
    assert sorted(entry.title for entry in found.entries)[-2:] == sorted(TITLES[:2])
    assert len(found.entries) == 3
    assert len({entry.guid for entry in found.entries}) == 3
    assert all(entry.published_at for entry in found.entries)
    assert all("<script" not in entry.summary and "<img" not in entry.summary for entry in found.entries)


def test_rss_and_atom_are_what_their_specifications_ask_for(client: FlaskClient, slug: str) -> None:
    rss = ElementTree.fromstring(client.get(f"/digests/{slug}/rss.xml").data)
    channel = rss.find("channel")
    assert channel is not None
    assert rss.get("version") == "2.0"
    for name in ("title", "link", "description", "lastBuildDate"):
        assert channel.findtext(name)
    links = channel.findall(f"{ATOM}link")
    assert [link.get("rel") for link in links] == ["self"]
    for item in channel.findall("item"):
        guid = item.find("guid")
        assert guid is not None
        assert guid.get("isPermaLink") == "false"
        assert item.findtext("pubDate", "").endswith("+0000")
    atom = ElementTree.fromstring(client.get(f"/digests/{slug}/atom.xml").data)
    for element in (atom, *atom.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert element.findtext(f"{ATOM}{name}")
    assert atom.find(f"{ATOM}author/{ATOM}name") is not None
    parsed = feedparser.parse(io.BytesIO(client.get(f"/digests/{slug}/atom.xml").data))
    assert (parsed.version, bool(parsed.bozo)) == ("atom10", False)


def test_the_json_feed_is_version_1_1(client: FlaskClient, slug: str) -> None:
    said = json.loads(client.get(f"/digests/{slug}/feed.json").data)
    assert said["version"] == "https://jsonfeed.org/version/1.1"
    assert said["feed_url"].endswith(f"/digests/{slug}/feed.json")
    for item in said["items"]:
        assert isinstance(item["id"], str)
        assert item["content_html"]
        assert item["date_published"] <= item["date_modified"]
        assert [sorted(author) for author in item["authors"]] == [["name"]]


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_that_did_not_change_costs_a_304(app: Flask, client: FlaskClient, slug: str, name: str) -> None:
    path = f"/digests/{slug}/{name}"
    first = client.get(path)
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    assert client.get(path).headers["ETag"] == tag
    for headers in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", W/{tag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": date},
    ):
        again = client.get(path, headers=headers)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    with app.app_context():
        made, user = get(app)
        row = office.printed(office.issue(made))[0]
        corrections.correct(row.id, "It was eight people.", user.id, clock.now() + timedelta(minutes=1))
    changed = client.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "Correction: It was eight people." in changed.get_data(as_text=True)


def test_a_correction_stands_beside_its_story_at_once(app: Flask, client: FlaskClient, slug: str) -> None:
    with app.app_context():
        made, user = get(app)
        row = next(row for row in office.printed(office.issue(made)) if row.title == TITLES[0])
        corrections.correct(row.id, "It was <b>eight</b> people.", user.id, clock.now())
    page = pages.visit(client, f"/digests/{slug}", is_public=True)
    assert "It was <b>eight</b> people." in page.text


def test_feeds_of_a_digest_that_printed_nothing_are_empty_and_stay_the_same(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        author, approver = office.people()
        made = office.digest(author, approver).slug
    for name in FEEDS:
        first, second = client.get(f"/digests/{made}/{name}"), client.get(f"/digests/{made}/{name}")
        assert (first.status_code, first.data) == (200, second.data)
    assert "There is nothing to read yet" in pages.visit(client, f"/digests/{made}", is_public=True).text
    pages.visit(client, "/digests/nothing", status=404, is_public=True)
