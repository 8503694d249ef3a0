"""Calendars and podcasts behave when something changes, and other programs read them without a complaint."""

from datetime import UTC, datetime, timedelta

import feedparser
import icalendar
import recurring_ical_events
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.radio import feeds, queries
from campaigns.radio.actions import airings, episodes
from campaigns.radio.models import ChangeKind
from campaigns.staff.models import RoleName
from tests import make, pages
from tests.radio.differences import differ, put_back
from tests.radio.shows import RECORDING, episode, on_air

VTT = (
    "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Ana>Hello & welcome.</v>\n\n00:02.000 --> 00:04.000\n<v Ana>Stay safe.</v>\n"
)


def calendar_of(show_id: int, app: Flask) -> icalendar.Calendar:
    with app.test_request_context():
        raw = feeds.show_calendar(queries.get_show(show_id), clock.now())
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    return icalendar.Calendar.from_ical(raw)


def events(feed: icalendar.Calendar) -> dict[str, icalendar.Event]:
    """The events of a feed by the wall time that they are about; the rule itself under "rule"."""
    found = {}
    for event in feed.walk("VEVENT"):
        assert not event.errors
        about = event.get("RECURRENCE-ID")
        name = str(about.dt.replace(tzinfo=None)) if about else "rule" if "RRULE" in event else "extra"
        found[name] = event
    return found


def test_a_calendar_tells_every_change_and_forgets_none(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, _, airing_id, wall = on_air(user.id)
    uid = events(calendar_of(show_id, ctx))["rule"]["UID"]
    moved, off, extra = wall + timedelta(weeks=1), wall + timedelta(weeks=2), wall + timedelta(days=2)
    differ(airing_id, moved, ChangeKind.MOVED, user.id, new_wall=moved + timedelta(hours=2), reason="Debate")
    differ(airing_id, off, ChangeKind.CANCELED, user.id, reason="Holiday")
    airings.add_special(airing_id, extra, 15, "", user.id, clock.now())
    feed = calendar_of(show_id, ctx)
    told = events(feed)
    assert set(told) == {"rule", "extra", str(moved), str(off)}
    assert told[str(off)]["STATUS"] == "CANCELLED"
    assert told[str(moved)]["UID"] == told[str(off)]["UID"] == uid != told["extra"]["UID"]
    assert told[str(moved)]["SEQUENCE"] == 1
    assert told[str(moved)].start.hour == (moved + timedelta(hours=2)).hour
    assert [zone["TZID"] for zone in feed.walk("VTIMEZONE")] == ["America/Los_Angeles"]
    start, end = clock.now(), clock.now() + timedelta(days=40)
    theirs = [one for one in recurring_ical_events.of(feed).between(start, end) if one.get("STATUS") != "CANCELLED"]
    ours = [one.occurrence for one in queries.schedule(start, end) if not one.occurrence.is_off]
    assert sorted(one.start.astimezone(UTC) for one in theirs) == [one.starts_at for one in ours]
    put_back(airing_id, off, user.id)
    back = events(calendar_of(show_id, ctx))[str(off)]
    assert "STATUS" not in back
    assert back["SEQUENCE"] == 2


def test_the_end_of_a_rule_is_said_in_utc(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, _, airing_id, wall = on_air(user.id)
    airings.end(airing_id, (wall + timedelta(weeks=3)).date(), user.id, clock.now())
    (event,) = calendar_of(show_id, ctx).walk("VEVENT")
    (until,) = event["RRULE"]["UNTIL"]
    assert until.utcoffset() == timedelta(0)
    assert event["SEQUENCE"] == 1


def test_a_podcast_is_read_without_a_warning(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, *_ = on_air(user.id, days_ahead=2, stream_url="https://stream.example.org/live")
    number = episode(show_id, user.id, **(RECORDING | {"transcript_vtt": VTT}))
    episodes.publish(number, user.id, clock.now())
    with ctx.test_request_context():
        raw = feeds.podcast(queries.get_show(show_id), clock.now())
    parsed = feedparser.parse(raw)
    assert not parsed.bozo, parsed.get("bozo_exception")
    (entry,) = parsed.entries
    assert entry.enclosures[0]["length"] == "26500000"
    assert entry.id == queries.get_episode(number).guid
    assert b"Maria" in raw
    assert b"Secret Sam" not in raw
    assert b"captions.vtt" in raw
    assert b'status="pending"' in raw


def test_live_items_follow_the_clock(ctx: Flask) -> None:
    user = make.user(RoleName.WRITER)
    show_id, _, _, wall = on_air(user.id, stream_url="https://stream.example.org/live")
    begins = clock.instant_of(wall, "America/Los_Angeles")
    for minutes, status in ((-10, b"pending"), (10, b"live"), (40, b"ended")):
        with time_machine.travel(begins + timedelta(minutes=minutes), tick=False), ctx.test_request_context():
            raw = feeds.podcast(queries.get_show(show_id), clock.now())
            assert b'status="%b" start="%b"' % (status, begins.isoformat().encode()) in raw


def test_feeds_are_asked_again_cheaply(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        user = make.user(RoleName.WRITER)
        show_id, _, _, _ = on_air(user.id)
        slug = queries.get_show(show_id).slug
    for path in (f"/listen/{slug}/calendar.ics", f"/listen/{slug}/podcast.xml", "/listen/stations/koak.ics"):
        first = client.get(path)
        assert first.status_code == 200
        assert "Set-Cookie" not in first.headers
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304, path
    pages.visit(client, f"/listen/{slug}", is_public=True)


def test_now_is_answered_from_memory_until_it_changes(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        user = make.user(RoleName.WRITER)
        _, _, _, wall = on_air(user.id)
    begins = clock.instant_of(wall, "America/Los_Angeles")
    keeper = app.wsgi_app.app  # type: ignore[attr-defined]
    keeper._kept = None
    with time_machine.travel(begins + timedelta(minutes=29, seconds=55), tick=False):
        answer = client.get("/listen/now.json")
        assert answer.json["now"][0]["station"] == "Radio Oakland"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "public, max-age=5"
        assert keeper._kept is not None
        again = client.get("/listen/now.json", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert client.head("/listen/now.json").data == b""
    keeper._kept = None
    with time_machine.travel(begins + timedelta(minutes=30), tick=False):
        state = client.get("/listen/now.json").json
        assert state["now"] == []
        assert datetime.fromisoformat(state["next"][0]["starts"]) == begins + timedelta(weeks=1)
    keeper._kept = None
    assert client.post("/listen/now.json").status_code == 405
