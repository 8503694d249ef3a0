"""A digest makes one draft at its time, hands it to its approver, and prints no story twice; on each engine."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.digests import drafting
from campaigns.digests.actions import digests, handing, issues, triage
from campaigns.digests.models import Digest, IssueState, PrintedKey, StoryState, Trust
from campaigns.digests.queries import checks
from campaigns.digests.queries import digests as queries
from campaigns.errors import Conflict, Invalid
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters.queries import document_of
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.staff.models import User
from tests import make
from tests.digests import issues as office
from tests.digests import news
from tests.digests.issues import TITLES
from tests.newsletters import compose
from tests.websites import Says, Website

pytestmark = pytest.mark.usefixtures("ctx")


def blocks(made: Digest) -> list[dict[str, object]]:
    document = document_of(office.newsletter(office.issue(made)))
    return [block.model_dump() for block in document.text("en").blocks]


def titles(made: Digest) -> list[object]:
    return [block["title"] for block in blocks(made) if block["kind"] == "story"]


def a_digest(website: Website, count: int = 3, **values: object) -> tuple[Digest, User, User]:
    """A digest, stories of the paper, and who writes and approves."""
    author, approver = office.people()
    paper = news.feed("The Tribune", category="Courts")
    for title in TITLES[:count]:
        office.told(website, paper, title)
    return office.digest(author, approver, **values), author, approver


def test_at_its_time_a_draft_is_handed_to_the_approver_and_nothing_is_sent(website: Website) -> None:
    made, author, _ = a_digest(website)
    at = office.due(made)
    assert issues.work(at - timedelta(seconds=1)) == 0
    assert issues.work(at) == 2
    one = office.issue(made)
    assert (one.state, one.story_count, one.slot_at, one.is_late) == (IssueState.HANDED, 3, at, False)
    draft = office.newsletter(one)
    assert (draft.state, draft.author_id, draft.sent_at) == (ItemState.IN_REVIEW, author.id, None)
    assert sorted(map(str, titles(made))) == sorted(TITLES[:3])
    assert [f"{item.kind}" for item in planning.waiting()] == ["newsletter"]
    assert office.mails() == ["Please read: Monday news"]
    assert office.due(office.get(made.id)) == at + timedelta(days=7)
    assert issues.work(at + timedelta(minutes=1)) == 0


def test_picked_stories_come_first_with_our_own_words_and_the_others_are_quoted(website: Website) -> None:
    made, author, _ = a_digest(website, 3, quote_words=3)
    chosen = next(card for card in _waiting() if card.title == TITLES[0])
    triage.decide([chosen.id], "pick", author.id, clock.now())
    triage.write(chosen.id, note="", summary="In our own words.", user_id=author.id, now=clock.now())
    issues.work(office.due(made))
    first, *others = [block for block in blocks(made) if block["kind"] == "story"]
    assert (first["title"], first["text"], first["is_quoted"]) == (TITLES[0], "In our own words.", False)
    assert all(block["is_quoted"] for block in others)
    assert all(str(block["text"]).count(" ") <= 3 for block in others)
    assert all(str(block["source"]).startswith("The Tribune, ") for block in others)


def _waiting() -> list[office.Story]:
    office.fresh()
    return list(db.session.scalars(select(office.Story).where(office.Story.state == StoryState.WAITING)))


def test_no_story_is_printed_twice_by_this_digest_or_another(website: Website) -> None:
    made, author, approver = a_digest(website, 2)
    other = office.digest(author, approver, name="Second look", at_time="09:00")
    at = office.due(made)
    issues.work(at)
    office.send(office.issue(made), approver, at)
    assert office.issue(made).state == IssueState.SENT
    assert all(row.printed_at for row in office.printed(office.issue(made)))
    issues.work(office.due(other))
    assert office.issue(other).state == IssueState.SKIPPED
    assert "no new story" in office.issue(other).note
    office.told(website, news.feed("KHON2"), TITLES[2])
    issues.work(at + timedelta(days=7))
    assert titles(made) == [TITLES[2]]


def test_a_later_report_of_a_printed_story_does_not_bring_it_back(website: Website) -> None:
    made, _, approver = a_digest(website, 1)
    at = office.due(made)
    issues.work(at)
    office.send(office.issue(made), approver, at)
    news.entry(news.feed("KHON2"), TITLES[0], f"{TITLES[0]}. More was said.")
    news.place()
    assert drafting.choose(office.get(made.id), at + timedelta(days=1)).count == 0


def test_what_is_thrown_away_or_taken_out_is_free_again(website: Website) -> None:
    made, author, _ = a_digest(website, 2)
    at = office.due(made)
    issues.work(at)
    first = office.issue(made)
    document = document_of(office.newsletter(first)).to_json()
    kept = [block for block in document["editions"]["en"]["blocks"] if block["kind"] != "story"]
    kept.append(next(block for block in document["editions"]["en"]["blocks"] if block["kind"] == "story"))
    document["editions"]["en"]["blocks"] = kept
    draft = office.newsletter(first)
    newsletters.save(draft.id, draft.version, document, author.id, at)
    issues.work(at + timedelta(minutes=1))
    assert len(office.printed(first)) == 1
    assert drafting.choose(office.get(made.id), at).count == 1
    issues.drop(first.id, author.id, at + timedelta(minutes=2))
    assert office.issue(made).state == IssueState.DROPPED
    assert drafting.choose(office.get(made.id), at).count == 2
    assert db.session.scalar(select(PrintedKey)) is None
    with pytest.raises(Conflict):
        issues.drop(first.id, author.id, at)


def test_a_draft_that_is_thrown_away_on_its_own_page_ends_the_issue(website: Website) -> None:
    made, author, _ = a_digest(website, 2)
    at = office.due(made)
    issues.work(at)
    newsletters.bin(office.newsletter(office.issue(made)).id, author.id, at)
    issues.work(at + timedelta(minutes=1))
    assert office.issue(made).state == IssueState.DROPPED
    assert drafting.choose(office.get(made.id), at).count == 2


def test_little_news_is_skipped_and_said(website: Website) -> None:
    made, _, _ = a_digest(website, 2, least=3)
    issues.work(office.due(made))
    one = office.issue(made)
    assert (one.state, one.newsletter_id) == (IssueState.SKIPPED, None)
    assert one.note == "There were 2 new stories, and this digest wants at least 3. This issue was skipped."
    assert len(office.mails()) == 2


def test_little_news_waits_until_there_is_enough(website: Website) -> None:
    made, _, _ = a_digest(website, 2, least=3, when_little="wait")
    at = office.due(made)
    issues.work(at)
    assert office.issue(made).state == IssueState.WAITING
    office.told(website, news.feed("KHON2"), TITLES[3])
    assert issues.work(at + timedelta(minutes=30)) == 0
    issues.work(at + timedelta(minutes=61))
    assert (office.issue(made).state, office.issue(made).story_count) == (IssueState.HANDED, 3)


def test_what_waits_for_news_ends_with_the_next_issue(website: Website) -> None:
    made, _, _ = a_digest(website, 1, least=3, when_little="wait")
    at = office.due(made)
    issues.work(at)
    first = office.issue(made)
    issues.work(at + timedelta(days=7))
    office.fresh()
    assert queries.get_issue(first.id).state == IssueState.SKIPPED
    assert office.issue(made).state == IssueState.WAITING


def test_after_weeks_without_power_there_is_one_late_and_capped_issue(website: Website) -> None:
    made, _, _ = a_digest(website, 5, most=4)
    first = office.due(made)
    issues.work(first + timedelta(days=22))
    found = queries.issues_of(made.id).items
    assert len(found) == 1
    assert (found[0].is_late, found[0].story_count) == (True, 4)
    assert found[0].slot_at == first + timedelta(days=21)
    assert "It is late" in found[0].note
    assert "3 earlier times" in found[0].note
    assert office.due(office.get(made.id)) == first + timedelta(days=28)


def test_the_hour_stays_when_the_clocks_change(website: Website) -> None:
    made, _, _ = a_digest(website, 1, zone="America/Los_Angeles")
    walls = set()
    at = clock.now()
    for _ in range(30):
        at = queries.rhythm_of(made).next_after(at)
        walls.add(clock.wall_time_of(at, "America/Los_Angeles").strftime("%a %H:%M"))
    assert walls == {"Mon 08:00"}


def test_a_source_that_could_not_be_read_is_named_to_readers_and_the_approver(website: Website) -> None:
    made, _, _ = a_digest(website, 2)
    news.feed("[Gone](https://evil.example) {{ x }}", failing_since=clock.now(), trouble="not_found", problem="x")
    issues.work(office.due(made))
    one = office.issue(made)
    assert "has answered “not found”" in one.failed_sources[0]
    text = next(str(block["text"]) for block in blocks(made) if block["id"] == "unread")
    assert "Gone https evil.example x" in " ".join(text.split())
    assert "](" not in text
    assert "{{" not in text


def test_dead_links_paywalls_and_other_headlines_are_flagged_before_approval(website: Website) -> None:
    author, approver = office.people()
    paper = news.feed("The Tribune")
    dead, closed, other = (office.told(website, paper, title) for title in TITLES[:3])
    paths = [office.entry_of(story).url.removeprefix(website.url) for story in (dead, closed, other)]
    website.pages[paths[0]] = Says(status=404)
    tier = b'<title>%s</title><meta property="article:content_tier" content="locked">' % TITLES[1].encode()
    website.pages[paths[1]] = Says(tier)
    website.pages[paths[2]] = Says(b'<meta property="og:title" content="Weather: rain until Sunday">')
    made = office.digest(author, approver)
    issues.work(office.due(made))
    said = "\n".join(checks.sentences(office.issue(made).id))
    assert f"“{TITLES[0]}” leads to a page that is not there." in said
    assert f"“{TITLES[1]}” stands behind a paywall" in said
    assert f"“{TITLES[2]}” has another headline on its page: “Weather: rain until Sunday”." in said
    assert "leads to a page that is not there" in office.newsletter(office.issue(made)).submit_note


def test_what_a_source_changed_after_it_was_taken_is_flagged(website: Website) -> None:
    made, _, _ = a_digest(website, 1)
    number = issues.prepare(made.id, office.due(made))
    assert number is not None
    entry = office.entry_of(db.session.get_one(office.Story, office.printed(office.issue(made))[0].story_id))
    entry.content_hash, entry.title = "0" * 64, "Twelve people freed"
    db.session.commit()
    handing.hand_over(number, office.due(made))
    assert any(
        "was changed by its source since it was taken: “Twelve people freed”" in s for s in checks.sentences(number)
    )


def test_the_approver_is_reminded_once_a_day_three_times_and_never_after_deciding(website: Website) -> None:
    made, _, approver = a_digest(website)
    at = office.due(made)
    issues.work(at)
    for hours in (23, 24, 25, 48, 72, 96, 120):
        issues.work(at + timedelta(hours=hours))
    assert office.mails()[1:] == ["Still waiting: Monday news"] * 3
    second = office.digest(make.user(), approver, name="Second look", at_time="10:00")
    office.told(website, news.feed("KHON2"), TITLES[3])
    later = office.due(second)
    issues.work(later)
    before = len(office.mails())
    newsletters.ask_for_changes(office.newsletter(office.issue(second)).id, "Shorter.", approver.id, later)
    issues.work(later + timedelta(hours=30))
    assert not any("Second look" in subject for subject in office.mails()[before:])


def test_an_issue_that_cannot_be_approved_says_why_and_goes_on_once_it_can(website: Website) -> None:
    made, author, _ = a_digest(website)
    at = office.due(made)
    issues.prepare(made.id, at)
    draft = office.newsletter(office.issue(made))
    document = document_of(draft).to_json()
    document["editions"]["en"]["subject"] = ""
    newsletters.save(draft.id, draft.version, document, author.id, at)
    issues.work(at)
    one = office.issue(made)
    assert (one.state, "The subject is missing" in one.note) == (IssueState.STUCK, True)
    document["editions"]["en"]["subject"] = "News"
    newsletters.save(draft.id, office.newsletter(one).version, document, author.id, at)
    assert handing.hand_over(one.id, at)
    assert office.issue(made).state == IssueState.HANDED


def test_one_broken_digest_does_not_keep_the_others(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    made, author, approver = a_digest(website, 2)
    other = office.digest(author, approver, name="Other", without=["Oakland"])
    real = drafting.choose

    def broken(digest: Digest, now: datetime) -> drafting.Found:
        if digest.id == made.id:
            raise Invalid("Something is wrong with it.")
        return real(digest, now)

    monkeypatch.setattr(drafting, "choose", broken)
    issues.work(office.due(other))
    assert office.issue(other).state == IssueState.HANDED
    assert queries.issues_of(made.id).items == []


def test_newsletters_since_the_last_issue_are_part_of_a_digest_for_those_who_chose_it(website: Website) -> None:
    made, author, approver = a_digest(website, 1, rhythm="weekly", has_newsletters=True)
    sent = compose.launched(author, approver)
    issues.work(max(office.due(made), sent.sent_at or clock.now()))
    found = [block for block in blocks(made) if block["kind"] == "story"]
    assert [block["title"] for block in found] == [TITLES[0], "December news"]
    assert str(found[1]["url"]).endswith(f"/read/{sent.slug}")
    assert office.newsletter(office.issue(made)).audience_rule["rhythm"] == "weekly"


def test_sections_take_their_categories_and_the_rest_follows(website: Website) -> None:
    author, approver = office.people()
    office.told(website, news.feed("Court news", category="Courts"), TITLES[0])
    office.told(website, news.feed("Our office", Trust.OWN, category="Office"), TITLES[1])
    sections = [
        {"title": "From us", "categories": ["office"], "most": 0},
        {"title": "Else", "categories": [], "most": 0},
    ]
    made = office.digest(author, approver, sections=sections)
    issues.work(office.due(made))
    said = [block.get("text") if block["kind"] == "heading" else block.get("title") for block in blocks(made)]
    assert [words for words in said if words] == ["From us", TITLES[1], "Else", TITLES[0]]


def test_a_draft_can_be_made_beside_its_times(website: Website) -> None:
    made, _, _ = a_digest(website, 1, least=3)
    number = issues.prepare_now(made.id, clock.now())
    assert handing.hand_over(number, clock.now())
    assert office.issue(made).state == IssueState.HANDED
    assert office.get(made.id).next_at == made.next_at


def test_a_digest_that_rests_or_was_put_away_makes_nothing(website: Website) -> None:
    made, author, _ = a_digest(website)
    at = office.due(made)
    digests.switch(made.id, False, author.id, clock.now())
    assert issues.work(at + timedelta(days=10)) == 0
    assert planning.get_item("digest", made.id).withdrawn_at is not None
    digests.switch(made.id, True, author.id, clock.now())
    assert planning.get_item("digest", made.id).withdrawn_at is None
    digests.archive(made.id, author.id, clock.now())
    assert issues.work(at + timedelta(days=10)) == 0
