"""Rows for the tests of radio, made by its own actions."""

from datetime import date, datetime, timedelta
from typing import Any

from campaigns import clock
from campaigns.radio.actions import airings, episodes, shows
from campaigns.radio.rhythm import Rhythm

LA = "America/Los_Angeles"
SHOW = {"title": "H.E.A.T. Watch Radio", "tagline": "Neighbors look out", "hosts": ["Ana Ruiz"], "topics": ["Youth"]}
STATION = {"name": "Radio Oakland", "call_sign": "KOAK", "frequency": "90.7 FM", "zone": LA, "psa_lengths": [15, 30]}
EPISODE = {
    "title": "What a nurse notices",
    "summary": "A nurse tells.",
    "narrative": "How nurses help.",
    "issues": ["Youth"],
}
RECORDING: dict[str, Any] = {
    "audio_url": "https://audio.example.org/1.mp3",
    "audio_type": "audio/mpeg",
    "audio_bytes": 26_500_000,
    "audio_seconds": 1710,
    "transcript_html": "<p>Hello.</p>",
}


def on_air(user_id: int, zone: str = LA, days_ahead: int = 7, **station: Any) -> tuple[int, int, int, datetime]:
    """A show on a station each week: (show id, station id, airing id, the first wall time)."""
    now = clock.now()
    show_id = shows.create_show(dict(SHOW), user_id, now)
    station_id = shows.create_station(STATION | {"zone": zone} | station, user_id, now)
    first = datetime.combine(clock.today(zone) + timedelta(days=days_ahead), datetime.min.time()).replace(
        hour=18, minute=30
    )
    airing_id = airings.create(
        show_id,
        station_id,
        first_wall=first,
        rhythm=Rhythm("weekly"),
        minutes=30,
        until_on=None,
        is_repeat=False,
        is_live=False,
        user_id=user_id,
        now=now,
    )
    return show_id, station_id, airing_id, first


def episode(show_id: int, user_id: int, **values: Any) -> int:
    """An episode of a show, with one guest who agreed and one who was not asked."""
    guests = [
        episodes.GuestEntry("Maria", "guest", has_consent=True, consent_on=date(2026, 11, 1)),
        episodes.GuestEntry("Secret Sam", "guest", has_consent=False, consent_on=None),
    ]
    return episodes.create(show_id, EPISODE | values, guests, user_id, clock.now())
