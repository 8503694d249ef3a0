"""What a changed broadcast does to its announcements: first said, then done, by the same decision."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.newsletters import drafts as newsletters
from campaigns.newsletters import queries as newsletter_queries
from campaigns.planning.models import ItemState
from campaigns.playbooks import drafting, letters, queries, rules
from campaigns.playbooks.models import Announcement
from campaigns.playbooks.rules import Effect, Line
from campaigns.playbooks.words import Facts
from campaigns.radio.queries import Aired
from campaigns.social import drafts as posts
from campaigns.social import queries as social


def effects(aired: Aired, new_start: datetime | None, now: datetime) -> list[Effect]:
    """What would become of each announcement of a broadcast. `new_start` is naive, on the station's clock."""
    found = []
    for announcement in queries.announcements_of([aired.broadcast.id]):
        item = queries.item_of(announcement)
        state = item.state if item else ItemState.CANCELED
        line = Line(announcement.kind, announcement.days, announcement.minutes)
        what, wall = rules.effect_of(state, line, new_start, aired.station.zone, now)
        if announcement.is_correction and what != "withdrawn":
            what, wall = "kept", None
        title = item.title if item else ""
        found.append(Effect(announcement.id, announcement.kind, title, what, wall, aired.station.zone))
    return found


@dataclass(frozen=True)
class Decision:
    """What was decided about a broadcast: `told` is what people were told of it so far, `new_start` None for never."""

    aired: Aired
    told: Facts
    effects: list[Effect]
    new_start: datetime | None
    reason: str = ""

    @property
    def new_time(self) -> str:
        """When it is instead, in words; empty when it does not take place."""
        return queries.facts_of(self.aired, self.new_start).time if self.new_start else ""


def carry_out(session: Session, decision: Decision, user_id: int | None, now: datetime) -> list[str]:
    """Do it, once the broadcast itself was changed; returns sentences about what could not be drafted."""
    problems = []
    aired, new_start = decision.aired, decision.new_start
    for effect in decision.effects:
        announcement = session.get_one(Announcement, effect.announcement_id)
        if effect.what in ("withdrawn", "late"):
            _withdraw(session, announcement, now)
        elif effect.what == "rescheduled" and effect.wall is not None and new_start is not None:
            _reschedule(session, aired, announcement, effect.wall, new_start, user_id, now)
        elif effect.what == "corrected":
            new_time, reason = decision.new_time, decision.reason
            made = drafting.correct(session, aired, announcement, decision.told, new_time, reason, user_id, now)
            if isinstance(made, str):
                problems.append(made)
    return problems


def _withdraw(session: Session, announcement: Announcement, now: datetime) -> None:
    announcement.withdrawn_at = now
    if announcement.item_kind == queries.KIND:
        letters.withdraw(session, queries.get_letter(announcement.ref), now)
    elif announcement.item_kind == "newsletter":
        newsletters.put_away(session, newsletters.locked(session, announcement.ref), now)
    else:
        posts.put_away(session, posts.locked(session, announcement.ref), now)


def _reschedule(
    session: Session,
    aired: Aired,
    announcement: Announcement,
    wall: datetime,
    new_start: datetime,
    user_id: int | None,
    now: datetime,
) -> None:
    starts_at = clock.instant_of(new_start, aired.station.zone)
    ends_at = starts_at + timedelta(minutes=aired.broadcast.minutes)
    stale_at = rules.stale_at(announcement.kind, starts_at, ends_at)
    send_wall = wall.strftime("%Y-%m-%dT%H:%M")
    if announcement.item_kind == queries.KIND:
        letters.change(session, queries.get_letter(announcement.ref), wall=wall, stale_at=stale_at, now=now)
    elif announcement.item_kind == "newsletter":
        newsletter = newsletters.locked(session, announcement.ref)
        document = newsletter_queries.document_of(newsletter)
        newsletter.stale_at = stale_at
        moved = document.model_copy(update={"send_mode": "at", "send_wall": send_wall})
        newsletters.change(session, newsletter, moved, user_id=user_id, now=now)
    else:
        post = posts.locked(session, announcement.ref)
        late = rules.lateness(announcement.kind, clock.instant_of(wall, aired.station.zone), starts_at, ends_at)
        minutes = max(5, int(late.total_seconds() // 60))
        moved_post = social.document_of(post).model_copy(
            update={"send_mode": "at", "send_wall": send_wall, "lateness_minutes": minutes}
        )
        posts.change(session, post, moved_post, user_id=user_id, now=now)
