"""The adder of radio's rows on the calendar: a broadcast is planned work, a script waits for its approval."""

import hashlib
import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.planning import items
from campaigns.planning.models import ItemState, PlanItem
from campaigns.radio.models import Broadcast, Episode, Script, Show, Station
from campaigns.radio.occurrences import Occurrence
from campaigns.radio.queries import KIND, SCRIPT_KIND
from campaigns.radio.words import SCRIPTS


def put_broadcast(
    session: Session,
    broadcast: Broadcast,
    episode: Episode,
    show: Show,
    station: Station,
    occurrence: Occurrence,
    now: datetime,
) -> PlanItem:
    """Write where a broadcast stands, with the time that it has now."""
    broadcast.starts_at = occurrence.starts_at
    broadcast.minutes = round((occurrence.ends_at - occurrence.starts_at).total_seconds() / 60)
    state = ItemState.SENT if occurrence.ends_at <= now else ItemState.SCHEDULED
    return items.put(
        session,
        kind=KIND,
        ref=broadcast.id,
        title=f"{show.title}: {episode.title} on {station.name}",
        state=ItemState.CANCELED if occurrence.is_off else state,
        wall=clock.wall_time_of(occurrence.starts_at, station.zone),
        zone=station.zone,
        due_at=occurrence.starts_at,
        owner_id=episode.author_id,
        campaign_id=episode.campaign_id,
        content_hash="",
        note=occurrence.reason,
        now=now,
    )


def put_script(session: Session, script: Script, episode: Episode, now: datetime, note: str = "") -> PlanItem:
    """Write where a script stands. Another text voids what was approved."""
    return items.put(
        session,
        kind=SCRIPT_KIND,
        ref=script.id,
        title=f"{SCRIPTS[script.kind].title}: {episode.title}",
        state=script.state,
        wall=None,
        zone="UTC",
        due_at=None,
        owner_id=script.author_id,
        campaign_id=episode.campaign_id,
        content_hash=content_hash(script),
        note=note,
        now=now,
    )


def end_practice(session: Session, note: str, now: datetime) -> None:
    """Make drafts of the scripts that practice approved."""
    decided = (ItemState.APPROVED, ItemState.IN_REVIEW)
    wanted = select(Script, Episode).join(Episode, Episode.id == Script.episode_id).where(Script.state.in_(decided))
    for script, episode in session.execute(wanted.order_by(Script.id)).all():
        script.state = ItemState.DRAFT
        put_script(session, script, episode, now, note=note)


def content_hash(script: Script) -> str:
    """What an approval of a script covers: its words, until when they hold, and for which length."""
    kill_on = script.kill_on.isoformat() if script.kill_on else ""
    said = json.dumps([script.kind, script.text, kill_on, script.words_a_minute])
    return hashlib.sha256(said.encode()).hexdigest()
