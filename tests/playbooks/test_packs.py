"""One episode becomes drafts in every channel; what happens to the broadcast happens to them, on both engines."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.db import db
from campaigns.delivery.models import OutboxMail
from campaigns.errors import Conflict, Invalid
from campaigns.newsletters import queries as newsletters
from campaigns.newsletters.actions import create
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.playbooks import letters as rows
from campaigns.playbooks import moving, queries
from campaigns.playbooks.actions import changing, letters, packs
from campaigns.playbooks.models import Letter
from campaigns.playbooks.rules import Line
from campaigns.radio import queries as radio
from campaigns.radio.actions import episodes
from campaigns.radio.models import ChangeKind
from campaigns.social import queries as social
from campaigns.social.models import Channel
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.radio.differences import differ
from tests.radio.shows import episode, on_air

LA = "America/Los_Angeles"


def prepared(days_ahead: int = 14) -> tuple[int, int, int, datetime, int]:
    """A broadcast with an episode, a station to write to, a channel to post on: (user, airing, episode, wall, id)."""
    user = make.user(RoleName.WRITER, RoleName.APPROVER)
    address = {"traffic_email": "traffic@example.org", "press_email": "news@example.org"}
    show_id, _, airing_id, wall = on_air(user.id, days_ahead=days_ahead, **address)
    db.session.add(Channel(network="manual", name="Bulletin board", zone=LA, created_at=clock.now()))
    db.session.commit()
    number = episode(show_id, user.id)
    broadcast = episodes.carry(number, airing_id, wall, user.id, clock.now())
    return user.id, airing_id, number, wall, broadcast


def states(broadcast_id: int) -> dict[tuple[str, int, int], tuple[str, datetime | None]]:
    found = {}
    for each in queries.announcements_of([broadcast_id]):
        item = queries.item_of(each)
        assert item is not None
        found[(each.kind, each.days, each.minutes)] = (item.state, item.due_at)
    return found


def test_a_pack_drafts_every_channel_once(ctx: Flask) -> None:
    user_id, _, number, wall, broadcast = prepared()
    made, problems = packs.make(number, user_id, clock.now())
    assert (made, problems) == (11, [])
    start = clock.instant_of(wall, LA)
    assert states(broadcast) == {
        ("stations", -7, 0): (ItemState.DRAFT, clock.instant_of(wall - timedelta(days=7), LA)),
        ("press", -7, 0): (ItemState.DRAFT, clock.instant_of(wall - timedelta(days=7), LA)),
        ("alert", -1, 0): (ItemState.DRAFT, clock.instant_of(wall - timedelta(days=1), LA)),
        ("social", 0, -120): (ItemState.DRAFT, start - timedelta(hours=2)),
        ("on_air", 0, 0): (ItemState.DRAFT, start),
        ("again", 1, 0): (ItemState.DRAFT, clock.instant_of(wall + timedelta(days=1), LA)),
    }
    assert packs.make(number, user_id, clock.now()) == (0, [])
    alert = next(each for each in queries.announcements_of([broadcast]) if each.kind == "alert")
    newsletter = newsletters.get_newsletter(alert.ref)
    assert newsletter.stale_at == start
    said = str(newsletters.document_of(newsletter).to_json())
    assert "Maria" in said
    assert "Secret Sam" not in said
    post = next(each for each in queries.announcements_of([broadcast]) if each.kind == "social")
    assert social.document_of(social.get_post(post.ref)).lateness_minutes == 60
    assert set(radio.scripts_of(number)) == {"psa_15", "psa_30", "psa_60", "host", "press"}


def test_what_cannot_be_drafted_is_said(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, _, airing_id, wall = on_air(user.id, days_ahead=3)
    number = episode(show_id, user.id)
    assert packs.make(number, user.id, clock.now())[1] == [
        "No broadcast lies ahead. Choose one on the schedule to carry the episode."
    ]
    episodes.carry(number, airing_id, wall, user.id, clock.now())
    _, problems = packs.make(number, user.id, clock.now())
    assert sorted(problems) == [
        "Letter to the station: its time (7 days before) has passed.",
        "Note to the news desk: its time (7 days before) has passed.",
        "Posts: no channel is connected yet. Connect one under Social.",
    ]


def test_a_moved_broadcast_moves_what_announces_it_in_one_step(ctx: Flask) -> None:
    user_id, airing_id, number, wall, broadcast = prepared()
    packs.make(number, user_id, clock.now())
    later = wall + timedelta(days=2)
    with pytest.raises(Conflict, match="changed while you were reading"):
        changing.change(
            airing_id, wall, kind=ChangeKind.MOVED, new_wall=later, minutes=None, reason="", seen=[],
            user_id=user_id, now=clock.now(),
        )  # fmt: skip
    assert radio.find_change(airing_id, wall) is None
    differ(airing_id, wall, ChangeKind.MOVED, user_id, new_wall=later)
    moved = states(broadcast)
    assert moved[("alert", -1, 0)] == (ItemState.DRAFT, clock.instant_of(later - timedelta(days=1), LA))
    assert moved[("on_air", 0, 0)] == (ItemState.DRAFT, clock.instant_of(later, LA))
    letter = db.session.query(Letter).first()
    assert letter is not None
    assert (letter.wall, letter.stale_at) == (later - timedelta(days=7), clock.instant_of(later, LA))
    differ(airing_id, wall, ChangeKind.CANCELED, user_id, reason="Holiday")
    assert states(broadcast) == {}


def sent_letter(user_id: int, broadcast: int) -> Letter:
    """The letter to the station, approved and sent at its time."""
    announcement = next(each for each in queries.announcements_of([broadcast]) if each.kind == "stations")
    letter = queries.get_letter(announcement.ref)
    letters.submit(letter.id, user_id, clock.now())
    seen = rows.content_hash(letter)
    letters.decide(letter.id, is_approved=True, seen_hash=seen, comment="", user_id=user_id, now=clock.now())
    assert letters.send_due(clock.now()) == 0
    assert letters.send_due(letter.due_at) == 1
    assert letters.send_due(letter.due_at) == 0
    return letter


def test_who_was_told_gets_a_correction_to_approve(ctx: Flask) -> None:
    user_id, airing_id, number, wall, broadcast = prepared()
    packs.make(number, user_id, clock.now())
    letter = sent_letter(user_id, broadcast)
    mails = db.session.query(OutboxMail).filter_by(kind="letter").all()
    assert [mail.to_address for mail in mails] == ["traffic@example.org"]
    assert differ(airing_id, wall, ChangeKind.CANCELED, user_id, reason="Holiday") == []
    corrections = [each for each in queries.announcements_of([broadcast]) if each.is_correction]
    (correction,) = corrections
    told = queries.get_letter(correction.ref)
    assert told.state == ItemState.DRAFT
    assert told.subject == "Correction: What a nurse notices is not on the air"
    assert "(Holiday)" in told.text
    assert queries.get_letter(letter.id).state == ItemState.SENT


def test_a_letter_never_leaves_once_the_show_has_begun(ctx: Flask) -> None:
    user_id, _, number, wall, broadcast = prepared(days_ahead=8)
    packs.make(number, user_id, clock.now())
    announcement = next(each for each in queries.announcements_of([broadcast]) if each.kind == "stations")
    letter = queries.get_letter(announcement.ref)
    letters.submit(letter.id, user_id, clock.now())
    seen = rows.content_hash(letter)
    letters.decide(letter.id, is_approved=True, seen_hash=seen, comment="", user_id=user_id, now=clock.now())
    assert letters.send_due(clock.instant_of(wall, LA)) == 0
    assert queries.get_letter(letter.id).state == ItemState.MISSED
    assert not db.session.query(OutboxMail).filter_by(kind="letter").count()


def test_an_alert_reaches_nobody_once_the_show_has_begun(ctx: Flask) -> None:
    from campaigns.delivery.models import Run
    from campaigns.newsletters.source import NewsletterSource

    user_id, _, number, wall, broadcast = prepared()
    packs.make(number, user_id, clock.now())
    alert = next(each for each in queries.announcements_of([broadcast]) if each.kind == "alert")
    alerts = queries.alert_list()
    assert alerts is not None
    reader = make.subscriber("reader@example.org", alerts)
    run = Run(id=1, kind="newsletter", ref=alert.ref, max_id=reader.id, created_at=clock.now())
    start = clock.instant_of(wall, LA)
    source = NewsletterSource()
    assert source.may_send(run, [reader.id], start - timedelta(seconds=1)) == {reader.id}
    assert source.may_send(run, [reader.id], start) == set()


def test_a_show_has_lines_of_its_own(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, *_ = on_air(user.id)
    packs.set_lines(show_id, 0, [Line("alert", -2), Line("alert", -2)], user.id, clock.now())
    assert queries.lines_of(show_id) == [Line("alert", -2)]
    with pytest.raises(Conflict):
        packs.set_lines(show_id, 0, [], user.id, clock.now())
    with pytest.raises(Invalid):
        packs.set_lines(show_id, 1, [Line("alert", 2)], user.id, clock.now())


def test_an_episode_goes_into_a_newsletter_that_is_being_written(ctx: Flask) -> None:
    user_id, _, number, _, _ = prepared()
    newsletter_id = create("December", user_id, clock.now())
    packs.add_block(number, newsletter_id, user_id, clock.now())
    said = str(newsletters.get_document(newsletter_id).to_json())
    assert "On the air: What a nurse notices" in said


def test_the_pages_make_read_and_decide(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        _user_id, airing_id, number, wall, broadcast = prepared()
        pages.sign_in(client, make.user(RoleName.ADMINISTRATOR))
    page = pages.visit(client, f"/radio/packs/{number}")
    assert "Nothing is drafted yet." in page.text
    assert pages.submit(client, page, f"/radio/packs/{number}").status_code == 303
    assert "11 drafts are ready." in pages.visit(client, f"/radio/packs/{number}").text
    with app.app_context():
        letter_id = next(each.ref for each in queries.announcements_of([broadcast]) if each.kind == "press")
    page = pages.visit(client, f"/radio/letters/{letter_id}")
    told = {"subject": "On the air", "text": "Hello there.", "then": "submit", "version": "1"}
    assert pages.submit(client, page, f"/radio/letters/{letter_id}", **told).status_code == 303
    page = pages.visit(client, f"/radio/letters/{letter_id}")
    decision = {"decision": "approve", "seen_hash": page.values["seen_hash"], "is_read": "y"}
    assert pages.submit(client, page, f"/radio/letters/{letter_id}/decide", **decision).status_code == 303
    assert "Scheduled" in pages.visit(client, f"/radio/letters/{letter_id}").text
    path = f"/radio/change/{airing_id}/{wall:%Y%m%dT%H%M}"
    form = pages.visit(client, path)
    later = wall + timedelta(days=1)
    asked = {"kind": "moved", "new_day": later.date().isoformat(), "new_time": "18:30"}
    looked = pages.check(pages.submit(client, form, path, step="look", **asked), is_public=False)
    assert looked.text.count("it needs approval again") == 6
    done = pages.submit(client, looked, path, step="do", seen=looked.values["seen"], **asked)
    assert done.status_code == 303
    assert "Draft" in pages.visit(client, f"/radio/letters/{letter_id}").text
    page = pages.visit(client, "/radio/packs/lines/1")
    line = {"kind": "alert", "days": "2", "hours": "0", "minutes": "0", "side": "before"}
    assert pages.submit(client, page, "/radio/packs/lines/1", **line).status_code == 303
    page = pages.visit(client, "/radio/packs/lines/1")
    assert "2 days before" in page.text
    gone = pages.submit(client, page, "/radio/packs/lines/1/remove", place="0", version="1")
    assert gone.status_code == 303


def test_effects_say_what_happens(ctx: Flask) -> None:
    user_id, _, number, wall, broadcast = prepared()
    packs.make(number, user_id, clock.now())
    with time_machine.travel(clock.now(), tick=False):
        found = moving.effects(radio.get_aired(broadcast), wall - timedelta(days=10), clock.now())
    assert {effect.kind: effect.what for effect in found} == {
        "stations": "late",
        "press": "late",
        "alert": "rescheduled",
        "social": "rescheduled",
        "on_air": "rescheduled",
        "again": "rescheduled",
    }
    assert planning.find_item("letter", found[0].announcement_id) is not None
