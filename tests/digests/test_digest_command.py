"""`run.py digest preview|run`, in this process, with pages behind the links on loopback."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from campaigns.commands import issues as command
from campaigns.db import db
from campaigns.digests.models import Digest, DigestIssue, IssueState, PrintedStory
from campaigns.errors import NotFound
from campaigns.planning.models import ItemState
from tests.digests import issues as office
from tests.digests import news
from tests.digests.issues import TITLES
from tests.websites import Says, Website

pytestmark = pytest.mark.usefixtures("ctx")


def a_digest(website: Website, count: int = 3, **values: object) -> Digest:
    """A digest and stories of the paper."""
    author, approver = office.people()
    paper = news.feed("The Tribune", category="Courts")
    for title in TITLES[:count]:
        office.told(website, paper, title)
    return office.digest(author, approver, **values)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """How a command ends, and all that it printed."""
    code = command.digest(list(arguments))
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def issues() -> int:
    office.fresh()
    return db.session.scalar(select(func.count()).select_from(DigestIssue)) or 0


@pytest.mark.parametrize("name", ["Monday news", "monday NEWS", "monday-news"])
def test_a_preview_shows_what_the_next_issue_would_hold_and_changes_nothing(
    website: Website, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    sections = [{"title": "From the courts", "categories": ["courts"], "most": 0}]
    a_digest(website, sections=sections, quote_words=3)
    news.feed("KHON2", failing_since=news.clock.now(), trouble="not_found", problem="x")
    code, said = run(capsys, "preview", name)
    assert code == 0
    for words in (*TITLES[:3], "From the courts", "The Tribune, ", f"{website.url}/story/1", "3 to read."):
        assert words in said
    assert "Not read: " in said
    assert "“not found”" in said
    assert said.startswith("Monday news, ")
    assert (issues(), website.asked) == (0, [])


def test_a_preview_with_too_little_news_says_so_and_ends_with_one(
    website: Website, capsys: pytest.CaptureFixture[str]
) -> None:
    a_digest(website, 1, least=3)
    code, said = run(capsys, "preview", "Monday news")
    assert (code, "1 to read. It wants at least 3." in said) == (1, True)


def test_a_run_hands_the_draft_over_tells_how_far_it_is_and_what_to_look_at(
    website: Website, capsys: pytest.CaptureFixture[str]
) -> None:
    made = a_digest(website)
    website.pages["/story/2"] = Says(status=404)
    code, said = run(capsys, "run", "Monday news")
    assert code == 0
    assert "3 chosen." in said
    for done in (1, 2, 3):
        assert f"links looked at: {done} of 3" in said
    assert f"“{TITLES[1]}” leads to a page that is not there." in said
    one = office.issue(made)
    assert f"It waits for its approver: http://127.0.0.1:8000/news/digests/issues/{one.id}" in said
    assert (one.state, office.newsletter(one).state) == (IssueState.HANDED, ItemState.IN_REVIEW)
    assert office.mails() == ["Please read: Monday news"]
    assert sorted(website.paths()) == ["/story/1", "/story/2", "/story/3"]
    assert office.get(made.id).next_at == made.next_at, "its own time stays"


def test_a_second_run_finds_nothing_new_and_ends_with_one(website: Website, capsys: pytest.CaptureFixture[str]) -> None:
    made = a_digest(website)
    assert run(capsys, "run", "monday-news")[0] == 0
    code, said = run(capsys, "run", "monday-news")
    assert code == 1
    assert "There was no new story" in said
    assert "No draft was handed over: " in said
    assert office.issue(made).state == IssueState.SKIPPED
    assert db.session.scalar(select(func.count()).select_from(PrintedStory)) == 3


def test_a_run_whose_draft_cannot_be_approved_says_why_and_ends_with_one(
    website: Website, capsys: pytest.CaptureFixture[str]
) -> None:
    made = a_digest(website, opening="Dear {{ nickname }},")
    code, said = run(capsys, "run", "Monday news")
    assert code == 1
    assert "It cannot be approved yet. A merge field in " in said
    assert office.issue(made).state == IssueState.STUCK


def test_an_unknown_name_is_answered_with_the_known_ones(website: Website, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotFound, match="there is none yet"):
        run(capsys, "preview", "Tuesday")
    a_digest(website)
    for act in ("preview", "run"):
        with pytest.raises(NotFound, match=r"There is no digest “Tuesday”\. The digests are: “Monday news”"):
            run(capsys, act, "Tuesday")
    assert issues() == 0


@pytest.mark.parametrize(("wrong", "code"), [([], 2), (["dance"], 2), (["run"], 2), (["run", "--help"], 0)])
def test_what_cannot_be_understood_ends_with_two(
    ctx: Flask, capsys: pytest.CaptureFixture[str], wrong: list[str], code: int
) -> None:
    found, said = run(capsys, *wrong)
    assert (found, "run.py digest" in said) == (code, True)
