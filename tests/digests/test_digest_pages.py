"""The pages of digests: make one, look at what it would hold, hand over, standing approval, corrections."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.db import db
from campaigns.digests.actions import issues
from campaigns.digests.models import Digest, Trust
from campaigns.digests.queries import digests as queries
from campaigns.planning import queries as planning
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.digests import issues as office
from tests.digests import news
from tests.digests.issues import TITLES
from tests.websites import Website

RULE = {
    "name": "Monday news",
    "every": "week",
    "weekdays": "0",
    "month_day": "1",
    "at_time": "08:00",
    "zone": "America/Los_Angeles",
    "rhythm": "",
    "sender_id": "0",
    "most": "10",
    "most_per_source": "0",
    "least": "1",
    "when_little": "skip",
    "story_order": "newest",
    "quote_words": "40",
    "credit": "source_date",
    "is_public": "y",
}


def signed_in(app: Flask, client: FlaskClient, role: RoleName = RoleName.WRITER) -> int:
    with app.app_context():
        user = make.user(role)
        pages.sign_in(client, user)
        return user.id


def prepared(app: Flask, website: Website, **values: object) -> tuple[int, int]:
    """A digest with three stories, switched on, by others; gives it and its approver."""
    with app.app_context():
        author, approver = office.people()
        paper = news.feed("The Tribune", Trust.OWN if values.get("only_own") else Trust.PRESS)
        for title in TITLES[:3]:
            office.told(website, paper, title)
        return office.digest(author, approver, **values).id, approver.id


def handed(app: Flask, digest_id: int) -> int:
    """Its issue, handed over."""
    with app.app_context():
        issues.work(office.due(office.get(digest_id)))
        return office.issue(office.get(digest_id)).id


def test_an_empty_list_says_what_a_digest_is(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    page = pages.visit(client, "/news/digests")
    assert "There is no digest yet" in page.text
    assert "Make the first digest" in page.text


def test_a_digest_is_made_and_switched_on_step_by_step(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    with app.app_context():
        approver, first = make.user(RoleName.APPROVER, name="Ben Ho"), make.first_list().id
    page = pages.visit(client, "/news/digests/new")
    answer = pages.submit(client, page, "/news/digests/new", **RULE, list_ids=str(first), approver_id="0", version="0")
    assert answer.status_code == 303
    where = str(answer.location)
    page = pages.visit(client, where)
    assert "Mondays at 8:00 am" in page.text
    refused = pages.submit(client, page, f"{where}/on")
    assert refused.location == f"{where}/edit"
    page = pages.visit(client, f"{where}/edit")
    assert "Choose who is asked to approve each issue first." in page.text
    changed = {**RULE, "list_ids": str(first), "approver_id": str(approver.id), "version": page.values["version"]}
    assert pages.submit(client, page, f"{where}/edit", **changed).status_code == 303
    assert pages.submit(client, pages.visit(client, where), f"{where}/on").location == where
    page = pages.visit(client, where)
    assert "On" in page.text
    with app.app_context():
        digest = queries.digests()[0]
        assert planning.get_item("digest", digest.id).due_at == digest.next_at
    assert "Monday news: draft of the next issue" in pages.visit(client, "/calendar?view=list").text
    answer = pages.submit(client, page, f"{where}/archive")
    assert "Archive (1)" in pages.visit(client, str(answer.location)).text


def test_bad_input_is_said_beside_each_field_and_nothing_is_lost(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    page = pages.visit(client, "/news/digests/new")
    wrong = {**RULE, "name": "", "most": "0", "least": "70", "sections-0-title": "Courts", "sections-0-most": "many"}
    answer = pages.submit(client, page, "/news/digests/new", **wrong, approver_id="0", version="0")
    assert answer.status_code == 400
    said = answer.get_data(as_text=True)
    for sentence in ("Give the digest a name", "Write a number from 1 to 50", "Write a number up to 50, or nothing"):
        assert sentence in said
    assert 'value="Courts"' in said


def test_two_people_changing_a_rule_at_once_do_not_overwrite_each_other(
    app: Flask, client: FlaskClient, website: Website
) -> None:
    number, approver = prepared(app, website)
    signed_in(app, client)
    page = pages.visit(client, f"/news/digests/{number}/edit")
    with app.app_context():
        first = make.first_list().id
    rule = {**RULE, "list_ids": str(first), "approver_id": str(approver), "version": page.values["version"]}
    assert pages.submit(client, page, f"/news/digests/{number}/edit", **rule).status_code == 303
    answer = pages.submit(client, page, f"/news/digests/{number}/edit", **rule)
    assert answer.status_code == 409
    assert "Somebody changed this digest while you were typing" in answer.get_data(as_text=True)


def test_its_page_shows_what_it_would_hold_and_makes_a_draft_at_once(
    app: Flask, client: FlaskClient, website: Website
) -> None:
    number, _ = prepared(app, website)
    signed_in(app, client)
    page = pages.visit(client, f"/news/digests/{number}")
    for title in TITLES[:3]:
        assert title in page.text
    answer = pages.submit(client, page, f"/news/digests/{number}/run")
    page = pages.visit(client, str(answer.location))
    assert "Its links are being looked at" in page.text
    assert client.get(f"{answer.location}/state").get_json()["done"] is False
    with app.app_context():
        issues.work(clock.now())
    page = pages.visit(client, str(answer.location))
    assert "Waits for approval" in page.text
    assert "has an address without protection (http)" in page.text
    assert client.get(f"{answer.location}/state").get_json()["done"] is True


def test_a_draft_is_thrown_away_and_its_stories_are_free(app: Flask, client: FlaskClient, website: Website) -> None:
    number, _ = prepared(app, website)
    issue = handed(app, number)
    signed_in(app, client)
    page = pages.visit(client, f"/news/digests/issues/{issue}")
    pages.submit(client, page, f"/news/digests/issues/{issue}/drop")
    assert "Thrown away" in pages.visit(client, f"/news/digests/issues/{issue}").text
    assert TITLES[0] in pages.visit(client, f"/news/digests/{number}").text


def test_a_standing_approval_is_recorded_by_one_agreed_to_by_the_named_and_taken_back(
    app: Flask, client: FlaskClient, website: Website
) -> None:
    number, approver = prepared(app, website, only_own=True)
    signed_in(app, client, RoleName.ADMINISTRATOR)
    where = f"/news/digests/{number}"
    page = pages.visit(client, where)
    answer = pages.submit(client, page, f"{where}/standing", approver_id=approver, days="91")
    assert answer.status_code == 400
    assert "Write a number from 1 to 90." in answer.get_data(as_text=True)
    pages.submit(client, page, f"{where}/standing", approver_id=approver, days="30")
    assert "is asked to approve all issues" in pages.visit(client, where).text
    other = app.test_client()
    with app.app_context():
        pages.sign_in(other, db.session.get_one(make.User, approver))
        standing = queries.standing(number)
        assert standing is not None
        number_of_it = standing.id
    page = pages.visit(other, where)
    pages.submit(other, page, f"{where}/standing/{number_of_it}/agree")
    page = pages.visit(other, where)
    assert "approved all issues of exactly this rule" in page.text
    pages.submit(other, page, f"{where}/standing/{number_of_it}/revoke")
    page = pages.visit(other, where)
    assert "A person approves each issue." in page.text
    assert "It was taken back." in page.text


def test_writers_cannot_record_a_standing_approval(app: Flask, client: FlaskClient, website: Website) -> None:
    number, approver = prepared(app, website, only_own=True)
    signed_in(app, client)
    page = pages.visit(client, f"/news/digests/{number}")
    answer = pages.submit(client, page, f"/news/digests/{number}/standing", approver_id=approver, days="30")
    assert answer.status_code == 403


def test_a_printed_story_is_corrected_and_the_next_issue_says_so(
    app: Flask, client: FlaskClient, website: Website
) -> None:
    number, approver = prepared(app, website)
    issue = handed(app, number)
    signed_in(app, client)
    where = f"/news/digests/issues/{issue}"
    with app.app_context():
        row = office.printed(office.issue(office.get(number)))[0].id
    early = pages.submit(client, pages.visit(client, where), f"/news/digests/issues/stories/{row}/correct", text="No.")
    assert early.status_code == 409
    with app.app_context():
        made = office.get(number)
        office.send(office.issue(made), db.session.get_one(make.User, approver), clock.now())
    page = pages.visit(client, where)
    empty = pages.submit(client, page, f"/news/digests/issues/stories/{row}/correct", text=" ")
    assert empty.status_code == 400
    pages.submit(client, page, f"/news/digests/issues/stories/{row}/correct", text="It was *eight* people.")
    page = pages.visit(client, where)
    assert "It was *eight* people. The next issue says so." in page.text
    with app.app_context():
        office.told(website, news.feed("KHON2"), TITLES[3])
        made = office.get(number)
        issues.work(office.due(made) + timedelta(minutes=1))
        second = office.issue(office.get(number))
        text = office.document(second)
        assert "Corrections" in text
        assert "It was *eight* people." in text
        office.send(second, db.session.get_one(make.User, approver), clock.now())
    page = pages.visit(client, where)
    assert "An issue said so." in page.text


def test_viewers_look_and_change_nothing(app: Flask, client: FlaskClient, website: Website) -> None:
    number, _ = prepared(app, website)
    issue = handed(app, number)
    signed_in(app, client, RoleName.VIEWER)
    for path in ("/news/digests", f"/news/digests/{number}", f"/news/digests/issues/{issue}"):
        assert "<form" not in pages.visit(client, path).html.split("<main", 1)[1].split("</main", 1)[0]
    page = pages.visit(client, f"/news/digests/{number}")
    for act in ("off", "run", "archive", "edit"):
        assert pages.submit(client, page, f"/news/digests/{number}/{act}").status_code == 403


def test_what_does_not_exist_says_so(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    for path in ("/news/digests/99", "/news/digests/issues/99", "/news/digests/99/edit"):
        pages.visit(client, path, status=404)


def test_hostile_words_stay_words(app: Flask, client: FlaskClient, website: Website) -> None:
    hostile = "<script>alert(1)</script> {{ 7*7 }} [x](javascript:alert(1))"
    with app.app_context():
        author, approver = office.people()
        office.told(website, news.feed(hostile), hostile, author=hostile)
        made: Digest = office.digest(author, approver, name=hostile[:90])
        number = made.id
    issue = handed(app, number)
    signed_in(app, client)
    with app.app_context():
        newsletter = office.newsletter(office.issue(office.get(number))).id
    shown = [pages.visit(client, path).html for path in (f"/news/digests/{number}", f"/news/digests/issues/{issue}")]
    shown.append(client.get(f"/newsletters/{newsletter}/preview").get_data(as_text=True))
    for html in shown:
        assert "<script>alert(1)" not in html
        assert 'href="javascript' not in html
        assert "{{ 7*7 }}" in html
