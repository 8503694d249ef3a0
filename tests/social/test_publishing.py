"""From an approved post to its permalink: once, in time, and with a sentence for everything else."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery.models import OutboxMail
from campaigns.errors import Conflict, Invalid, Refused
from campaigns.planning import actions as planning_actions
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.social import due, preparing, publishing, queries
from campaigns.social.actions import approving, channels, deciding, writing
from campaigns.social.actions import publishing as books
from campaigns.social.models import Channel, ChannelState, Post, Publication
from campaigns.social.models import PublicationState as P
from campaigns.staff.models import User
from tests.social import networks, posts
from tests.social.fakes.bluesky import FakeBluesky
from tests.social.fakes.mastodon import FakeMastodon
from tests.social.fakes.server import Fake
from tests.social.fakes.telegram import FakeTelegram
from tests.social.fakes.x import FakeX

Start = Callable[[Fake], Fake]


@pytest.fixture
def pair(ctx: Flask) -> tuple[User, User]:
    """A writer and an approver in a live office."""
    posts.go_live()
    return posts.people()


def work() -> int:
    """What the scheduler's job does."""
    return publishing.work(threading.Event(), "test")


def mails() -> list[str]:
    """The subjects of the mails that were written."""
    return [mail.subject for mail in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))]


def state(post_id: int) -> str:
    """Where a post stands on the calendar."""
    db.session.rollback()
    return planning.get_item(queries.KIND, post_id).state


def test_an_approved_post_is_published_with_its_exact_request_and_permalink(
    pair: tuple[User, User], fakes: Start
) -> None:
    bluesky, mastodon = fakes(FakeBluesky()), fakes(FakeMastodon())
    one, two = networks.channel("bluesky", bluesky), networks.channel("mastodon", mastodon)
    variants = {two.id: {"text": "Diez señales", "warning": "Signs"}}
    post_id = posts.approved(pair, one, two, variants=variants)
    assert (work(), state(post_id)) == (0, ItemState.SCHEDULED)
    posts.make_due(post_id)
    assert work() == 2
    assert state(post_id) == ItemState.SENT
    assert (bluesky.posts, mastodon.posts) == (["Ten quiet signs that somebody needs help."], ["Diez señales"])
    first, second = queries.publications_of(post_id)
    assert (first.state, second.state) == (P.PUBLISHED, P.PUBLISHED)
    assert first.permalink.startswith("https://bsky.app/profile/did:plc:heatwatch/post/")
    (part,) = queries.parts_of(first.id)
    assert bluesky.records[part.key] == part.payload["record"]
    assert part.ref["uri"].endswith(part.key)
    assert db.session.get_one(Channel, one.id).published_at is not None
    assert work() == 0


def test_in_practice_nothing_reaches_a_network(ctx: Flask, fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    somebody = posts.people()[1]
    channel = networks.channel("mastodon", fake)
    post_id = posts.launched((somebody, somebody), channel)
    work()
    found = posts.only(post_id)
    assert (found.state, found.is_practice, found.permalink, state(post_id)) == (P.PUBLISHED, True, "", ItemState.SENT)
    assert fake.calls == []
    assert posts.parts(post_id)[0].payload["text"].startswith("Ten quiet signs")


def test_what_practice_left_behind_is_never_published_live(ctx: Flask, fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    somebody = posts.people()[1]
    launched = posts.launched((somebody, somebody), networks.channel("mastodon", fake))
    scheduled = posts.approved((somebody, somebody), networks.channel("mastodon", fake))
    posts.go_live()
    posts.make_due(scheduled)
    work()
    assert (state(launched), state(scheduled)) == (ItemState.CANCELED, ItemState.DRAFT)
    assert fake.calls == []


def test_authors_never_approve_their_own_post_outside_practice(pair: tuple[User, User]) -> None:
    post_id = writing.create(posts.document(posts.channel()), pair[1].id, clock.now())
    approving.submit(preparing.prepare(post_id, clock.now()), "", pair[1].id, clock.now())
    prepared = preparing.prepare(post_id, clock.now())
    with pytest.raises(Refused):
        approving.approve(prepared, prepared.content_hash, "", pair[1].id, clock.now())


def test_a_change_voids_the_approval_and_what_was_not_seen_is_not_approved(pair: tuple[User, User]) -> None:
    channel = posts.channel()
    post_id = posts.approved(pair, channel)
    version = queries.get_post(post_id).version
    changed = posts.document(channel, text="Something else")
    with pytest.raises(writing.Changed):
        writing.save(post_id, version - 1, changed, pair[0].id, clock.now())
    writing.save(post_id, version, changed, pair[0].id, clock.now())
    assert (state(post_id), planning.get_item(queries.KIND, post_id).approved_hash) == (ItemState.DRAFT, "")
    seen = preparing.prepare(post_id, clock.now()).content_hash
    approving.submit(preparing.prepare(post_id, clock.now()), "", pair[0].id, clock.now())
    channels.change(
        channel.id,
        1,
        name="X",
        zone="UTC",
        spacing_minutes=5,
        monthly_cap_mills=None,
        user_id=pair[0].id,
        now=clock.now(),
    )
    approving.approve(preparing.prepare(post_id, clock.now()), seen, "", pair[1].id, clock.now())
    approving.take_back(post_id, pair[0].id, clock.now())
    with pytest.raises(Conflict):
        approving.approve(preparing.prepare(post_id, clock.now()), seen, "", pair[1].id, clock.now())


@pytest.mark.parametrize("name", networks.CASES)
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_an_unknown_outcome_is_looked_at_and_never_repeated_blindly(
    pair: tuple[User, User], fakes: Start, name: str
) -> None:
    fake = fakes(networks.CASES[name].fake())
    post_id = posts.launched(pair, networks.channel(name, fake))
    fake.next(networks.CASES[name].path, "drop")
    work()
    assert (posts.only(post_id).state, state(post_id)) == (P.CHECKING, ItemState.SENDING)
    assert work() == 0
    posts.later(post_id)
    work()
    assert len(fake.posts) == 1
    found = posts.only(post_id)
    if name != "telegram":
        assert found.state == P.PUBLISHED
        return
    assert (found.state, state(post_id)) == (P.UNKNOWN, ItemState.UNKNOWN)
    assert "may have been posted, or not" in mails()[-1]
    deciding.it_is_there(found.id, "https://t.me/heatwatch/1", pair[0].id, clock.now())
    assert (posts.only(post_id).permalink, state(post_id)) == ("https://t.me/heatwatch/1", ItemState.SENT)
    with pytest.raises(Conflict):
        deciding.post_again(found.id, pair[0].id, clock.now())


def test_a_person_who_looked_can_have_it_posted_again(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeTelegram())
    post_id = posts.launched(pair, networks.channel("telegram", fake))
    fake.next("/send", "drop")
    work()
    key = posts.parts(post_id)[0].key
    fake.messages.clear()
    posts.later(post_id)
    work()
    deciding.post_again(posts.only(post_id).id, pair[1].id, clock.now())
    work()
    assert (state(post_id), len(fake.posts)) == (ItemState.SENT, 1)
    assert posts.parts(post_id)[0].key != key


def test_a_doubt_is_solved_before_anything_else_leaves_on_the_channel(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    channel = networks.channel("mastodon", fake)
    first = posts.launched(pair, channel, text="The first one")
    second = posts.launched(pair, channel, text="The second one")
    fake.next("/api/v1/statuses", "silent")
    work()
    assert (posts.only(first).state, posts.only(second).state) == (P.CHECKING, P.WAITING)
    posts.later(first)
    work()
    assert fake.posts == ["The first one", "The second one"]


def test_a_network_that_has_had_enough_gets_nothing_before_its_time(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    fake.budget = 2
    channel = networks.channel("mastodon", fake)
    made = [posts.launched(pair, channel, text=f"Number {number}") for number in range(4)]
    work()
    # The answer to the second says that nothing is left, so that the third is not even tried.
    assert [posts.only(one).state for one in made] == [P.PUBLISHED, P.PUBLISHED, P.WAITING, P.WAITING]
    assert len(fake.paths("/api/v1/statuses")) == 2
    wait = due.next_time(posts.only(made[2]), db.session.get_one(Channel, channel.id)) - clock.now()
    assert timedelta(seconds=80) < wait < timedelta(seconds=95)
    fake.budget = 10
    posts.later(made[2])
    work()
    assert fake.posts == [f"Number {number}" for number in range(4)]


def test_a_refusal_with_a_time_is_obeyed_and_one_without_is_tried_less_and_less_often(
    pair: tuple[User, User], fakes: Start
) -> None:
    fake = fakes(FakeMastodon())
    post_id = posts.launched(pair, networks.channel("mastodon", fake))
    fake.next("/api/v1/statuses", "limit")
    work()
    found = posts.only(post_id)
    assert (found.state, state(post_id)) == (P.RETRY, ItemState.SENDING)
    assert timedelta(seconds=4) < found.not_before - clock.now() <= timedelta(seconds=7)
    posts.later(post_id)
    posts.change(post_id, lambda one: setattr(one, "tries", 4))
    fake.__exit__()
    work()
    assert posts.only(post_id).not_before - clock.now() > timedelta(minutes=7)
    assert "cannot be reached" in posts.only(post_id).note


def test_a_retry_sends_the_very_same_request_under_the_very_same_key(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    post_id = posts.launched(pair, networks.channel("mastodon", fake))
    fake.next("/api/v1/statuses", "limit")
    work()
    posts.later(post_id)
    work()
    first, second = [call for call in fake.calls if call.path == "/api/v1/statuses"]
    assert (first.body, first.headers["idempotency-key"]) == (second.body, second.headers["idempotency-key"])
    assert fake.posts == ["Ten quiet signs that somebody needs help."]


def test_too_late_is_missed_and_can_get_another_time(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    post_id = posts.approved(pair, networks.channel("mastodon", fake), lateness_minutes=30)
    posts.make_due(post_id, timedelta(minutes=31))
    work()
    found = posts.only(post_id)
    assert (found.state, state(post_id), fake.posts) == (P.MISSED, ItemState.MISSED, [])
    assert found.note == "Its time passed more than 30 minutes ago, so it was not posted."
    assert mails() == ["“Ten quiet signs that somebody needs help.” was not posted"]
    passed = clock.wall_time_of(clock.now() - timedelta(minutes=1), posts.ZONE)
    with pytest.raises(Invalid):
        deciding.reschedule(found.id, passed, posts.ZONE, pair[1].id, clock.now())
    wall = clock.wall_time_of(clock.now() + timedelta(hours=2), posts.ZONE)
    deciding.reschedule(found.id, wall, posts.ZONE, pair[1].id, clock.now())
    item = planning.get_item(queries.KIND, post_id)
    assert (item.state, item.wall, work()) == (ItemState.SENDING, wall, 0)
    posts.later(post_id)
    work()
    assert (state(post_id), len(fake.posts)) == (ItemState.SENT, 1)


@pytest.mark.parametrize("how", ["pause", "hold"])
def test_a_pause_or_a_hold_stops_posts_at_the_last_step_and_asks_about_each(
    pair: tuple[User, User], fakes: Start, how: str
) -> None:
    fake = fakes(FakeMastodon())
    channel = networks.channel("mastodon", fake)
    made = [posts.launched(pair, channel, text=f"Number {number}") for number in range(3)]
    if how == "pause":
        planning_actions.pause("A wrong number", pair[1].id, clock.now())
    else:
        channels.hold(channel.id, "A wrong number", pair[1].id, clock.now())
    work()
    assert [state(one) for one in made] == [ItemState.HELD] * 3
    assert fake.calls == []
    if how == "pause":
        planning_actions.resume(pair[1].id, clock.now())
    else:
        channels.release(channel.id, pair[1].id, clock.now())
    assert (work(), len(queries.held())) == (0, 3)
    first, second, third = queries.held()
    deciding.keep(first.id, pair[1].id, clock.now())
    wall = clock.wall_time_of(clock.now() + timedelta(hours=2), posts.ZONE)
    deciding.reschedule(second.id, wall, posts.ZONE, pair[1].id, clock.now())
    deciding.discard(third.id, pair[1].id, clock.now())
    work()
    assert fake.posts == ["Number 0"]
    assert [state(one) for one in made] == [ItemState.SENT, ItemState.SENDING, ItemState.CANCELED]


def test_only_a_recognized_refusal_disconnects_a_channel(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    channel = networks.channel("mastodon", fake, owner_id=pair[0].id)
    refused = posts.launched(pair, channel, text="x" * 501, variants={channel.id: {"text": "Short"}})
    fake.limit = 3
    work()
    assert (posts.only(refused).state, db.session.get_one(Channel, channel.id).state) == (
        P.FAILED,
        ChannelState.CONNECTED,
    )
    assert "character limit of 3" in posts.only(refused).note
    fake.limit, fake.token = 500, "another"
    post_id = posts.launched(pair, channel)
    work()
    row = db.session.get_one(Channel, channel.id, populate_existing=True)
    assert (row.state, posts.only(post_id).state) == (ChannelState.NEEDS_SIGN_IN, P.HELD)
    assert "Mastodon must be signed in to again" in mails()
    fake.token = "mastodon-token"
    channels.sign_in_again(
        channel.id,
        {"token": fake.token},
        networks.network("mastodon").verify(networks.account("mastodon", fake)),
        pair[0].id,
        clock.now(),
    )
    deciding.keep(posts.only(post_id).id, pair[1].id, clock.now())
    work()
    assert len(fake.posts) == 1


def test_a_stalled_network_delays_no_other_channel(pair: tuple[User, User], fakes: Start) -> None:
    stalled, quick = fakes(FakeMastodon()), fakes(FakeBluesky())
    slow = posts.launched(pair, networks.channel("mastodon", stalled))
    fast = [posts.launched(pair, networks.channel("bluesky", quick), text=f"Number {n}") for n in range(3)]
    order: list[str] = []
    stalled.next("/api/v1/statuses", "silent")
    for _ in range(3):
        quick.next("putRecord", lambda: order.append("quick" if stalled.silence.is_set() or order else "first"))
    work()
    assert len(order) == 3
    assert [state(one) for one in fast] == [ItemState.SENT] * 3
    assert posts.only(slow).state == P.CHECKING


def test_a_thread_goes_on_where_it_broke_off(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeBluesky())
    text = "\n\n".join(f"Paragraph {number}. " + "Words of help. " * 18 for number in range(3))
    post_id = posts.launched(pair, networks.channel("bluesky", fake), text=text, is_thread=True)
    done: list[int] = []
    fake.next("putRecord", lambda: done.append(1))
    fake.next("putRecord", "limit")
    work()
    assert (posts.only(post_id).position, posts.only(post_id).state, len(fake.posts)) == (1, P.RETRY, 1)
    # A thread that has begun is finished, however late it is.
    posts.change(post_id, lambda one: setattr(one, "late_at", clock.now() - timedelta(hours=1)))
    posts.later(post_id)
    work()
    assert [one.partition(".")[0] for one in fake.posts] == ["Paragraph 0", "Paragraph 1", "Paragraph 2"]
    assert (state(post_id), len(posts.parts(post_id)), fake.commits) == (ItemState.SENT, 3, 3)
    assert posts.only(post_id).permalink.endswith(posts.parts(post_id)[0].key)


def test_what_is_posted_by_hand_waits_for_a_person(pair: tuple[User, User]) -> None:
    post_id = posts.launched(pair, posts.channel("manual"))
    work()
    found = posts.only(post_id)
    assert (found.state, state(post_id)) == (P.BY_HAND, ItemState.HELD)
    assert "is ready to be posted by hand" in mails()[-1]
    with pytest.raises(Invalid):
        deciding.it_is_there(found.id, "nextdoor", pair[0].id, clock.now())
    deciding.it_is_there(found.id, "https://nextdoor.com/p/1", pair[0].id, clock.now())
    assert (posts.only(post_id).permalink, state(post_id)) == ("https://nextdoor.com/p/1", ItemState.SENT)


def test_the_watchdog_mails_once_about_what_has_no_outcome(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    channel = networks.channel("mastodon", fake)
    stuck = posts.launched(pair, channel)
    forgotten = posts.approved(pair, channel, text="Another one")
    posts.make_due(forgotten, timedelta(minutes=6))
    assert publishing.watch(clock.now()) == 1
    posts.change(stuck, lambda one: setattr(one, "due_at", clock.now() - timedelta(minutes=6)))
    assert publishing.watch(clock.now()) == 1
    assert publishing.watch(clock.now()) == 0
    assert [subject.partition("” ")[2] for subject in mails()] == ["is late", "is late"]


def test_the_monthly_limit_holds_what_would_cost_too_much(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeX())
    channel = networks.channel("x", fake, monthly_cap_mills=40)
    first, second = (posts.launched(pair, channel, text=f"Number {number}") for number in range(2))
    prepared = preparing.prepare(writing.create(posts.document(channel), pair[0].id, clock.now()), clock.now())
    assert "The monthly limit of X does not allow it" in [problem.title for problem in prepared.problems]

    @action
    def lower() -> None:
        db.session.get_one(Channel, channel.id).monthly_cap_mills = 20

    lower()
    work()
    assert [state(one) for one in (first, second)] == [ItemState.SENT, ItemState.HELD]
    assert fake.posts == ["Number 0"]


def test_two_processes_on_one_channel_publish_each_post_once(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    channel = networks.channel("mastodon", fake)
    posts.launched(pair, channel)
    assert books.take_channel(channel.id, "one", clock.now())
    assert not books.take_channel(channel.id, "two", clock.now())
    assert work() == 0
    taken = books.claim(channel.id, "one", clock.now())
    assert taken is not None
    assert books.claim(channel.id, "two", clock.now()) is None
    # What comes from a process that lost its claim changes nothing.
    books.fail(taken, "two", "Broken", clock.now())
    books.leave_channel(channel.id, "one")
    assert db.session.get_one(Publication, taken.publication_id, populate_existing=True).state == P.SENDING


def test_a_repeat_goes_on_in_wall_time_under_the_approval_of_its_rule(pair: tuple[User, User]) -> None:
    repeat = {"every": "week", "interval": 1, "days": [], "until": None}
    wall = posts.in_future(30)
    post_id = posts.approved(pair, posts.channel(), send_mode="at", send_wall=wall, repeat=repeat)
    posts.make_due(post_id)
    assert publishing.launch_due(clock.now()) == 1
    following = db.session.scalars(select(Post).where(Post.previous_id == post_id)).one()
    assert following.state == ItemState.SCHEDULED
    assert following.send_wall is not None
    assert following.send_wall.isoformat()[11:16] == wall[11:]
    assert (following.send_wall - queries.get_post(post_id).send_wall).days == 7
    assert preparing.prepare(following.id, clock.now()).is_ready
    posts.make_due(following.id)
    assert publishing.launch_due(clock.now()) == 1
    assert len(db.session.scalars(select(Post)).all()) == 3


def test_a_published_post_is_edited_and_deleted_on_its_network(pair: tuple[User, User], fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    post_id = posts.launched(pair, networks.channel("mastodon", fake))
    work()
    found = posts.only(post_id)
    publishing.edit(found.id, "Ten signs.")
    deciding.record_edited(found.id, "Ten signs.", pair[1].id, clock.now())
    assert (fake.posts, posts.only(post_id).messages[0]["text"]) == (["Ten signs."], "Ten signs.")
    assert posts.parts(post_id)[0].payload["status"].startswith("Ten quiet")
    publishing.delete(found.id)
    deciding.record_deleted(found.id, pair[1].id, clock.now())
    assert (fake.posts, posts.only(post_id).deleted_at is not None) == ([], True)


def test_access_that_ends_is_warned_about_three_times(pair: tuple[User, User]) -> None:
    now = clock.now()
    posts.channel("facebook", name="Our page", owner_id=pair[0].id, expires_at=now + timedelta(days=13, hours=12))
    warned = [channels.warn_before_end(now + timedelta(days=day)) for day in range(14)]
    assert [day for day, count in enumerate(warned) if count] == [0, 7, 13]
    assert mails() == ["Access to Our page ends soon"] * 3
