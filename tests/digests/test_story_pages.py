"""The inbox and the page of a story: hostile words stay words, each button works without JavaScript."""

from flask import Flask
from flask.testing import FlaskClient

from campaigns.digests.models import Trust
from campaigns.digests.queries import stories
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.digests import news
from tests.digests.test_clustering import TEXT, TITLE
from tests.pages import Page

HOSTILE = "<script>alert(1)</script>\"' onload=x {{ 7*7 }} javascript:"


def signed_in(app: Flask, client: FlaskClient, role: RoleName = RoleName.WRITER) -> None:
    with app.app_context():
        pages.sign_in(client, make.user(role))


def fill(app: Flask) -> list[int]:
    """Three stories, one of them told twice and one hostile; gives their ids, as the inbox shows them."""
    with app.app_context():
        tribune = news.feed("The Tribune", category="Courts")
        news.entry(tribune, TITLE, TEXT)
        news.entry(news.feed("Our office", Trust.OWN), TITLE, TEXT)
        news.entry(tribune, "County opens a shelter", "Forty beds stand ready in Hayward.")
        news.entry(news.feed(HOSTILE), HOSTILE, HOSTILE, url="javascript:alert(1)", author=HOSTILE)
        news.place()
        return [card.story.id for card in stories.inbox().items]


def waiting(client: FlaskClient, path: str = "/news/stories") -> Page:
    return pages.visit(client, path)


def press(client: FlaskClient, page: Page, do: str, **more: object) -> str:
    """Press a button of the inbox; gives where it leads."""
    answer = pages.submit(client, page, "/news/stories/decide", do=do, **more)
    assert answer.status_code == 303
    return str(answer.location)


def test_an_empty_inbox_says_what_it_is_for(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    assert "No news yet" in waiting(client).text


def test_what_sources_wrote_is_shown_and_never_run(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    hostile, *_ = fill(app)
    for path in ("/news/stories", f"/news/stories/{hostile}"):
        page = waiting(client, path)
        assert "<script>alert(1)" in page.text
        assert 'href="javascript' not in page.html
        assert "49" not in page.text


def test_a_story_shows_its_reports_and_why_they_belong_together(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    *_, told = fill(app)
    page = waiting(client, f"/news/stories/{told}")
    for words in ("2 reports", "The Tribune", "Our office", "First report", "100 % alike", "speaks for the story"):
        assert words in page.text


def test_deciding_moves_on_and_can_be_taken_back(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    first, second, third = fill(app)
    page = waiting(client)
    assert page.values[f"next-{first}"] == str(second)
    where = press(client, page, f"pick:{first}", **{f"next-{first}": second})
    assert where == f"/news/stories#story-{second}"
    page = waiting(client)
    assert "The story is picked." in page.text
    undo = next(form["action"] for form in page.forms if "undo?change" in str(form["action"]))
    assert pages.submit(client, page, str(undo)).location == f"/news/stories#story-{first}"
    assert f'id="story-{first}"' in waiting(client).html
    press(client, page, "skip", story=[second, third])
    page = waiting(client, "/news/stories?view=skipped")
    assert "2 stories are skipped" in page.text
    assert f'id="story-{third}"' in page.html
    press(client, page, f"wait:{third}", view="skipped")
    assert f'id="story-{third}"' in waiting(client).html


def test_everything_that_was_found_can_be_skipped_at_once(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    fill(app)
    page = waiting(client, "/news/stories?category=Courts")
    assert "Skip all 2" in page.text
    assert press(client, page, "skip-all", category="Courts") == "/news/stories?category=Courts"
    assert "1 story" in waiting(client).text


def test_words_merge_split_and_who_speaks_work_by_forms(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    _, shelter, told = fill(app)
    page = waiting(client)
    press(client, page, f"write:{shelter}", **{f"note-{shelter}": "Ask Ben", f"summary-{shelter}": "A roof for forty"})
    assert "A roof for forty" in waiting(client).text
    press(client, page, "merge", story=[told, shelter])
    page = waiting(client, f"/news/stories/{told}")
    assert "3 reports" in page.text
    assert page.values["summary"] == "A roof for forty"
    assert client.get(f"/news/stories/{shelter}").location == f"/news/stories/{told}"
    for action in ("/speak/", "/split/"):
        target = [str(form["action"]) for form in page.forms if action in str(form["action"])][-1]
        assert pages.submit(client, page, target).location == f"/news/stories/{told}"
    page = waiting(client, f"/news/stories/{told}")
    assert "2 reports" in page.text
    assert "A source taken out" in page.text
    too_long = pages.submit(client, page, f"/news/stories/{told}/words", note="x" * 1001, summary="Kept")
    assert too_long.status_code == 400
    shown = pages.check(too_long, is_public=False)
    assert "at most 1,000 characters" in shown.text
    assert shown.values["summary"] == "Kept"
    assert pages.submit(client, page, f"/news/stories/{told}/decide", do="pick").status_code == 303
    assert "Picked" in waiting(client, f"/news/stories/{told}").text


def test_whoever_only_reads_sees_no_buttons(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client, RoleName.VIEWER)
    *_, told = fill(app)
    for path in ("/news/stories", f"/news/stories/{told}"):
        forms = [form for form in waiting(client, path).forms if "/news/" in str(form.get("action"))]
        assert not [form for form in forms if form.get("method") == "post" and "decide" not in str(form["action"])]
        assert 'name="do"' not in waiting(client, path).html


def test_the_script_is_told_what_happened(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    first, *_ = fill(app)
    page = waiting(client)
    answer = client.post(
        "/news/stories/decide",
        data={"csrf_token": page.values["csrf_token"], "do": f"pick:{first}"},
        headers={"Accept": "application/json"},
    )
    assert answer.get_json()["counts"] == {"waiting": 2, "picked": 1, "skipped": 0, "printed": 0, "older": 0}
    nothing = client.post(
        "/news/stories/decide",
        data={"csrf_token": page.values["csrf_token"], "do": "pick"},
        headers={"Accept": "application/json"},
    )
    assert (nothing.status_code, nothing.get_json()["detail"]) == (400, "Tick at least one story first.")
    assert client.get("/news/stories?view=nothing").status_code == 404
