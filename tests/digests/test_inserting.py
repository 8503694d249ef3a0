"""A story goes into any newsletter as it is now, once; a source that changes later is shown, and changes nothing."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image as Picture

from campaigns import clock
from campaigns.db import db
from campaigns.digests.actions import inserting, issues
from campaigns.digests.models import Entry, PrintedStory
from campaigns.digests.queries import stories
from campaigns.errors import Conflict, Invalid
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.queries import document_of
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.digests import issues as office
from tests.digests import news
from tests.digests.issues import TITLES
from tests.newsletters import compose
from tests.websites import Says, Website


def png() -> bytes:
    """A small picture."""
    held = io.BytesIO()
    Picture.new("RGB", (40, 30), "teal").save(held, "PNG")
    return held.getvalue()


def blocks(newsletter_id: int) -> list[dict[str, object]]:
    office.fresh()
    document = document_of(db.session.get_one(Newsletter, newsletter_id))
    return [block.model_dump() for block in document.text("en").blocks if block.kind == "story"]


def test_a_story_stands_at_the_end_with_its_words_link_source_and_picture(ctx: Flask, website: Website) -> None:
    author, _ = compose.people()
    website.pages["/picture.png"] = Says(png(), headers={"Content-Type": "image/png"})
    story = news.story(TITLES[0], news.feed("The Tribune"), text="Some words.", image_url=f"{website.url}/picture.png")
    draft = compose.draft(author)
    made, problems = inserting.add([story.id], draft, True, author.id, clock.now())
    assert (made, problems) == (draft, [])
    (block,) = blocks(draft)
    assert (block["title"], block["text"], block["is_quoted"]) == (TITLES[0], "Some words.", True)
    assert str(block["source"]).startswith("The Tribune, ")
    assert block["image"]
    assert block["source_hash"] == office.entry_of(story).content_hash
    assert document_of(db.session.get_one(Newsletter, draft)).text("en").blocks[-1].kind == "story"


def test_a_picture_that_is_none_is_left_out_and_said(ctx: Flask, website: Website) -> None:
    author, _ = compose.people()
    website.pages["/picture.png"] = Says(b"<script>")
    story = news.story(TITLES[0], image_url=f"{website.url}/picture.png")
    inside = news.story(TITLES[1], image_url="http://10.0.0.1/secret.png")
    made, problems = inserting.add([story.id, inside.id], None, True, author.id, clock.now())
    assert len(problems) == 2
    assert [block["image"] for block in blocks(made)] == ["", ""]


def test_without_a_newsletter_a_new_one_begins(ctx: Flask) -> None:
    author, _ = compose.people()
    story = news.story(TITLES[0])
    made, _ = inserting.add([story.id], None, False, author.id, clock.now())
    assert db.session.get_one(Newsletter, made).title == f"News: {TITLES[0]}"


def test_no_story_is_in_two_newsletters_or_twice_in_one(ctx: Flask) -> None:
    author, approver = compose.people()
    make.subscriber()
    story = news.story(TITLES[0])
    first, second = compose.draft(author), compose.draft(author, title="Another")
    inserting.add([story.id], first, False, author.id, clock.now())
    with pytest.raises(Conflict, match="It is in this newsletter already"):
        inserting.add([story.id], first, False, author.id, clock.now())
    with pytest.raises(Conflict, match="“December news” holds it already"):
        inserting.add([story.id], second, False, author.id, clock.now())
    other = news.story(TITLES[1])
    _, problems = inserting.add([story.id, other.id], second, False, author.id, clock.now())
    assert len(problems) == 1
    assert [block["title"] for block in blocks(second)] == [TITLES[1]]
    newsletters.submit(compose.preparing.prepare(first, clock.now()), "", author.id, clock.now())
    compose.approve(first, approver)
    newsletters.launch_due(compose.a_minute_later())
    issues.work(clock.now())
    with pytest.raises(Conflict, match="“December news” printed it already"):
        inserting.add([story.id], second, False, author.id, clock.now())
    assert issues.drafting.choose(office.digest(author, approver), clock.now()).count == 0


def test_what_is_taken_out_or_undone_is_free_again(ctx: Flask) -> None:
    author, _ = compose.people()
    first, second = news.story(TITLES[0]), news.story(TITLES[1])
    draft = compose.draft(author)
    inserting.add([first.id, second.id], draft, False, author.id, clock.now())
    rows = {row.story_id: row.id for row in db.session.scalars(db.select(PrintedStory))}
    inserting.take_out(rows[first.id], author.id, clock.now())
    assert [block["title"] for block in blocks(draft)] == [TITLES[1]]
    inserting.add([first.id], None, False, author.id, clock.now())
    document = document_of(db.session.get_one(Newsletter, draft)).to_json()
    document["editions"]["en"]["blocks"] = document["editions"]["en"]["blocks"][:2]
    newsletters.save(draft, db.session.get_one(Newsletter, draft).version, document, author.id, clock.now())
    issues.work(clock.now())
    made, _ = inserting.add([second.id], None, False, author.id, clock.now())
    assert blocks(made)


def test_an_approval_is_void_and_what_left_is_never_touched(ctx: Flask) -> None:
    author, approver = compose.people()
    make.subscriber()
    story, other = news.story(TITLES[0]), news.story(TITLES[1])
    draft = compose.approved(author, approver)
    inserting.add([story.id], draft, False, author.id, clock.now())
    assert db.session.get_one(Newsletter, draft).state == "draft"
    sent = compose.launched(author, approver, title="Sent").id
    with pytest.raises(Conflict, match="no longer be changed"):
        inserting.add([other.id], sent, False, author.id, clock.now())
    with pytest.raises(Invalid):
        inserting.add([], draft, False, author.id, clock.now())


def test_a_source_that_changes_is_shown_and_changes_nothing(ctx: Flask) -> None:
    author, _ = compose.people()
    story = news.story(TITLES[0])
    draft = compose.draft(author)
    inserting.add([story.id], draft, False, author.id, clock.now())
    assert stories.get_card(story.id).changed == []
    entry = db.session.get_one(Entry, story.lead_id)
    entry.title, entry.content_hash = "Twelve people freed", "1" * 64
    db.session.commit()
    office.fresh()
    assert [row.title for row in stories.get_card(story.id).changed] == [TITLES[0]]
    assert [block["title"] for block in blocks(draft)] == [TITLES[0]]


def test_the_pages_lead_from_a_story_or_ticked_ones_to_a_newsletter_and_back(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        author, _ = compose.people()
        pages.sign_in(client, author)
        first, second = news.story(TITLES[0]).id, news.story(TITLES[1]).id
        draft = compose.draft(author)
    page = pages.visit(client, f"/news/stories/{first}")
    assert f"/news/stories/newsletter?story={first}" in page.html
    inbox = pages.visit(client, "/news/stories")
    answer = pages.submit(client, inbox, "/news/stories/decide", do="newsletter", story=[first, second])
    where = str(answer.location)
    page = pages.visit(client, where)
    assert "2 stories" in page.text
    assert "December news" in page.text
    answer = pages.submit(client, page, "/news/stories/newsletter", story=[first, second], newsletter=draft)
    assert answer.location == f"/newsletters/{draft}"
    page = pages.visit(client, f"/news/stories/{first}")
    assert "not sent yet" in page.text
    take_out = next(str(form["action"]) for form in page.forms if "take-out" in str(form["action"]))
    pages.submit(client, page, take_out)
    assert "In none yet." in pages.visit(client, f"/news/stories/{first}").text
    assert "No story is chosen" in pages.visit(client, "/news/stories/newsletter").text


def test_viewers_cannot_add(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        pages.sign_in(client, make.user(RoleName.VIEWER))
        story = news.story(TITLES[0]).id
    assert client.get(f"/news/stories/newsletter?story={story}").status_code == 403
    page = pages.visit(client, f"/news/stories/{story}")
    assert "Add to newsletter" not in page.text
    assert pages.submit(client, page, "/news/stories/newsletter", story=story).status_code == 403
