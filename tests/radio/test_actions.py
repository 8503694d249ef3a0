"""Writes of radio keep the schedule, the calendar and the record true, on both engines."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from campaigns import clock
from campaigns.db import db
from campaigns.errors import Conflict, Invalid, Refused
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.radio import planned, quarterly, queries, reports
from campaigns.radio.actions import airings, episodes, log, scripts
from campaigns.radio.models import ChangeKind
from campaigns.radio.rhythm import Rhythm
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization
from tests import make
from tests.radio.differences import differ, put_back
from tests.radio.shows import RECORDING, episode, on_air
from tests.staff.people import mails


def item_of(broadcast_id: int) -> tuple[str, datetime | None]:
    item = planning.get_item(queries.KIND, broadcast_id)
    return item.state, item.due_at


def test_a_broadcast_moves_with_its_occurrence_and_comes_back(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, _, airing_id, wall = on_air(user.id)
    broadcast = episodes.carry(episode(show_id, user.id), airing_id, wall, user.id, clock.now())
    usual = item_of(broadcast)
    later = wall + timedelta(days=1, hours=1)
    differ(airing_id, wall, ChangeKind.MOVED, user.id, new_wall=later)
    assert item_of(broadcast) == (ItemState.SCHEDULED, clock.instant_of(later, "America/Los_Angeles"))
    with pytest.raises(Invalid) as refused:
        differ(airing_id, wall, ChangeKind.CANCELED, user.id)
    assert "reason" in refused.value.fields
    differ(airing_id, wall, ChangeKind.CANCELED, user.id, reason="Holiday")
    assert item_of(broadcast)[0] == ItemState.CANCELED
    put_back(airing_id, wall, user.id)
    assert item_of(broadcast) == usual
    change = queries.find_change(airing_id, wall)
    assert change is not None
    assert change.sequence == 3


def test_what_was_on_the_air_stays_on_record(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, _, airing_id, wall = on_air(user.id)
    broadcast = episodes.carry(episode(show_id, user.id), airing_id, wall, user.id, clock.now())
    with time_machine.travel(clock.instant_of(wall, "America/Los_Angeles") + timedelta(minutes=31), tick=False):
        with pytest.raises(Conflict):
            differ(airing_id, wall, ChangeKind.CANCELED, user.id, reason="x")
        with pytest.raises(Conflict):
            episodes.drop(broadcast, user.id, clock.now())
        assert log.end_broadcasts(clock.now()) == 1
        assert log.end_broadcasts(clock.now()) == 0
        assert item_of(broadcast)[0] == ItemState.SENT


def test_a_time_that_cannot_be_is_refused(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, station_id, airing_id, wall = on_air(user.id)
    at = {"user_id": user.id, "now": clock.now()}
    with pytest.raises(Conflict):
        differ(airing_id, wall + timedelta(hours=1), ChangeKind.MOVED, user.id, new_wall=wall)
    with pytest.raises(Invalid):
        differ(airing_id, wall, ChangeKind.MOVED, user.id, new_wall=datetime(2020, 1, 1))
    with pytest.raises(Invalid):
        airings.add_special(airing_id, wall, 30, "", user.id, clock.now())
    late = wall + timedelta(weeks=8)
    with time_machine.travel(datetime(2027, 1, 1), tick=False), pytest.raises(Invalid):
        differ(airing_id, late, ChangeKind.MOVED, user.id, new_wall=datetime(2027, 3, 14, 2, 30))
    with pytest.raises(Invalid) as refused:
        airings.create(
            show_id,
            station_id,
            first_wall=wall,
            rhythm=Rhythm("weekly", ((wall.weekday() + 1) % 7,)),
            minutes=30,
            until_on=None,
            is_repeat=False,
            is_live=False,
            **at,
        )
    assert "first_on" in refused.value.fields


def test_a_slot_ends_and_its_times_leave_the_schedule(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    _, _, airing_id, wall = on_air(user.id)
    start, end = clock.now(), clock.now() + timedelta(days=60)
    assert len(queries.schedule(start, end)) == 8
    airings.end(airing_id, (wall + timedelta(weeks=1)).date(), user.id, clock.now())
    assert [one.occurrence.wall for one in queries.schedule(start, end)] == [wall, wall + timedelta(weeks=1)]


def test_a_script_is_approved_by_somebody_else_and_voided_by_a_word(ctx: Flask) -> None:
    writer, approver = make.user(RoleName.WRITER), make.user(RoleName.APPROVER)
    get_organization().went_live_at = clock.now()
    db.session.commit()
    show_id, *_ = on_air(writer.id)
    episode_id = episode(show_id, writer.id)
    saved = {"words_a_minute": 150, "kill_on": None, "user_id": writer.id, "now": clock.now()}
    script_id = scripts.save(episode_id, "psa_30", version=0, text="Call 911.", **saved)
    with pytest.raises(Conflict):
        scripts.save(episode_id, "psa_30", version=0, text="Another.", **saved)
    scripts.submit(script_id, writer.id, clock.now())
    seen = planned.content_hash(queries.get_script(script_id))
    decide = {"is_approved": True, "seen_hash": seen, "comment": "", "now": clock.now()}
    with pytest.raises(Refused):
        scripts.decide(script_id, user_id=writer.id, **decide)
    with pytest.raises(Conflict):
        scripts.decide(script_id, user_id=approver.id, **(decide | {"seen_hash": "other"}))
    scripts.decide(script_id, user_id=approver.id, **decide)
    assert queries.get_script(script_id).state == ItemState.APPROVED
    assert planning.standing_approval(planning.get_item(queries.SCRIPT_KIND, script_id)) is not None
    scripts.save(episode_id, "psa_30", version=1, text="Call 911 now.", **saved)
    assert queries.get_script(script_id).state == ItemState.DRAFT
    assert planning.standing_approval(planning.get_item(queries.SCRIPT_KIND, script_id)) is None


def test_only_who_agreed_is_named(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, *_ = on_air(user.id)
    episode_id = episode(show_id, user.id)
    assert [guest.public_name for guest in queries.named_guests([episode_id])[episode_id]] == ["Maria"]


def test_an_episode_needs_a_transcript_before_anybody_can_hear_it(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, *_ = on_air(user.id)
    without = episode(show_id, user.id, **(RECORDING | {"transcript_html": ""}))
    with pytest.raises(Invalid, match="transcript"):
        episodes.publish(without, user.id, clock.now())
    whole = episode(show_id, user.id, **RECORDING)
    episodes.publish(whole, user.id, clock.now())
    assert [one.id for one in queries.published(show_id, clock.now()).items] == [whole]
    episodes.bin(whole, user.id, clock.now())
    assert not queries.published(show_id, clock.now()).items


def test_the_log_asks_stations_and_the_quarter_lists_what_aired(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, _, airing_id, wall = on_air(user.id, traffic_email="traffic@example.org")
    broadcast = episodes.carry(episode(show_id, user.id), airing_id, wall, user.id, clock.now())
    with pytest.raises(Conflict):
        log.ask(broadcast, "https://example.org", user.id, clock.now())
    quarter = reports.quarter_of(wall.date())
    with time_machine.travel(clock.instant_of(wall, "America/Los_Angeles") + timedelta(hours=2), tick=False):
        log.ask(broadcast, "https://example.org", user.id, clock.now())
        (mail,) = mails(ctx)
        assert mail.to_address == "traffic@example.org"
        assert "https://example.org/listen/aired/" in mail.text
        (row,) = quarterly.rows(quarter)
        assert (row.issue, row.wall, row.minutes, row.guests) == ("Youth", wall, 30, "Maria")
        assert row.aired == "Not confirmed"
        log.answer(broadcast, has_aired=False, name="Kim", note="", now=clock.now())
        assert reports.by_issue(quarterly.rows(quarter)) == {}
        log.answer(broadcast, has_aired=True, name="=Kim", note="", now=clock.now())
        assert list(reports.by_issue(quarterly.rows(quarter))) == ["Youth"]
        assert quarterly.rows(quarter.before) == []


@pytest.mark.parametrize(
    ("text", "first"), [("2026Q4", "2026-10-01"), ("2027q1", "2027-01-01"), ("2026-Q2", "2026-04-01")]
)
def test_quarters_are_read(text: str, first: str) -> None:
    quarter = reports.read_quarter(text)
    assert quarter.first_on.isoformat() == first
    assert quarter.following.before == quarter
    assert quarter.due_on.day == 10


@pytest.mark.parametrize("text", ["", "2026", "2026Q5", "Q4"])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        reports.read_quarter(text)
