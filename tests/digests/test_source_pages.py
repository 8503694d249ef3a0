"""The pages of sources, as a writer uses them, against real feeds on loopback."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.db import db
from campaigns.digests import refresh
from campaigns.digests.actions import sources
from campaigns.digests.models import Feed
from campaigns.digests.queries import sources as queries
from campaigns.staff.models import RoleName
from tests import make
from tests.digests.newsroom import entries, get, good, item, rss
from tests.pages import check, sign_in, submit, visit
from tests.websites import Says, Website

BASE = "/news/sources"


@pytest.fixture
def writer(app: Flask, client: FlaskClient) -> FlaskClient:
    """A client that a writer has signed in with."""
    with app.app_context():
        sign_in(client, make.user(RoleName.WRITER))
    return client


@pytest.fixture
def paper(website: Website) -> Iterator[Website]:
    """A newspaper with a site that names its feed."""
    page = '<html><head><link rel="alternate" type="application/rss+xml" title="News" href="/rss.xml"></head>'
    website.pages["/"] = Says(page.encode(), headers={"Content-Type": "text/html"})
    website.pages["/rss.xml"] = good(
        rss(*(item(number, f"Headline {number}") for number in range(14)), item("ad", "Sponsored: gifts")), '"one"'
    )
    return website


def add(app: Flask, url: str, **values: object) -> int:
    with app.app_context():
        return sources.add(sources.Values(url=url, **values), None, clock.now())  # type: ignore[arg-type]


def fetch(app: Flask) -> int:
    with app.app_context():
        return refresh.run(threading.Event())


def test_a_site_is_looked_at_and_its_feed_added_with_one_choice(
    app: Flask, writer: FlaskClient, paper: Website
) -> None:
    assert "No source yet" in visit(writer, BASE).text
    page = visit(writer, f"{BASE}/new")
    found = check(submit(writer, page, f"{BASE}/new", url=f"{paper.url}/"), is_public=False)
    assert "The Tribune" in found.text
    assert "Headline 9" in found.text
    assert "Headline 10" not in found.text
    assert "And 5 older entries" in found.text
    with app.app_context():
        assert queries.feeds() == []
    values = {"url": f"{paper.url}/rss.xml", "folder": "Local", "category": "Courts", "trust": "press"}
    added = submit(writer, found, f"{BASE}/add", **values)
    assert added.status_code == 303
    assert fetch(app) == 1
    page = visit(writer, added.headers["Location"])
    assert "The Tribune" in page.text
    assert "Headline 13" in page.text
    assert "Backlog" in page.text
    listed = visit(writer, f"{BASE}?q=trib&folder=Local&trust=press")
    assert "1 source for" in listed.text
    assert "Reads well" in listed.text
    assert "No source fits" in visit(writer, f"{BASE}?state=trouble").text
    again = check(submit(writer, page, f"{BASE}/new", url=paper.url), is_public=False)
    assert "is one of your sources already" in again.text
    twice = submit(writer, page, f"{BASE}/add", **values)
    assert "This is a source already" in check(twice, is_public=False).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Write the address"),
        ("not an address", "Write a web address"),
        ("ftp://example.org/feed", "Write a web address"),
        ("https://user:secret@example.org/", "Leave out the name and password"),
        ("http://127.0.0.1:9/", "only the usual ports"),
        ("http://10.0.0.1/feed", "lies inside a network"),
        ("http://169.254.169.254/latest", "lies inside a network"),
        ("{site}/nothing", "We found no feed there"),
        ("{site}/broken", "The server has a fault"),
        ("{site}/cut", "broke off"),
    ],
)
def test_each_address_that_cannot_be_used_is_answered_in_a_sentence(
    writer: FlaskClient, website: Website, typed: str, sentence: str
) -> None:
    website.pages["/broken"] = Says(status=500)
    website.pages["/cut"] = Says(b"x", headers={"Content-Length": "9"})
    page = visit(writer, f"{BASE}/new")
    answer = submit(writer, page, f"{BASE}/new", url=typed.format(site=website.url))
    assert answer.status_code == 400
    assert sentence in check(answer, is_public=False).text


def test_a_feed_without_a_link_is_found_in_its_usual_place(writer: FlaskClient, website: Website) -> None:
    website.pages["/"] = Says(b"<html><body>Hello")
    website.pages["/feed.xml"] = good(rss(item(1)))
    page = visit(writer, f"{BASE}/new")
    found = check(submit(writer, page, f"{BASE}/new", url=website.url), is_public=False)
    assert "/feed.xml" in found.text


def test_keyword_rules_are_tried_before_they_are_saved(app: Flask, writer: FlaskClient, paper: Website) -> None:
    feed_id = add(app, f"{paper.url}/rss.xml", title="Tribune")
    fetch(app)
    page = visit(writer, f"{BASE}/{feed_id}/edit")
    with app.app_context():
        feed = get(feed_id)
        values = {"title": "Tribune", "url": feed.url, "trust": "press", "version": feed.version}
    values |= {"skip": "sponsor*\nbetting", "keep": "", "language": "en", "folder": "", "category": ""}
    tried = check(submit(writer, page, f"{BASE}/{feed_id}/try", **values), is_public=False)
    assert "Of the latest 15 entries, 14 would be kept and 1 skipped." in tried.text
    assert "It mentions “sponsor*”, which this source skips." in tried.text
    token = {name: page.values[name] for name in ("csrf_token",)}
    answer = writer.post(
        f"{BASE}/{feed_id}/try", data={**token, **values, "keep": "headline"}, headers={"Accept": "application/json"}
    )
    assert "14 would be kept" in answer.json["html"]
    with app.app_context():
        assert not any(entry.is_skipped for entry in entries(get(feed_id)))
    assert submit(writer, page, f"{BASE}/{feed_id}/edit", **values).status_code == 303
    with app.app_context():
        assert [entry.title for entry in entries(get(feed_id)) if entry.is_skipped] == ["Sponsored: gifts"]
    assert "which this source skips" in visit(writer, f"{BASE}/{feed_id}").text
    late = submit(writer, page, f"{BASE}/{feed_id}/edit", **values)
    assert late.status_code == 409
    bad = submit(writer, page, f"{BASE}/{feed_id}/edit", **(values | {"title": "", "url": "x y", "keep": "a\n" * 3}))
    assert bad.status_code == 400


def test_a_source_is_paused_removed_and_brought_back(app: Flask, writer: FlaskClient, paper: Website) -> None:
    feed_id = add(app, f"{paper.url}/rss.xml", title="Tribune")
    fetch(app)
    page = visit(writer, f"{BASE}/{feed_id}")
    for what, sentence in (
        ("fetch", "We ask it again in"),
        ("pause", "The source is paused"),
        ("resume", "The source is read again"),
    ):
        submit(writer, page, f"{BASE}/{feed_id}/{what}")
        assert sentence in visit(writer, f"{BASE}/{feed_id}").text
    assert submit(writer, page, f"{BASE}/{feed_id}/remove").status_code == 303
    assert "The source is removed" in visit(writer, BASE).text
    visit(writer, f"{BASE}/{feed_id}", status=404)
    submit(writer, page, f"{BASE}/{feed_id}/restore")
    assert "The source is back" in visit(writer, f"{BASE}/{feed_id}").text
    # Adding a removed one again keeps what it remembers, so that nothing comes twice.
    submit(writer, page, f"{BASE}/{feed_id}/remove")
    values = {"url": f"{paper.url}/rss.xml/", "folder": "", "category": "", "trust": "other"}
    back = submit(writer, page, f"{BASE}/add", **values)
    assert back.headers["Location"].endswith(f"/{feed_id}")
    with app.app_context():
        assert get(feed_id).etag == '"one"'
        assert len(entries(get(feed_id))) == 15


def test_trouble_is_said_in_plain_words_with_the_way_out(app: Flask, writer: FlaskClient, website: Website) -> None:
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/new.xml"></head></html>'
    website.pages["/"] = Says(page)
    feed_id = add(app, f"{website.url}/lost.xml", title="The Tribune", site_url=f"{website.url}/")
    gone_id = add(app, website.url.replace("127.0.0.1", "127.0.0.2") + "/gone.xml", title="Old Bulletin")
    website.pages["/gone.xml"] = Says(status=410)
    fetch(app)
    with app.app_context():
        db.session.rollback()
        db.session.execute(db.text("UPDATE feed_host SET not_before = NULL"))
        db.session.commit()
    fetch(app)
    text = visit(writer, f"{BASE}/{feed_id}").text
    assert "The Tribune has answered “not found” since today; its site now offers another address." in text
    assert f"{website.url}/new.xml" in text
    assert "gone for good" in visit(writer, f"{BASE}/{gone_id}").text
    listed = visit(writer, f"{BASE}?state=trouble").text
    assert "2 sources" in listed
    page_now = visit(writer, f"{BASE}/{feed_id}")
    submit(writer, page_now, f"{BASE}/{feed_id}/take-offer")
    assert "From now on the new address is read" in visit(writer, f"{BASE}/{feed_id}").text
    submit(writer, page_now, f"{BASE}/{feed_id}/move-back")
    with app.app_context():
        assert get(feed_id).url.endswith("/lost.xml")
    assert submit(writer, page_now, f"{BASE}/{feed_id}/move-back").status_code == 409


def test_viewers_read_and_do_not_write(app: Flask, client: FlaskClient) -> None:
    feed_id = add(app, "https://paper.example/feed", title="Tribune")
    with app.app_context():
        sign_in(client, make.user(RoleName.VIEWER))
    assert "Fetch now" not in visit(client, f"{BASE}/{feed_id}").text
    assert "Add a source" not in visit(client, BASE).text
    page = visit(client, f"{BASE}/new")
    assert submit(client, page, f"{BASE}/{feed_id}/remove").status_code == 403
    with app.app_context():
        assert isinstance(db.session.get(Feed, feed_id), Feed)
