"""A printed story is corrected: on its page at once, and once in the next issue that leaves; on each engine."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.digests.actions import corrections, digests, issues
from campaigns.digests.models import Correction, Digest, DigestIssue, IssueState
from campaigns.digests.queries import corrections as queries
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters import preparing
from campaigns.newsletters.queries import document_of
from campaigns.staff.models import AuditEntry, User
from tests.digests import issues as office
from tests.digests import news
from tests.digests.issues import TITLES
from tests.websites import Website

pytestmark = pytest.mark.usefixtures("ctx")
LATER = timedelta(days=7)


def printed(website: Website, **values: object) -> tuple[Digest, User, User, list[int], datetime]:
    """A digest whose first issue with two stories left: it, who writes and approves, the stories, and when."""
    author, approver = office.people()
    paper = news.feed("The Tribune")
    for title in TITLES[:2]:
        office.told(website, paper, title)
    made = office.digest(author, approver, **values)
    at = office.due(made)
    issues.work(at)
    office.send(office.issue(made), approver, at)
    return office.get(made.id), author, approver, [row.id for row in office.printed(office.issue(made))], at


def next_issue(website: Website, made: Digest, title: str, at: datetime) -> DigestIssue:
    """The issue a week later, with one new story."""
    office.told(website, news.feed("KHON2"), title)
    issues.work(at)
    return office.issue(made)


def correction(number: int) -> Correction:
    office.fresh()
    return db.session.get_one(Correction, number)


def said(one: DigestIssue) -> list[str]:
    """The corrections that a draft holds, in order."""
    blocks = document_of(office.newsletter(one)).text("en").blocks
    return [str(block.text) for block in blocks if block.kind == "story" and "Correction to" in block.source]


def recorded() -> list[str]:
    found = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
    return [one for one in found if one.startswith("story.")]


def test_several_corrections_of_a_story_are_said_in_their_order_and_once(website: Website) -> None:
    made, author, approver, (first, second), at = printed(website)
    numbers = [
        corrections.correct(first, "It was eight people.", author.id, at),
        corrections.correct(second, "The county opens forty-one beds.", author.id, at),
        corrections.correct(first, "  The motel is in Berkeley.\x00 ", author.id, at),
    ]
    office.fresh()
    assert [one.text for one in queries.of_printed([first])[first]] == [
        "It was eight people.",
        "The motel is in Berkeley.",
    ]
    one = next_issue(website, made, TITLES[2], at + LATER)
    assert said(one) == ["It was eight people.", "The county opens forty-one beds.", "The motel is in Berkeley."]
    assert "Correction to what we printed on" in office.document(one)
    assert {correction(number).issue_id for number in numbers} == {one.id}
    assert queries.waiting_for(made.id) == []
    office.send(one, approver, at + LATER)
    assert all(correction(number).said_at for number in numbers)
    assert said(next_issue(website, made, TITLES[3], at + LATER * 2)) == []


def test_a_correction_is_taken_back_before_an_issue_says_it_and_never_afterwards(website: Website) -> None:
    made, author, approver, (first, second), at = printed(website)
    gone = corrections.correct(first, "It was eight people.", author.id, at)
    corrections.withdraw(gone, author.id, at)
    assert queries.waiting_for(made.id) == []
    with pytest.raises(NotFound):
        corrections.withdraw(gone, author.id, at)
    with pytest.raises(NotFound):
        queries.issue_of(gone)
    kept = corrections.correct(second, "The county opens forty-one beds.", author.id, at)
    assert recorded() == ["story.corrected", "story.correction_withdrawn", "story.corrected"]
    one = next_issue(website, made, TITLES[2], at + LATER)
    assert said(one) == ["The county opens forty-one beds."]
    with pytest.raises(Conflict):
        corrections.withdraw(kept, author.id, at)
    office.send(one, approver, at + LATER)
    with pytest.raises(Conflict):
        corrections.withdraw(kept, author.id, at)
    assert correction(kept).said_at is not None


@pytest.mark.parametrize("way", ["on the page of the issue", "on the page of the newsletter"])
def test_an_issue_that_is_thrown_away_leaves_its_corrections_to_the_next(website: Website, way: str) -> None:
    made, author, _, (first, _), at = printed(website)
    number = corrections.correct(first, "It was eight people.", author.id, at)
    one = next_issue(website, made, TITLES[2], at + LATER)
    assert correction(number).issue_id == one.id
    if way == "on the page of the issue":
        issues.drop(one.id, author.id, at + LATER)
    else:
        newsletters.bin(office.newsletter(one).id, author.id, at + LATER)
        issues.work(at + LATER)
    assert office.issue(made).state == IssueState.DROPPED
    assert (correction(number).issue_id, correction(number).said_at) == (None, None)
    issues.work(at + LATER * 2)
    assert said(office.issue(made)) == ["It was eight people."]


def test_a_correction_of_a_dropped_issue_may_be_taken_back(website: Website) -> None:
    made, author, _, (first, _), at = printed(website)
    number = corrections.correct(first, "It was eight people.", author.id, at)
    issues.drop(next_issue(website, made, TITLES[2], at + LATER).id, author.id, at + LATER)
    corrections.withdraw(number, author.id, at + LATER)
    issues.work(at + LATER * 2)
    assert said(office.issue(made)) == []


def test_a_correction_that_somebody_takes_out_of_the_draft_was_not_said(website: Website) -> None:
    made, author, approver, (first, second), at = printed(website)
    kept = corrections.correct(first, "It was eight people.", author.id, at)
    cut = corrections.correct(second, "The county opens forty-one beds.", author.id, at)
    one = next_issue(website, made, TITLES[2], at + LATER)
    draft = office.newsletter(one)
    newsletters.take_back(draft.id, author.id, at + LATER)
    document = document_of(office.newsletter(one)).to_json()
    blocks = document["editions"]["en"]["blocks"]
    document["editions"]["en"]["blocks"] = [block for block in blocks if "forty-one" not in str(block.get("text"))]
    newsletters.save(draft.id, office.newsletter(one).version, document, author.id, at + LATER)
    newsletters.submit(preparing.prepare(draft.id, clock.now()), "", author.id, clock.now())
    office.send(one, approver, at + LATER)
    assert office.issue(made).state == IssueState.SENT
    assert correction(kept).said_at is not None
    assert (correction(cut).said_at, correction(cut).issue_id) == (None, None)
    assert said(next_issue(website, made, TITLES[3], at + LATER * 2)) == ["The county opens forty-one beds."]


def test_an_issue_that_is_skipped_says_nothing_and_the_correction_waits(website: Website) -> None:
    made, author, _, (first, _), at = printed(website)
    number = corrections.correct(first, "It was eight people.", author.id, at)
    issues.work(at + LATER)
    assert office.issue(made).state == IssueState.SKIPPED
    assert correction(number).issue_id is None
    assert [one.id for one, _ in queries.waiting_for(made.id)] == [number]


def test_another_digest_does_not_say_it(website: Website) -> None:
    made, author, approver, (first, _), at = printed(website)
    corrections.correct(first, "It was eight people.", author.id, at)
    other = office.digest(author, approver, name="Second look", at_time="09:00")
    digests.switch(made.id, False, author.id, at)
    office.told(website, news.feed("KHON2"), TITLES[2])
    issues.work(max(office.due(other), at + LATER))
    assert office.issue(other).state == IssueState.HANDED
    assert said(office.issue(other)) == []


def test_what_cannot_be_corrected_says_why(website: Website) -> None:
    made, author, _, (first, _), at = printed(website)
    one = next_issue(website, made, TITLES[2], at + LATER)
    with pytest.raises(Conflict, match="not printed yet"):
        corrections.correct(office.printed(one)[0].id, "Eight.", author.id, at)
    for text in ("", " \x00\n", "x" * (corrections.LONGEST + 1)):
        with pytest.raises(Invalid):
            corrections.correct(first, text, author.id, at)
    with pytest.raises(NotFound):
        corrections.correct(9999, "Eight.", author.id, at)
    assert queries.waiting_for(made.id) == []
    assert corrections.correct(first, "x" * corrections.LONGEST, author.id, clock.now())
