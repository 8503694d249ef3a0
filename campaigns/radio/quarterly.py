"""The rows of the quarterly report, read from the log: one for each issue that a broadcast treated."""

from datetime import timedelta

from campaigns import clock
from campaigns.radio import queries
from campaigns.radio.queries import Aired
from campaigns.radio.reports import Quarter, Row, bounds


def rows(quarter: Quarter, station_id: int | None = None) -> list[Row]:
    """What was on the air in a quarter of each station's own calendar, by issue and time."""
    found = _aired(quarter, station_id)
    guests = queries.named_guests([one.episode.id for one in found])
    return [
        Row(
            issue=issue,
            wall=clock.wall_time_of(one.broadcast.starts_at, one.station.zone),
            minutes=one.broadcast.minutes,
            show=one.show.title,
            episode=one.episode.title,
            station=one.station.name,
            guests=", ".join(guest.public_name for guest in guests.get(one.episode.id, [])),
            narrative=one.episode.narrative or one.episode.summary,
            has_aired=one.broadcast.has_aired,
        )
        for one in found
        for issue in one.episode.issues
    ]


def without_issue(quarter: Quarter, station_id: int | None = None) -> list[Aired]:
    """Broadcasts whose episode names no issue yet, which the list would leave out."""
    return [one for one in _aired(quarter, station_id) if not one.episode.issues]


def _aired(quarter: Quarter, station_id: int | None) -> list[Aired]:
    # Quarters begin at different instants in different zones: look a day around, then at each station's own clock.
    start, end = bounds(quarter, "UTC")
    day = timedelta(days=1)
    now = clock.now()
    return [
        one
        for one in queries.aired(start - day, min(end + day, now), station_id=station_id)
        if quarter.first_on <= clock.wall_time_of(one.broadcast.starts_at, one.station.zone).date() < quarter.after_on
        and not queries.is_off(one)
    ]
