"""Entries become stories, people decide about them, and every decision is kept for good or taken back whole."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.digests.actions import triage
from campaigns.digests.models import Entry, Story, StoryChange, StoryPair, StoryState, Trust
from campaigns.digests.queries import stories
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.staff.models import User
from tests import make
from tests.digests import news
from tests.digests.test_clustering import TEXT, TITLE

pytestmark = pytest.mark.usefixtures("ctx")


def titles(view: str = "waiting", **asked: object) -> list[str]:
    db.session.rollback()
    return [card.story.title for card in stories.inbox(view, **asked).items]  # type: ignore[arg-type]


def dump() -> list[list[str]]:
    """All stories, their entries and the decisions, in words."""
    db.session.rollback()
    db.session.expire_all()
    found = []
    for table in ("story", "story_entry", "story_pair", "search_word"):
        rows = db.session.execute(select(db.metadata.tables[table])).all()
        keep = [{k: v for k, v in row._mapping.items() if not (table == "search_word" and k == "id")} for row in rows]
        found.append(sorted(repr(row) for row in keep))
    return found


def two() -> tuple[Entry, Entry, User]:
    """Reports of two events, and somebody who decides."""
    one = news.entry(news.feed("The Tribune"), TITLE, TEXT)
    other = news.entry(news.feed("KHON2"), "County opens a shelter", "Forty beds stand ready in Hayward.")
    news.place()
    return one, other, make.user()


def test_reports_of_one_event_become_one_story_whose_nearest_source_speaks(ctx: Flask) -> None:
    first = news.entry(news.feed("The Tribune", category="Courts"), TITLE, TEXT)
    copy = news.entry(news.feed("Our office", Trust.OWN), f"{TITLE}, office says", TEXT)
    skipped = news.entry(news.feed(), "Sports", is_skipped=True)
    assert news.place() == 2
    assert news.place() == 0
    (card,) = stories.inbox().items
    assert (card.story.source_count, card.story.title, card.categories) == (2, copy.title, ["Courts"])
    assert card.lead is not None
    assert card.lead.feed.title == "Our office"
    assert min(card.sources, key=lambda one: one.entry.id).reason == "First report"
    assert "% alike" in next(source.reason for source in card.sources if source.entry.id == copy.id)
    assert first.id != skipped.id
    assert titles(q="oakland tribune") == titles(q="office says") == [copy.title]
    assert titles(q="oakland nothing") == titles(category="Weather") == []
    assert titles(category="Courts") == [copy.title]


def test_entries_that_come_later_join_the_first_one_also_in_another_run(ctx: Flask) -> None:
    now = clock.now()
    first = news.entry(news.feed(), TITLE, TEXT, now - timedelta(hours=70))
    news.place()
    late = news.entry(news.feed(), TITLE, TEXT)
    same = news.entry(news.feed(), "Another headline", "", url=first.url)
    after = news.entry(news.feed(), TITLE, TEXT, now + timedelta(hours=3))
    assert news.place() == 3
    assert news.story_of(late).id == news.story_of(same).id == news.story_of(first).id != news.story_of(after).id


def test_what_was_old_when_its_feed_was_added_waits_apart(ctx: Flask) -> None:
    news.entry(news.feed(), "Old news", at=clock.now() - timedelta(days=400), is_backlog=True)
    news.entry(news.feed(), "New news")
    news.place()
    assert (titles(), titles("older")) == (["New news"], ["Old news"])
    assert stories.counts() == {"waiting": 1, "picked": 0, "skipped": 0, "printed": 0, "older": 1}


def test_a_story_is_picked_skipped_put_back_and_each_step_taken_back(ctx: Flask) -> None:
    one, other, user = two()
    ids = [news.story_of(told).id for told in (one, other)]
    before = dump()
    now = clock.now()
    assert triage.decide(ids, "pick", user.id, now)
    assert triage.decide([ids[0]], "pick", user.id, now) is None, "it is picked already"
    assert triage.decide([ids[1]], "skip", user.id, now)
    assert (titles("picked"), titles("skipped")) == ([TITLE], [other.title])
    assert triage.undo(user.id, now) == ids[1]
    assert titles("picked") == [other.title, TITLE]
    triage.undo(user.id, now)
    assert dump() == before
    with pytest.raises(Invalid, match="nothing to take back"):
        triage.undo(user.id, now)
    with pytest.raises(Invalid, match="no such decision"):
        triage.decide(ids, "merged", user.id, now)
    with pytest.raises(NotFound):
        triage.decide([*ids, 999], "pick", user.id, now)


def test_our_own_words_are_kept_found_and_taken_back(ctx: Flask) -> None:
    one, _, user = two()
    story, now = news.story_of(one), clock.now()
    assert triage.write(story.id, note="Ask Ben\n", summary="Twelve\n years", user_id=user.id, now=now)
    assert triage.write(story.id, note="Ask Ben", summary="Twelve years", user_id=user.id, now=now) is None
    assert titles(q="ask ben twelve") == [TITLE]
    assert news.story_of(one).summary == "Twelve years"
    with pytest.raises(Invalid, match="at most 300"):
        triage.write(story.id, note="", summary="x" * 301, user_id=user.id, now=now)
    triage.undo(user.id, now)
    assert (news.story_of(one).note, titles(q="ask ben")) == ("", [])


def test_a_merge_is_remembered_so_that_followers_of_both_find_it(ctx: Flask) -> None:
    one, other, user = two()
    into, gone = news.story_of(one), news.story_of(other)
    triage.decide([gone.id], "pick", user.id, clock.now())
    triage.write(gone.id, note="Same case", summary="", user_id=user.id, now=clock.now())
    before = dump()
    triage.merge([into.id, gone.id], user.id, clock.now())
    story = news.story_of(other)
    assert (story.id, story.state, story.note, story.source_count) == (into.id, StoryState.PICKED, "Same case", 2)
    assert titles("picked", q="hayward tribune") == [story.title]
    assert "Put here by hand" in [source.reason for source in stories.get_card(story.id).sources]
    # A report that is like the merged one only, and the merged article itself, added anew.
    like = news.entry(news.feed(), "County opens shelter", "Forty beds stand ready in Hayward.")
    again = news.entry(news.feed(), "Shelter", "", url=other.url)
    news.place()
    assert news.story_of(like).id == news.story_of(again).id == into.id
    for made in (like, again):
        db.session.delete(db.session.get_one(Entry, made.id))
    db.session.commit()
    triage.undo(user.id, clock.now())
    assert dump()[:3] == before[:3]
    with pytest.raises(Invalid, match="at least two"):
        triage.merge([into.id, into.id], user.id, clock.now())


def test_what_was_taken_out_stays_out_also_when_its_feed_brings_it_again(ctx: Flask) -> None:
    first, copy = news.entry(news.feed(), TITLE, TEXT), news.entry(news.feed(), TITLE, TEXT)
    news.place()
    user, story, before = make.user(), news.story_of(first), dump()
    made, change = triage.split(story.id, copy.id, user.id, clock.now())
    assert news.story_of(copy).id == made != story.id
    assert [pair.is_together for pair in db.session.scalars(select(StoryPair))] == [False]
    with pytest.raises(Invalid, match="only one"):
        triage.split(story.id, first.id, user.id, clock.now())
    with pytest.raises(NotFound):
        triage.split(story.id, copy.id, user.id, clock.now())
    triage.undo(user.id, clock.now(), change)
    assert dump() == before
    triage.split(story.id, copy.id, user.id, clock.now())
    gone = news.story_of(copy)
    db.session.delete(db.session.get_one(Entry, copy.id))
    db.session.delete(db.session.get_one(Story, gone.id))
    db.session.commit()
    again = news.entry(news.feed(), TITLE, TEXT, url=copy.url)
    news.place()
    assert news.story_of(again).id != story.id, "people took this article out of this story"


def test_the_first_report_can_be_taken_out_and_the_rest_still_gathers(ctx: Flask) -> None:
    first, copy = news.entry(news.feed(), TITLE, TEXT), news.entry(news.feed(), TITLE, TEXT)
    news.place()
    story = news.story_of(first)
    triage.split(story.id, first.id, make.user().id, clock.now())
    assert news.story_of(copy).id == story.id
    assert news.story_of(copy).lead_id == copy.id
    third = news.entry(news.feed(), TITLE, TEXT)
    news.place()
    assert news.story_of(third).id in (story.id, news.story_of(first).id)


def test_a_chosen_source_goes_on_speaking_when_a_nearer_one_joins(ctx: Flask) -> None:
    first, copy = news.entry(news.feed(), TITLE, TEXT), news.entry(news.feed(), f"{TITLE}, court", TEXT)
    news.place()
    user, story = make.user(), news.story_of(first)
    assert story.lead_id == first.id
    triage.let_speak(story.id, copy.id, user.id, clock.now())
    news.entry(news.feed("Ours", Trust.OWN), TITLE, TEXT)
    news.place()
    assert (news.story_of(first).lead_id, news.story_of(first).title) == (copy.id, copy.title)
    with pytest.raises(NotFound):
        triage.let_speak(story.id, 999, user.id, clock.now())


def test_nobody_takes_back_what_somebody_else_built_upon(ctx: Flask) -> None:
    one, _, user = two()
    story, other = news.story_of(one), make.user()
    triage.decide([story.id], "pick", user.id, clock.now())
    triage.decide([story.id], "skip", other.id, clock.now())
    with pytest.raises(Conflict, match="changed again since"):
        triage.undo(user.id, clock.now())
    triage.undo(other.id, clock.now())
    triage.undo(user.id, clock.now())
    assert news.story_of(one).state == StoryState.WAITING
    triage.decide([story.id], "pick", user.id, clock.now() - timedelta(days=8))
    assert stories.last_change(user.id, clock.now()) is None
    assert db.session.query(StoryChange).count() == 3


def test_stories_that_may_be_the_same_are_shown_with_what_speaks_against_it(ctx: Flask) -> None:
    one = news.entry(news.feed(), TITLE, TEXT)
    other = news.entry(news.feed(), TITLE.replace("12", "15"), TEXT.replace("12", "15"))
    news.entry(news.feed(), "Rain on Sunday", "An umbrella helps.")
    news.place()
    (near,) = stories.near(stories.get_card(news.story_of(one).id), clock.now())
    assert near.story.id == news.story_of(other).id
    assert near.conflict == "the headlines name different numbers"
    assert near.score > 0.7
