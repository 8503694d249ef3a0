"""Lists of feeds in and out: any file gives a report or a sentence, an import can be taken back."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from campaigns import clock
from campaigns.digests import opml
from campaigns.digests.actions import sources
from campaigns.digests.queries import sources as queries
from campaigns.errors import Invalid
from campaigns.staff.models import RoleName
from tests import make
from tests.pages import check, sign_in, submit, visit

FILE = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Mine</title></head><body>
  <outline text="Loose" xmlUrl="https://loose.example/rss" htmlUrl="https://loose.example/"/>
  <outline text="News"><outline text="Local" title="Local">
    <outline type="rss" text="Tribune" xmlUrl="http://www.tribune.example/feed/" category="/Courts,/x" language="en"/>
    <outline type="rss" text="Same again" xmlUrl="https://tribune.example/feed"/>
  </outline></outline>
  <outline text="Bad" xmlUrl="file:///etc/passwd"/>
  <outline text="Inside" xmlUrl="http://example.org:8080/feed"/>
  <outline text="Empty folder"/>
</body></opml>"""


def test_folders_come_along_in_and_out() -> None:
    found = opml.read(FILE)
    assert [(each.title, each.folder, each.category) for each in found[:2]] == [
        ("Loose", "", ""),
        ("Tribune", "News / Local", "Courts"),
    ]
    listed = [
        opml.Listed(each.url, each.title, each.site_url, each.folder, each.category, each.language) for each in found
    ]
    again = opml.read(opml.write(listed, "Ours", clock.now()))
    assert {(each.url, each.title, each.folder, each.category, each.language) for each in again} == {
        (each.url, each.title, each.folder, each.category, each.language) for each in found
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no OPML file"),
        (b"<html><body/></html>", "no OPML"),
        (b"<opml version='2.0'><head/></opml>", "no OPML"),
        (b"<opml version='2.0'><body/></opml>", "no feed in this file"),
        (b"x" * 2_000_001, "larger than 2 MB"),
        (b"<!DOCTYPE o [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><opml><body><outline text='&c;'/></body></opml>", "OPML"),
        (b"<?xml version='1.0' encoding='none-such'?><opml/>", "no OPML file"),
    ],
)
def test_what_is_no_list_of_feeds_is_answered_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        opml.read(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_a_sentence(content: bytes) -> None:
    for body in (content, FILE[:300] + content, b"<opml><body><outline xmlUrl='" + content):
        try:
            found = len(opml.read(body))
        except Invalid as error:
            found = len(str(error))
        assert found


def test_an_import_reports_each_line_and_can_be_taken_back(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        sign_in(client, make.user(RoleName.WRITER))
        sources.add(sources.Values(url="https://loose.example/rss", title="Ours already"), None, clock.now())
    page = visit(client, "/news/sources/import")
    empty = submit(client, page, "/news/sources/import", trust="press")
    assert "Choose an OPML file" in check(empty, is_public=False).text
    fields = {"trust": "press", "file": (io.BytesIO(FILE), "mine.opml")}
    done = submit(client, page, "/news/sources/import", **fields)
    assert done.status_code == 303
    report = visit(client, done.headers["Location"])
    assert "It is a source already." in report.text
    assert "Write a web address" in report.text
    assert "port 8080" in report.text
    with app.app_context():
        held = {feed.title: feed for feed in queries.feeds()}
        assert set(held) == {"Ours already", "Tribune"}
        tribune = held["Tribune"]
        assert (tribune.folder, tribune.category, tribune.trust) == ("News / Local", "Courts", "press")
    exported = client.get("/news/sources/sources.opml")
    assert "attachment" in exported.headers["Content-Disposition"]
    assert {each.title for each in opml.read(exported.data)} == {"Ours already", "Tribune"}
    submit(client, report, f"{done.headers['Location']}/undo")
    assert "1 source is removed again" in visit(client, done.headers["Location"]).text
    assert submit(client, report, f"{done.headers['Location']}/undo").status_code == 409
    with app.app_context():
        assert [feed.title for feed in queries.feeds()] == ["Ours already"]
