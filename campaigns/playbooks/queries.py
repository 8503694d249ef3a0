"""Reads of playbooks, of what they made, and of letters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from campaigns import clock
from campaigns.audience.models import MailingList
from campaigns.db import db
from campaigns.errors import NotFound
from campaigns.planning import queries as planning
from campaigns.planning.models import PlanItem
from campaigns.playbooks.models import Announcement, Letter, Playbook
from campaigns.playbooks.rules import USUAL, Line, read_lines
from campaigns.playbooks.words import Facts
from campaigns.radio import links
from campaigns.radio import queries as radio
from campaigns.radio.models import Broadcast, Change, ChangeKind
from campaigns.radio.queries import Aired
from campaigns.staff.queries import get_organization, site_url

KIND = "letter"
ALERT_LIST = "radio-show-alerts"


def lines_of(show_id: int) -> list[Line]:
    """The lines of a show's playbook: its own, or the usual ones."""
    stored = db.session.get(Playbook, show_id)
    return read_lines(stored.lines) if stored else list(USUAL)


def version_of(show_id: int) -> int:
    """The version of a show's own lines; 0 while it has the usual ones."""
    stored = db.session.get(Playbook, show_id)
    return stored.version if stored else 0


def alert_list() -> MailingList | None:
    """The list that alerts go to; None when it was put away."""
    return db.session.scalar(
        select(MailingList).where(MailingList.slug == ALERT_LIST, MailingList.archived_at.is_(None))
    )


def announcements_of(broadcast_ids: Iterable[int]) -> list[Announcement]:
    """What was made for broadcasts and not taken back, in order of distance."""
    found = select(Announcement).where(
        Announcement.broadcast_id.in_(list(broadcast_ids)), Announcement.withdrawn_at.is_(None)
    )
    return list(db.session.scalars(found.order_by(Announcement.days, Announcement.minutes, Announcement.id)))


def item_of(announcement: Announcement) -> PlanItem | None:
    """Where an announcement stands on the calendar."""
    return planning.find_item(announcement.item_kind, announcement.ref)


@dataclass(frozen=True)
class Planned:
    """A broadcast with what announces it."""

    aired: Aired
    announcements: list[tuple[Announcement, PlanItem | None]]


def pack_of(episode_id: int) -> list[Planned]:
    """The broadcasts of an episode, each with its announcements."""
    found = radio.broadcasts_of_episode(episode_id)
    made = announcements_of([one.broadcast.id for one in found])
    return [
        Planned(one, [(each, item_of(each)) for each in made if each.broadcast_id == one.broadcast.id]) for one in found
    ]


def get_letter(letter_id: int) -> Letter:
    """A letter; raises NotFound."""
    letter = db.session.get(Letter, letter_id)
    if letter is None:
        raise NotFound("We could not find that letter. It may have been removed.")
    return letter


def announcement_for(item_kind: str, ref: int) -> Announcement | None:
    """The announcement that a draft is, or None for one that somebody wrote by hand."""
    return db.session.scalar(select(Announcement).where(Announcement.item_kind == item_kind, Announcement.ref == ref))


def due_letters(now: datetime) -> list[int]:
    """The approved letters whose time has come, and those that are too late."""
    found = select(Letter.id).where(Letter.state.in_(("scheduled", "held")), Letter.due_at <= now)
    return list(db.session.scalars(found.order_by(Letter.due_at, Letter.id).limit(100)))


def is_off(aired: Aired) -> bool:
    """Whether a broadcast does not take place."""
    return radio.is_off(aired)


def facts_of(aired: Aired, wall: datetime | None = None) -> Facts:
    """All that a draft says about a broadcast; `wall` is another start than the present one."""
    organization, base = get_organization(), site_url()
    guests = radio.named_guests([aired.episode.id]).get(aired.episode.id, [])
    start = wall or clock.wall_time_of(aired.broadcast.starts_at, aired.station.zone)
    return Facts(
        show=aired.show.title,
        tagline=aired.show.tagline,
        episode=aired.episode.title,
        summary=" ".join(aired.episode.summary.split()),
        guests=tuple(guest.public_name for guest in guests),
        station=aired.station.name,
        frequency=aired.station.frequency,
        stream_url=aired.station.stream_url,
        wall=start,
        minutes=aired.broadcast.minutes,
        zone_word=clock.zone_word(clock.instant_of(start, aired.station.zone), aired.station.zone),
        page_url=links.show_url(base, aired.show.slug),
        episode_url=links.episode_url(base, aired.show.slug, aired.episode.slug),
        contact=aired.show.contact,
        help_line=aired.show.help_line,
        office=organization.name,
        office_email=organization.email,
    )


def change_of(broadcast: Broadcast) -> Change | None:
    """How a broadcast differs from its rule, or None."""
    found = radio.find_change(broadcast.airing_id, broadcast.wall)
    return found if found and found.kind != ChangeKind.USUAL else None
