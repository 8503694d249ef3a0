"""What staff do with posts and channels, page by page, without JavaScript."""

import io
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.social import accounts, publishing, queries
from campaigns.social.actions import channels
from campaigns.social.models import Channel, ChannelState, HashtagSet, LinkRule, Post
from campaigns.social.models import PublicationState as P
from campaigns.social.views.connecting import challenge
from campaigns.staff.models import RoleName, User
from tests import make, pages
from tests.social import networks, posts
from tests.social.fakes.mastodon import FakeMastodon
from tests.social.fakes.server import Fake
from tests.social.fakes.telegram import FakeTelegram
from tests.social.fakes.x import FakeX
from tests.social.test_publishing import work
from tests.websites import Says, Website

Start = Callable[[Fake], Fake]
TEXT = "Ten quiet signs that somebody needs help."


@pytest.fixture
def crew(app: Flask) -> dict[RoleName, User]:
    """One account of each role, in a live office."""
    with app.app_context():
        posts.go_live()
        return {role: make.user(role, name=f"The {role}") for role in RoleName}


def as_(client: FlaskClient, crew: dict[RoleName, User], role: RoleName) -> FlaskClient:
    pages.sign_in(client, crew[role])
    return client


def typed(*channels: int, **changes: object) -> dict[str, object]:
    """The fields of the composer."""
    return {
        "do": "save",
        "text": TEXT,
        "channels": list(channels),
        "send_zone": posts.ZONE,
        "send_mode": "now",
        **changes,
    }


def id_of(location: str) -> int:
    return int(re.findall(r"/(\d+)", location)[-1])


def test_a_post_goes_from_the_first_words_to_its_permalink(
    app: Flask, client: FlaskClient, crew: dict[RoleName, User], fakes: Start
) -> None:
    with app.app_context():
        channel = networks.channel("mastodon", fakes(FakeMastodon()), name="Our Mastodon").id
    writer = as_(client, crew, RoleName.WRITER)
    page = pages.visit(writer, "/social/new")
    made = pages.submit(writer, page, "/social/new", **typed(channel, do="check", **{f"warning-{channel}": "Signs"}))
    post_id = id_of(made.headers["Location"])
    page = pages.visit(writer, f"/social/{post_id}/check")
    assert "goes to Our Mastodon, one minute after it is approved" in page.text
    assert pages.submit(writer, page, f"/social/{post_id}/check", note="Please").status_code == 303
    approver = as_(client, crew, RoleName.APPROVER)
    page = pages.visit(approver, f"/social/{post_id}/review")
    assert "The writer wants to post" in page.text
    assert "46 of 500 characters" in page.text
    refused = pages.submit(approver, page, f"/social/{post_id}/approve", seen_hash=page.values["seen_hash"])
    assert refused.status_code == 400
    decision = {"seen_hash": page.values["seen_hash"], "is_understood": "y"}
    assert pages.submit(approver, page, f"/social/{post_id}/approve", **decision).status_code == 303
    assert "Nothing has been posted yet" in pages.visit(approver, f"/social/{post_id}").text
    assert client.get(f"/social/{post_id}/progress.json").get_json()["seconds"] > 50
    with app.app_context():
        posts.make_due(post_id)
        work()
        assert planning.get_item(queries.KIND, post_id).state == ItemState.SENT
        link = posts.only(post_id).permalink
    page = pages.visit(approver, f"/social/{post_id}")
    assert link in page.text
    assert "Posted" in page.text
    day = clock.today(posts.ZONE).isoformat()
    assert TEXT in pages.visit(approver, f"/calendar?day={day}").text
    assert TEXT in pages.visit(approver, "/social?state=sent").text


def test_the_composer_counts_shows_and_says_what_is_missing(
    app: Flask, client: FlaskClient, crew: dict[RoleName, User]
) -> None:
    with app.app_context():
        bluesky = posts.channel("bluesky", name="Blue").id
        x = posts.channel("x", name="The X").id
    writer = as_(client, crew, RoleName.WRITER)
    page = pages.visit(writer, "/social/new?on=2030-12-03")
    assert page.values["send_day"] == "2030-12-03"
    looked = pages.submit(writer, page, "/social/look", **typed(bluesky, x, text="👩‍👩‍👧‍👦" * 301, link="example.org"))
    side = looked.get_json()["side"]
    assert "<b>301</b> of 300 characters, 1 too many" in side
    assert "<b>7,525</b> of 3,000 bytes" in side
    assert "The text is too long for Blue" in side
    assert "Begin the address with https://" in side
    with app.app_context():
        assert db.session.scalar(select(Post.id)) is None
    made = pages.submit(
        writer, page, "/social/new", **typed(bluesky, x, text="word " * 120, is_thread="yes", title="Long")
    )
    page = pages.visit(writer, made.headers["Location"])
    assert "Thread of 2" in page.text
    assert "Thread of 3" in page.text
    page = pages.visit(writer, f"/social/{id_of(made.headers['Location'])}/check")
    assert "Everything holds" in page.text


def test_pictures_need_a_description_or_a_reason(app: Flask, client: FlaskClient, crew: dict[RoleName, User]) -> None:
    with app.app_context():
        channel = posts.channel("manual").id
    writer = as_(client, crew, RoleName.WRITER)
    page = pages.visit(writer, "/social/new")
    file = (io.BytesIO(networks.picture()), "bus.jpg")
    made = pages.submit(writer, page, "/social/new", **typed(channel, files=file))
    post_id = id_of(made.headers["Location"])
    page = pages.visit(writer, f"/social/{post_id}/edit")
    assert "The picture has no description" in page.text
    token = page.values["picture"]
    assert client.get(f"/m/{token}.jpg").data[:2] == b"\xff\xd8"
    assert client.get(f"/m/{token}.png").status_code == 404
    decorative = typed(channel, picture=token, version="1", **{f"decorative-{token}": "yes"})
    pages.submit(writer, page, f"/social/{post_id}/edit", **decorative)
    page = pages.visit(writer, f"/social/{post_id}/edit")
    assert "marked as decoration without a reason" in page.text
    described = typed(channel, picture=token, version="2", **{f"alt-{token}": "A bus at night"})
    assert pages.submit(writer, page, f"/social/{post_id}/edit", **described).status_code == 303
    page = pages.visit(writer, f"/social/{post_id}/check")
    assert "Everything holds" in page.text
    stale = pages.submit(writer, page, f"/social/{post_id}/edit", **typed(channel, text="Mine", version="1"))
    assert stale.status_code == 409
    assert "Mine" in stale.text
    broken = (io.BytesIO(b"no picture"), "a.jpg")
    answer = pages.submit(writer, page, f"/social/{post_id}/edit", **typed(channel, version="3", files=broken))
    assert answer.status_code == 400
    assert "We could not read this picture" in answer.text


def test_hashtags_slots_and_cards_are_a_press_away(
    app: Flask, client: FlaskClient, crew: dict[RoleName, User], website: Website
) -> None:
    head = "<title>Plain</title><meta property='og:title' content='Get &amp; give help'>"
    website.pages["/help"] = Says(head.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
    with app.app_context():
        channel = posts.channel("manual", spacing_minutes=60).id
    approver = as_(client, crew, RoleName.APPROVER)
    page = pages.visit(approver, "/social/wording")
    pages.submit(approver, page, "/social/wording/hashtags", name="Month", tags="EndTrafficking #HEAT")
    pages.submit(
        approver,
        page,
        "/social/wording/links",
        domain="https://Example.org/",
        source="{network}",
        medium="",
        campaign="",
    )
    assert pages.submit(approver, page, "/social/wording/links", domain="nothing").status_code == 400
    page = pages.visit(approver, f"/social/channels/{channel}/slots")
    wrong = pages.submit(approver, page, f"/social/channels/{channel}/slots", **{"day-0": "8:00, noon"})
    assert "“noon” is no time" in wrong.text
    assert pages.submit(approver, page, f"/social/channels/{channel}/slots", **{"day-0": "8, 5 pm"}).status_code == 303
    with app.app_context():
        chosen = db.session.scalars(select(HashtagSet)).one()
        assert (chosen.tags, db.session.scalars(select(LinkRule)).one().domain) == (
            "#EndTrafficking #HEAT",
            "example.org",
        )
        assert [f"{slot.at:%H:%M}" for slot in queries.slots_of(channel)] == ["08:00", "17:00"]
    page = pages.visit(approver, "/social/new")
    made = pages.submit(approver, page, "/social/new", **typed(channel, do="slot"))
    first = id_of(made.headers["Location"])
    page = pages.visit(approver, "/social/new")
    made = pages.submit(approver, page, "/social/new", **typed(channel, do="slot", text="Another"))
    second = id_of(made.headers["Location"])
    with app.app_context():
        walls = [queries.get_post(one).send_wall for one in (first, second)]
        assert {wall.weekday() for wall in walls if wall} == {0}
        assert walls[0] != walls[1]
    page = pages.visit(approver, f"/social/{first}/edit")
    tagged = typed(channel, do="tags", hashtags=chosen.id, version=1, text="Look #heat")
    pages.submit(approver, page, f"/social/{first}/edit", **tagged)
    carded = typed(channel, do="card", version=2, text="Look", link=f"http://localhost:{website.port}/help")
    answer = pages.submit(approver, page, f"/social/{first}/edit", **carded)
    assert answer.status_code == 303
    with app.app_context():
        document = queries.document_of(queries.get_post(first))
        assert (document.text, document.card.title) == ("Look", "Get & give help")
    page = pages.visit(approver, "/search?q=look")
    assert "Social posts" in page.text


def test_what_lies_close_or_says_the_same_is_pointed_out(
    app: Flask, client: FlaskClient, crew: dict[RoleName, User]
) -> None:
    with app.app_context():
        channel = posts.channel("manual", name="Board", spacing_minutes=60)
        board = channel.id
        pair = (crew[RoleName.WRITER], crew[RoleName.APPROVER])
        posts.approved(pair, channel, send_mode="at", send_wall=posts.in_future(48), text=TEXT)
        at = clock.wall_time_of(clock.now() + timedelta(hours=48, minutes=30), posts.ZONE)
    writer = as_(client, crew, RoleName.WRITER)
    page = pages.visit(writer, "/social/new")
    near = typed(
        board,
        text=TEXT.replace("quiet", "silent"),
        send_mode="at",
        send_day=f"{at:%Y-%m-%d}",
        send_time=f"{at:%H:%M}",
    )
    side = pages.submit(writer, page, "/social/look", **near).get_json()["side"]
    assert "Two posts lie close together on Board" in side
    assert "Board has nearly the same post" in side


def test_what_waits_for_a_person_is_on_one_page_with_its_buttons(
    app: Flask, client: FlaskClient, crew: dict[RoleName, User], fakes: Start
) -> None:
    fake = fakes(FakeTelegram())
    with app.app_context():
        pair = (crew[RoleName.WRITER], crew[RoleName.APPROVER])
        telegram, board = networks.channel("telegram", fake), posts.channel("manual", name="Board")
        on = telegram.id
        unknown = posts.launched(pair, telegram, text="Is it there?")
        fake.next("/send", "drop")
        by_hand = posts.launched(pair, board, text="By hand, please")
        work()
        posts.later(unknown)
        work()
        held = posts.launched(pair, telegram, text="Hold me")
        held_id, unknown_id, hand_id = posts.only(held).id, posts.only(unknown).id, posts.only(by_hand).id
    approver = as_(client, crew, RoleName.APPROVER)
    page = pages.visit(approver, f"/social/channels/{on}")
    assert pages.submit(approver, page, f"/social/channels/{on}/hold", reason="").status_code == 400
    pages.submit(approver, page, f"/social/channels/{on}/hold", reason="A wrong number")
    with app.app_context():
        work()
    page = pages.visit(approver, "/social/held")
    for words in ("Is it there?", "It is not there: post it again", "By hand, please", "I posted it", "A wrong number"):
        assert words in page.html
    assert pages.submit(approver, page, f"/social/on/{unknown_id}/there", permalink="nonsense").status_code == 400
    pages.submit(approver, page, f"/social/on/{unknown_id}/there", permalink="https://t.me/heatwatch/1")
    pages.submit(approver, page, f"/social/on/{hand_id}/there")
    assert (
        pages.submit(approver, page, f"/social/on/{held_id}/reschedule", day="2020-01-01", time="09:00").status_code
        == 400
    )
    soon = clock.today(posts.ZONE) + timedelta(days=2)
    pages.submit(approver, page, f"/social/on/{held_id}/reschedule", day=soon.isoformat(), time="09:00")
    assert "Nothing waits" in pages.visit(approver, "/social/held").text
    pages.submit(approver, page, f"/social/channels/{on}/release")
    with app.app_context():
        assert db.session.get_one(Channel, on).state == ChannelState.CONNECTED
        assert posts.only(held).state == P.WAITING
    pages.submit(approver, page, f"/social/on/{held_id}/discard")
    with app.app_context():
        assert [posts.only(one).state for one in (unknown, by_hand, held)] == [P.PUBLISHED, P.PUBLISHED, P.CANCELED]


def test_a_published_post_is_changed_by_somebody_else_and_deleted_by_anybody_who_writes(
    app: Flask, client: FlaskClient, crew: dict[RoleName, User], fakes: Start
) -> None:
    fake = fakes(FakeMastodon())
    with app.app_context():
        pair = (crew[RoleName.APPROVER], crew[RoleName.ADMINISTRATOR])
        post_id = posts.launched(pair, networks.channel("mastodon", fake))
        work()
        id = posts.only(post_id).id
    approver = as_(client, crew, RoleName.APPROVER)
    page = pages.visit(approver, f"/social/on/{id}/edit")
    assert pages.submit(approver, page, f"/social/on/{id}/edit", text="Mine").status_code == 403
    administrator = as_(client, crew, RoleName.ADMINISTRATOR)
    page = pages.visit(administrator, f"/social/on/{id}/edit")
    assert "too long: 501 of 500" in pages.submit(administrator, page, f"/social/on/{id}/edit", text="x" * 501).text
    assert pages.submit(administrator, page, f"/social/on/{id}/edit", text="Ten signs.").status_code == 303
    assert fake.posts == ["Ten signs."]
    assert "Ten signs." in pages.visit(administrator, f"/social/{post_id}").text
    writer = as_(client, crew, RoleName.WRITER)
    assert pages.submit(writer, page, f"/social/on/{id}/edit", text="Mine").status_code == 403
    page = pages.visit(writer, f"/social/{post_id}")
    pages.submit(writer, page, f"/social/on/{id}/delete")
    assert fake.posts == []
    assert "Deleted there" in pages.visit(writer, f"/social/{post_id}").text


def test_connecting_asks_the_network_keeps_secrets_and_never_shows_them(
    app: Flask, client: FlaskClient, crew: dict[RoleName, User], fakes: Start
) -> None:
    fake = fakes(FakeMastodon())
    administrator = as_(client, crew, RoleName.ADMINISTRATOR)
    for name in networks.CASES:
        assert "Step by step" in pages.visit(administrator, f"/social/channels/new/{name}").text
    page = pages.visit(administrator, "/social/channels/new/mastodon")
    entered = {"name": "Ours", "server": fake.url, "token": "not the right one"}
    answer = pages.submit(administrator, page, "/social/channels/new/mastodon", **entered)
    assert answer.status_code == 400
    assert "no longer accepts our token" in answer.text
    assert "not the right one" not in answer.text
    made = pages.submit(administrator, page, "/social/channels/new/mastodon", **{**entered, "token": fake.token})
    id = id_of(made.headers["Location"])
    page = pages.visit(administrator, f"/social/channels/{id}")
    assert "@heatwatch@social.test" in page.text
    assert fake.token not in page.html
    assert fake.posts == []
    with app.app_context():
        channel = queries.get_channel(id)
        assert fake.token not in channel.credentials_sealed
        assert accounts.credentials_of(channel) == {"token": fake.token}
        assert channel.limits["characters"] == 500
    pages.submit(administrator, page, f"/social/channels/{id}/test")
    fake.token = "another-token"
    pages.submit(administrator, page, f"/social/channels/{id}/test")
    assert "The test failed" in pages.visit(administrator, f"/social/channels/{id}").text
    page = pages.visit(administrator, f"/social/channels/{id}/credentials")
    assert pages.submit(administrator, page, f"/social/channels/{id}/credentials", token=fake.token).status_code == 303
    page = pages.visit(administrator, f"/social/channels/{id}/edit")
    changed = {"name": "The server", "zone": "UTC", "spacing_minutes": "30", "version": page.values["version"]}
    assert pages.submit(administrator, page, f"/social/channels/{id}/edit", **changed).status_code == 303
    assert pages.submit(administrator, page, f"/social/channels/{id}/edit", **changed).status_code == 409
    pages.submit(administrator, page, f"/social/channels/{id}/remove")
    with app.app_context():
        assert db.session.get_one(Channel, id).credentials_sealed == ""


def test_the_way_over_the_page_of_the_network_needs_our_own_fresh_state_and_proof(
    app: Flask, client: FlaskClient, crew: dict[RoleName, User], fakes: Start
) -> None:
    fake = fakes(FakeX())
    administrator = as_(client, crew, RoleName.ADMINISTRATOR)
    page = pages.visit(administrator, "/social/channels/new/x")
    keys = {"name": "Our X", "client_id": "client", "client_secret": "shh"}
    id = id_of(pages.submit(administrator, page, "/social/channels/new/x", **keys).headers["Location"])
    with app.app_context():
        posts.point(id, fake.url)
    page = pages.visit(administrator, f"/social/channels/{id}")
    away = pages.check(pages.submit(administrator, page, f"/social/channels/{id}/sign-in"), is_public=False)
    target = re.search(r'href="(https://x.com/i/oauth2/authorize[^"]+)"', away.html)
    assert target is not None
    asked = parse_qs(urlsplit(target[1].replace("&amp;", "&")).query)
    fake.challenge = asked["code_challenge"][0]
    back = f"/social/channels/came-back?state={asked['state'][0]}&code=good-code"
    # Coming back by a link does nothing yet.
    page = pages.visit(administrator, back)
    assert fake.renewals == 0
    given = {"state": asked["state"][0], "code": "good-code"}
    assert (
        pages.submit(administrator, page, "/social/channels/came-back", **{**given, "state": "forged"}).status_code
        == 404
    )
    assert pages.submit(administrator, page, "/social/channels/came-back", state=given["state"]).status_code == 400
    assert pages.submit(administrator, page, "/social/channels/came-back", **given).status_code == 303
    with app.app_context():
        channel = queries.get_channel(id)
        assert (channel.state, channel.handle) == (ChannelState.CONNECTED, "@heatwatch")
        assert accounts.credentials_of(channel)["refresh"] == "refresh-1"
    with app.app_context():
        later = clock.now() + timedelta(hours=1)
        assert (channels.purge_sign_ins(clock.now()), channels.purge_sign_ins(later)) == (0, 1)
    # The state works once.
    assert pages.submit(administrator, page, "/social/channels/came-back", **given).status_code == 404
    assert "no permission" in pages.visit(administrator, "/social/channels/came-back?error=access_denied").text


def test_the_challenge_is_that_of_the_rfc() -> None:
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_many_posts_come_from_a_file_after_a_dry_run_that_names_each_bad_line(
    app: Flask, client: FlaskClient, crew: dict[RoleName, User]
) -> None:
    with app.app_context():
        posts.channel("bluesky", name="Blue, the office")
        posts.channel("manual", name="Board")
    day = (clock.today(posts.ZONE) + timedelta(days=9)).strftime("%m/%d/%Y")
    lines = [
        "Text,Channels,Day,Time,Link",
        f'Come to the training,"Blue, the office; board",{day},2:30 pm,https://example.org/a',
        "Just words,Board,,,",
        "Where?,Nowhere,,,",
        ",Board,,,",
        f"{'x' * 301},Board;Blue\\, the office,,,",
        "When?,Board,someday,,",
        "Too late,Board,1/2/2020,9:00,",
        "Bad link,Board,,,example.org",
    ]
    writer = as_(client, crew, RoleName.WRITER)
    page = pages.visit(writer, "/social/imports")
    for content, words in [(b"", "no post in this file"), (b"a,b\n1,2\n", "needs a column called “text”")]:
        refused = pages.submit(writer, page, "/social/imports", file=(io.BytesIO(content), "posts.csv"))
        assert refused.status_code == 400
        assert words in refused.text
    checked = pages.submit(writer, page, "/social/imports", file=(io.BytesIO("\n".join(lines).encode()), "posts.csv"))
    id = id_of(checked.headers["Location"])
    page = pages.visit(writer, f"/social/imports/{id}")
    for words in (
        "There is no channel called “Nowhere”",
        "The text is missing",
        "“someday” is no day",
        "The chosen time has passed",
        "Begin the address with https://",
        "Make 2 drafts",
    ):
        assert words in page.text, words
    with app.app_context():
        assert db.session.scalar(select(Post.id)) is None
    assert pages.submit(writer, page, f"/social/imports/{id}/start").status_code == 303
    assert pages.submit(writer, page, f"/social/imports/{id}/start").status_code == 409
    with app.app_context():
        first, second = db.session.scalars(select(Post).order_by(Post.id))
        assert (first.send_wall.strftime("%H:%M"), len(first.content["channels"])) == ("14:30", 2)
        assert second.send_mode == "now"
    pages.submit(writer, page, f"/social/imports/{id}/undo")
    assert "Come to the training" in pages.visit(writer, "/social/bin").text


def test_the_bin_a_copy_stopping_and_sending_again(app: Flask, client: FlaskClient, crew: dict[RoleName, User]) -> None:
    with app.app_context():
        pair = (crew[RoleName.WRITER], crew[RoleName.APPROVER])
        post_id = posts.approved(pair, posts.channel("manual"))
    approver = as_(client, crew, RoleName.APPROVER)
    page = pages.visit(approver, f"/social/{post_id}")
    pages.submit(approver, page, f"/social/{post_id}/stop")
    assert "Approved, not scheduled" in pages.visit(approver, f"/social/{post_id}").text
    pages.submit(approver, page, f"/social/{post_id}/send")
    assert pages.submit(approver, page, f"/social/{post_id}/bin").status_code == 409
    pages.submit(approver, page, f"/social/{post_id}/take-back")
    copied = pages.submit(approver, page, f"/social/{post_id}/duplicate")
    assert "Copy of Ten quiet signs" in pages.visit(approver, copied.headers["Location"]).html
    pages.submit(approver, page, f"/social/{post_id}/bin")
    page = pages.visit(approver, "/social/bin")
    assert TEXT in page.text
    pages.submit(approver, page, f"/social/{post_id}/restore")
    with app.app_context():
        assert planning.get_item(queries.KIND, post_id).state == ItemState.DRAFT


def test_changes_are_asked_for_and_what_changed_is_shown_next_time(
    app: Flask, client: FlaskClient, crew: dict[RoleName, User]
) -> None:
    with app.app_context():
        channel = posts.channel("manual").id
        pair = (crew[RoleName.WRITER], crew[RoleName.APPROVER])
        post_id = posts.approved(pair, queries.get_channel(channel))
    writer = as_(client, crew, RoleName.WRITER)
    page = pages.visit(writer, f"/social/{post_id}")
    pages.submit(writer, page, f"/social/{post_id}/take-back")
    pages.submit(writer, page, f"/social/{post_id}/edit", **typed(channel, text="Nine signs.", version=1))
    pages.submit(writer, page, f"/social/{post_id}/check")
    approver = as_(client, crew, RoleName.APPROVER)
    page = pages.visit(approver, f"/social/{post_id}/review")
    assert "What changed since the last approval" in page.text
    assert "Nine signs." in page.text
    assert pages.submit(approver, page, f"/social/{post_id}/ask", comment="").status_code == 400
    pages.submit(approver, page, f"/social/{post_id}/ask", comment="Ten, please.")
    writer = as_(client, crew, RoleName.WRITER)
    assert "Ten, please." in pages.visit(writer, f"/social/{post_id}/edit").text


def test_a_viewer_looks_and_changes_nothing(app: Flask, client: FlaskClient, crew: dict[RoleName, User]) -> None:
    with app.app_context():
        pair = (crew[RoleName.WRITER], crew[RoleName.APPROVER])
        post_id = posts.launched(pair, posts.channel("manual"))
        publishing.work_on(queries.publications_of(post_id)[0].channel_id, threading.Event(), "test")
    viewer = as_(client, crew, RoleName.VIEWER)
    page = pages.visit(viewer, f"/social/{post_id}")
    assert "I posted it" not in page.html
    assert "New post" not in pages.visit(viewer, "/social").text
    assert viewer.get("/social/new").status_code == 403
