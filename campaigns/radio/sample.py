"""The adder of labeled sample content: one show on one station, each Thursday, with an episode for the next one."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns import clock, search
from campaigns.planning import items
from campaigns.radio import planned, queries
from campaigns.radio.models import Airing, Broadcast, Episode, Show, Station
from campaigns.staff.models import Organization

THURSDAY = 3


def add(session: Session, now: datetime) -> Show:
    """Add the sample show; returns it with its id."""
    organization = session.get_one(Organization, 1)
    show = Show(
        slug="sample-heat-watch-radio",
        title="Sample: H.E.A.T. Watch Radio",
        tagline="Half an hour on how neighbors look out for each other.",
        description="Nurses, teachers, survivors and officers tell what they see, and what helped.",
        hosts=["Ana Ruiz"],
        topics=["Human trafficking", "Youth and online safety"],
        help_line=f"If you or somebody you know needs help, call {organization.tip_line}. In danger, dial 911.",
        pronunciations={"H.E.A.T.": "heat"},
        podcast_guid=str(uuid.uuid4()),
        is_sample=True,
        created_at=now,
    )
    station = Station(
        slug="sample-station",
        name="Sample Community Radio",
        call_sign="KXMP",
        frequency="90.7 FM",
        city="Oakland, California",
        zone=organization.zone,
        psa_lengths=[15, 30],
        psa_words=80,
        is_sample=True,
        created_at=now,
    )
    session.add_all([show, station])
    session.flush()
    today = clock.wall_time_of(now, organization.zone).replace(hour=18, minute=30, second=0, microsecond=0)
    first = today + timedelta(days=(THURSDAY - today.weekday()) % 7 or 7)
    airing = Airing(
        show_id=show.id,
        station_id=station.id,
        uid=f"{uuid.uuid4()}@radio",
        first_wall=first,
        rule="FREQ=WEEKLY;BYDAY=TH",
        minutes=30,
        created_at=now,
        changed_at=now,
    )
    session.add(airing)
    session.flush()
    _add_episode(session, show, station, airing, now)
    return show


def _add_episode(session: Session, show: Show, station: Station, airing: Airing, now: datetime) -> None:
    episode = Episode(
        show_id=show.id,
        number=1,
        slug="sample-what-a-school-nurse-notices",
        guid=str(uuid.uuid4()),
        title="What a school nurse notices",
        summary="A school nurse tells which small signs made her ask a second question, and what she said.",
        narrative="A school nurse and a prosecutor discuss early signs among students, and where to turn.",
        issues=list(show.topics),
        is_sample=True,
        created_at=now,
        changed_at=now,
    )
    session.add(episode)
    session.flush()
    search.put(session, "episode", episode.id, episode.title, episode.summary, " ".join(episode.issues))
    slot = queries.slot_of(airing, station)
    one = queries.occurrence_of(slot, airing.first_wall, None)
    broadcast = Broadcast(
        airing_id=airing.id, wall=airing.first_wall, episode_id=episode.id, starts_at=one.starts_at, minutes=30
    )
    session.add(broadcast)
    session.flush()
    planned.put_broadcast(session, broadcast, episode, show, station, one, now)


def remove(session: Session, now: datetime) -> None:
    """Remove the sample show and station with everything that hangs on them."""
    episodes = list(session.scalars(select(Episode.id).join(Show).where(Show.is_sample)))
    for broadcast in session.scalars(select(Broadcast).where(Broadcast.episode_id.in_(episodes))):
        items.withdraw(session, queries.KIND, broadcast.id, now)
    for episode_id in episodes:
        for script in queries.scripts_of(episode_id).values():
            items.withdraw(session, queries.SCRIPT_KIND, script.id, now)
        search.remove(session, "episode", episode_id)
    session.execute(delete(Show).where(Show.is_sample))
    session.execute(delete(Station).where(Station.is_sample))
