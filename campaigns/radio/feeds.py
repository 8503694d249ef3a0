"""Calendars and podcasts of what is in the database, with absolute addresses."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from campaigns import markup
from campaigns.radio import calendars, links, queries
from campaigns.radio import podcast as podcasts
from campaigns.radio.models import Airing, Change, Episode, Guest, Show, Station
from campaigns.staff.queries import get_organization, site_url

ITEMS = 300
LIVE_AHEAD = timedelta(days=7)
LIVE_AFTER = timedelta(hours=24)
TEXTS_AROUND = timedelta(days=366)


def show_calendar(show: Show, now: datetime) -> bytes:
    """The iCalendar feed of a show."""
    source = f"{links.show_url(site_url(), show.slug)}/calendar.ics"
    return calendars.calendar(show.title, show.tagline, source, _lines(show.id, None, now), now)


def station_calendar(station: Station, now: datetime) -> bytes:
    """The iCalendar feed of a station."""
    source = f"{site_url()}/listen/stations/{station.slug}.ics"
    return calendars.calendar(
        f"{get_organization().name} on {station.name}", "", source, _lines(None, station.id, now), now
    )


def podcast(show: Show, now: datetime) -> bytes:
    """The podcast feed of a show."""
    organization, base = get_organization(), site_url()
    page = links.show_url(base, show.slug)
    episodes = list(queries.published(show.id, now, per_page=ITEMS).items)
    guests = queries.named_guests([episode.id for episode in episodes])
    channel = podcasts.Channel(
        guid=show.podcast_guid,
        title=show.title,
        description=show.description or show.tagline,
        language=show.language,
        link=page,
        feed_url=f"{page}/podcast.xml",
        author=organization.name,
        email=organization.email,
        artwork_url=f"{page}/artwork" if show.artwork_digest else "",
        people=tuple(podcasts.Person(host, "host") for host in show.hosts),
    )
    items = [_item(show, episode, guests.get(episode.id, []), base) for episode in episodes]
    return podcasts.feed(channel, items, _live(show, base, now))


def _item(show: Show, episode: Episode, guests: list[Guest], base: str) -> podcasts.Item:
    link = links.episode_url(base, show.slug, episode.slug)
    transcripts = [(f"{link}/captions.vtt", "text/vtt")] if episode.transcript_vtt else []
    if episode.transcript_html:
        transcripts.append((link, "text/html"))
    return podcasts.Item(
        guid=episode.guid,
        title=episode.title,
        number=episode.number,
        description=markup.html_of(episode.summary),
        link=link,
        published_at=episode.published_at or episode.created_at,
        audio_url=episode.audio_url,
        audio_type=episode.audio_type or "audio/mpeg",
        audio_bytes=episode.audio_bytes,
        audio_seconds=episode.audio_seconds,
        transcripts=tuple(transcripts),
        people=tuple(podcasts.Person(guest.public_name, guest.role) for guest in guests),
        social_url=episode.social_url,
    )


def _live(show: Show, base: str, now: datetime) -> list[podcasts.Live]:
    shown = queries.schedule(now - LIVE_AFTER, now + LIVE_AHEAD, show.id, only_public=True)
    return [
        podcasts.Live(
            guid=f"{one.airing.uid}-{one.occurrence.wall:%Y%m%dT%H%M}",
            title=f"{one.episode.title if one.episode else show.title} on {one.station.name}",
            status=podcasts.status_of(one.occurrence.starts_at, one.occurrence.ends_at, now),
            starts_at=one.occurrence.starts_at,
            ends_at=one.occurrence.ends_at,
            stream_url=one.station.stream_url,
            link=links.show_url(base, show.slug),
        )
        for one in shown
        if one.station.stream_url and not one.occurrence.is_off
    ]


def _lines(show_id: int | None, station_id: int | None, now: datetime) -> Iterable[calendars.Line]:
    airings = queries.airings(show_id, station_id)
    shows = {show.id: show for show in queries.public_shows()}
    stations = {station.id: station for station in queries.stations()}
    ids = [airing.id for airing in airings]
    changes = queries.changes_of(ids)
    carried = queries.broadcasts_of(ids, now - TEXTS_AROUND, now + TEXTS_AROUND)
    for airing in airings:
        show, station = shows.get(airing.show_id), stations.get(airing.station_id)
        if show is not None and station is not None:
            texts = {wall: episode.title for (owner, wall), episode in carried.items() if owner == airing.id}
            yield _line(airing, show, station, changes.get(airing.id, {}), texts)


def _line(
    airing: Airing, show: Show, station: Station, changes: dict[datetime, Change], texts: dict[datetime, str]
) -> calendars.Line:
    place = " ".join(part for part in (station.name, station.frequency) if part)
    return calendars.Line(
        slot=queries.slot_of(airing, station),
        uid=airing.uid,
        sequence=airing.sequence,
        changed_at=airing.changed_at,
        title=show.title + (" (repeat)" if airing.is_repeat else ""),
        text=show.tagline,
        place=place,
        url=links.show_url(site_url(), show.slug),
        stream_url=station.stream_url,
        ended_at=airing.ended_at,
        overrides={
            wall: calendars.Override(
                change.kind, change.new_wall, change.minutes, change.reason, change.sequence, change.changed_at
            )
            for wall, change in changes.items()
        },
        texts=texts,
    )
