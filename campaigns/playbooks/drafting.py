"""The adder of announcements: a line of a playbook becomes a draft in its channel, in the caller's transaction."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.delivery.queries import default_sender
from campaigns.newsletters import drafts as newsletters
from campaigns.newsletters.documents import read_document as newsletter_document
from campaigns.playbooks import letters, queries, rules, words
from campaigns.playbooks.models import Announcement, LineKind
from campaigns.playbooks.rules import Line
from campaigns.playbooks.words import Facts
from campaigns.radio.queries import Aired
from campaigns.social import drafts as posts
from campaigns.social import queries as social
from campaigns.social.documents import read_document as post_document

# Networks on which a post is read in passing; the others have room for the summary.
SHORT = frozenset({"bluesky", "mastodon", "x"})
LEAST_LATENESS = timedelta(minutes=5)
_TEXTS = {LineKind.SOCIAL: words.before, LineKind.ON_AIR: words.on_air, LineKind.AGAIN: words.again}


def add(session: Session, aired: Aired, line: Line, user_id: int | None, now: datetime) -> Announcement | str:
    """Draft what a line asks for; returns the announcement, or a sentence that says why there is none."""
    facts = queries.facts_of(aired)
    wall = rules.due_wall(facts.wall, line)
    if clock.instant_of(wall, aired.station.zone) <= now:
        return f"{rules.KINDS[line.kind]}: its time ({rules.distance_words(line.days, line.minutes)}) has passed."
    made = _make(session, aired, facts, line, wall, user_id, now)
    if isinstance(made, str):
        return made
    return _remember(session, aired, line, *made, is_correction=False, now=now)


def correct(
    session: Session,
    aired: Aired,
    before: Announcement,
    facts: Facts,
    new_time: str,
    reason: str,
    user_id: int | None,
    now: datetime,
) -> Announcement | str:
    """Draft what tells those who got `before` that it is no longer so; it leaves once it is approved.

    `facts` are those that `before` told.
    """
    subject, text = words.correction(facts, new_time, reason)
    line = Line(before.kind, before.days, before.minutes)
    if before.item_kind == queries.KIND:
        old = queries.get_letter(before.ref)
        letter = letters.add(
            session,
            to_address=old.to_address,
            to_name=old.to_name,
            subject=subject,
            text=f"Hello,\n\n{text}\n\n{facts.office}\n{facts.office_email}\n",
            wall=clock.wall_time_of(now, aired.station.zone),
            zone=aired.station.zone,
            stale_at=None,
            user_id=user_id,
            now=now,
        )
        return _remember(session, aired, line, queries.KIND, letter.id, is_correction=True, now=now)
    if before.item_kind == "newsletter":
        blocks: list[dict[str, object]] = [
            {"id": "what", "kind": "text", "text": text},
            {"id": "help", "kind": "safety", "title": "Need help, or worried about someone?"},
        ]
        made = _newsletter(session, aired, subject, facts.show, blocks, "", user_id, now)
    else:
        made = _post(session, aired, subject, (text, text), "", 60, user_id, now)
    return made if isinstance(made, str) else _remember(session, aired, line, *made, is_correction=True, now=now)


def _make(
    session: Session, aired: Aired, facts: Facts, line: Line, wall: datetime, user_id: int | None, now: datetime
) -> tuple[str, int] | str:
    send_wall = wall.strftime("%Y-%m-%dT%H:%M")
    if line.kind in (LineKind.STATIONS, LineKind.PRESS):
        return _letter(session, aired, facts, line, wall, user_id, now)
    if line.kind == LineKind.ALERT:
        subject, preheader, blocks = words.alert(facts)
        return _newsletter(session, aired, subject, preheader, blocks, send_wall, user_id, now)
    due_at = clock.instant_of(wall, aired.station.zone)
    ends_at = aired.broadcast.starts_at + timedelta(minutes=aired.broadcast.minutes)
    late = rules.lateness(line.kind, due_at, aired.broadcast.starts_at, ends_at)
    if late < LEAST_LATENESS:
        return f"{rules.KINDS[line.kind]}: five minutes before the start are too few. Change the line."
    name = f"{aired.episode.title}: {rules.distance_words(line.days, line.minutes)}"
    texts = _TEXTS[LineKind(line.kind)](facts)
    return _post(session, aired, name, texts, send_wall, int(late.total_seconds() // 60), user_id, now)


def _letter(
    session: Session, aired: Aired, facts: Facts, line: Line, wall: datetime, user_id: int | None, now: datetime
) -> tuple[str, int] | str:
    station = aired.station
    is_press = line.kind == LineKind.PRESS
    address = station.press_email if is_press else station.traffic_email or station.psa_email
    if not address:
        desk = "its news desk" if is_press else "traffic"
        return f"{rules.KINDS[line.kind]}: {station.name} has no address for {desk}."
    subject, text = words.press_letter(facts) if is_press else words.station_letter(facts)
    letter = letters.add(
        session,
        to_address=address,
        to_name=station.name,
        subject=subject,
        text=text,
        wall=wall,
        zone=station.zone,
        stale_at=aired.broadcast.starts_at,
        user_id=user_id,
        now=now,
    )
    return queries.KIND, letter.id


def _newsletter(
    session: Session,
    aired: Aired,
    subject: str,
    preheader: str,
    blocks: list[dict[str, object]],
    send_wall: str,
    user_id: int | None,
    now: datetime,
) -> tuple[str, int] | str:
    alerts = queries.alert_list()
    if alerts is None:
        return "Alert by mail: the list “Radio show alerts” is in the archive."
    sender = default_sender()
    document = newsletter_document(
        {
            "title": subject,
            "sender_id": sender.id if sender else None,
            "lists": [alerts.id],
            "send_mode": "at" if send_wall else "now",
            "send_wall": send_wall,
            "send_zone": aired.station.zone,
            "editions": {"en": {"subject": subject, "preheader": preheader, "blocks": blocks}},
        }
    )
    stale_at = aired.broadcast.starts_at if send_wall else None
    made = newsletters.add(
        session, document, user_id=user_id, campaign_id=aired.episode.campaign_id, stale_at=stale_at, now=now
    )
    return "newsletter", made.id


def _post(
    session: Session,
    aired: Aired,
    name: str,
    texts: tuple[str, str],
    send_wall: str,
    lateness_minutes: int,
    user_id: int | None,
    now: datetime,
) -> tuple[str, int] | str:
    channels = social.channels()
    if not channels:
        return "Posts: no channel is connected yet. Connect one under Social."
    short, long = texts
    facts = queries.facts_of(aired)
    is_public = aired.show.is_public
    link = facts.episode_url if aired.episode.published_at else facts.page_url
    document = post_document(
        {
            "title": name[:200],
            "text": short,
            "link": link if is_public else "",
            "language": aired.show.language,
            "channels": [channel.id for channel in channels],
            "variants": {channel.id: {"text": long} for channel in channels if channel.network not in SHORT},
            "send_mode": "at" if send_wall else "now",
            "send_wall": send_wall,
            "send_zone": aired.station.zone,
            "lateness_minutes": max(5, lateness_minutes),
        }
    )
    made = posts.add(session, document, user_id=user_id, campaign_id=aired.episode.campaign_id, now=now)
    return social.KIND, made.id


def _remember(
    session: Session, aired: Aired, line: Line, item_kind: str, ref: int, *, is_correction: bool, now: datetime
) -> Announcement:
    announcement = Announcement(
        broadcast_id=aired.broadcast.id,
        kind=line.kind,
        days=line.days,
        minutes=line.minutes,
        item_kind=item_kind,
        ref=ref,
        is_correction=is_correction,
        created_at=now,
    )
    session.add(announcement)
    session.flush()
    return announcement
