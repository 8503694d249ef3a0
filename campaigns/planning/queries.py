"""Reads of planned items, approvals, campaigns and the pause switch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.sql import Select

from campaigns import search
from campaigns.db import db
from campaigns.delivery.models import OutboxMail, OutboxState
from campaigns.errors import NotFound
from campaigns.planning.models import Approval, Campaign, ItemState, Pause, PlanItem
from campaigns.planning.rules import ENDED, OPEN, TROUBLED

# Made once, and asked of the connection: a sender asks before each group.
_IS_PAUSED = select(Pause.is_on).where(Pause.id == 1)


def find_item(kind: str, ref: int) -> PlanItem | None:
    """The calendar's row of a thing, or None."""
    return db.session.scalar(select(PlanItem).where(PlanItem.kind == kind, PlanItem.ref == ref))


def get_item(kind: str, ref: int) -> PlanItem:
    """The calendar's row of a thing; raises NotFound."""
    item = find_item(kind, ref)
    if item is None:
        raise NotFound()
    return item


def last_approval(item: PlanItem) -> Approval | None:
    """The latest decision about an item, voided or not."""
    return db.session.scalar(
        select(Approval).where(Approval.plan_item_id == item.id).order_by(Approval.id.desc()).limit(1)
    )


def standing_approval(item: PlanItem) -> Approval | None:
    """The approval that stands for the item's present content; whether it counts live is `rules.covers`."""
    return db.session.scalar(
        select(Approval)
        .where(
            Approval.plan_item_id == item.id,
            Approval.is_approved.is_(True),
            Approval.voided_at.is_(None),
            Approval.content_hash == item.content_hash,
        )
        .order_by(Approval.id.desc())
        .limit(1)
    )


def _shown() -> Select[Any]:
    return select(PlanItem).where(PlanItem.withdrawn_at.is_(None))


def items_between(start: datetime, end: datetime) -> list[PlanItem]:
    """The items due from `start` up to but without `end`, in order of time."""
    dated = _shown().where(PlanItem.due_at >= start, PlanItem.due_at < end)
    return list(db.session.scalars(dated.order_by(PlanItem.due_at, PlanItem.id)))


def undated(limit: int = 20) -> list[PlanItem]:
    """What is being worked on and has no time yet, the latest touched first."""
    without = _shown().where(PlanItem.due_at.is_(None), PlanItem.state.in_(OPEN))
    return list(db.session.scalars(without.order_by(PlanItem.changed_at.desc(), PlanItem.id).limit(limit)))


def waiting(limit: int = 50) -> list[PlanItem]:
    """What waits for an approval, the one whose time comes first on top, undated ones last."""
    found = _shown().where(PlanItem.state == ItemState.IN_REVIEW)
    return list(
        db.session.scalars(found.order_by(PlanItem.due_at.is_(None), PlanItem.due_at, PlanItem.id).limit(limit))
    )


def due_times(kind: str, refs: Iterable[int]) -> dict[int, datetime]:
    """When each of a channel's own items is due, without those that have no time yet."""
    found = select(PlanItem.ref, PlanItem.due_at).where(PlanItem.kind == kind, PlanItem.ref.in_(list(refs)))
    return {ref: due_at for ref, due_at in db.session.execute(found) if due_at}


def returned(owner_id: int, limit: int = 50) -> list[PlanItem]:
    """This person's drafts for which somebody asked for changes."""
    latest = select(func.max(Approval.id).label("id")).group_by(Approval.plan_item_id).subquery()
    asked = (
        _shown()
        .join(Approval, Approval.plan_item_id == PlanItem.id)
        .where(
            Approval.id.in_(select(latest.c.id)),
            Approval.is_approved.is_(False),
            PlanItem.state == ItemState.DRAFT,
            PlanItem.owner_id == owner_id,
        )
    )
    return list(db.session.scalars(asked.order_by(PlanItem.changed_at.desc(), PlanItem.id).limit(limit)))


def troubled(since: datetime, limit: int = 50) -> list[PlanItem]:
    """What was missed, failed or has an unknown outcome since then, the latest first."""
    found = _shown().where(PlanItem.state.in_(TROUBLED), PlanItem.changed_at >= since)
    return list(db.session.scalars(found.order_by(PlanItem.changed_at.desc(), PlanItem.id).limit(limit)))


def overdue(now: datetime) -> list[PlanItem]:
    """What is not on its way although its time has passed."""
    found = _shown().where(PlanItem.state.in_(OPEN), PlanItem.due_at < now)
    return list(db.session.scalars(found.order_by(PlanItem.due_at, PlanItem.id)))


def in_state(state: str, limit: int = 50) -> list[PlanItem]:
    """The items in one state, in order of time."""
    found = _shown().where(PlanItem.state == state)
    return list(db.session.scalars(found.order_by(PlanItem.due_at, PlanItem.id).limit(limit)))


def work_of(owner_id: int) -> list[PlanItem]:
    """Everything a person began, the latest touched first, up to 50."""
    found = _shown().where(PlanItem.owner_id == owner_id)
    return list(db.session.scalars(found.order_by(PlanItem.changed_at.desc(), PlanItem.id).limit(50)))


def pause_state() -> Pause:
    """The pause switch; before its first use a switch that is off."""
    return db.session.get(Pause, 1) or Pause(id=1, is_on=False, reason="", by_id=None, at=None)


def is_paused() -> bool:
    """Whether everything is stopped at this moment, read afresh."""
    return bool(db.session.connection().execute(_IS_PAUSED).scalar())


@dataclass(frozen=True)
class Leaving:
    """What is on its way out: items being sent, items with a time ahead, single mails that wait."""

    sending: int
    ahead: int
    mails: int


def leaving() -> Leaving:
    """What the pause switch stops, or holds."""
    by_state = select(PlanItem.state, func.count()).where(PlanItem.withdrawn_at.is_(None)).group_by(PlanItem.state)
    counts = {str(state): int(count) for state, count in db.session.execute(by_state)}
    mails = select(func.count()).select_from(OutboxMail)
    mails = mails.where(OutboxMail.state == OutboxState.WAITING, OutboxMail.is_urgent.is_(False))
    return Leaving(
        sending=counts.get(ItemState.SENDING, 0),
        ahead=counts.get(ItemState.SCHEDULED, 0),
        mails=db.session.scalar(mails) or 0,
    )


def find_campaign(campaign_id: int) -> Campaign | None:
    """A campaign, or None."""
    return db.session.get(Campaign, campaign_id)


def get_campaign(campaign_id: int) -> Campaign:
    """A campaign; raises NotFound."""
    campaign = find_campaign(campaign_id)
    if campaign is None:
        raise NotFound("We could not find that campaign. It may have been removed.")
    return campaign


def campaigns(with_archived: bool = False) -> list[Campaign]:
    """Campaigns, the one that began last on top, those without dates first."""
    found = select(Campaign).order_by(Campaign.starts_on.is_not(None), Campaign.starts_on.desc(), Campaign.name)
    return list(db.session.scalars(found if with_archived else found.where(Campaign.archived_at.is_(None))))


def count_archived_campaigns() -> int:
    """How many campaigns were put away."""
    found = select(func.count()).select_from(Campaign).where(Campaign.archived_at.is_not(None))
    return db.session.scalar(found) or 0


def search_campaigns(question: str, limit: int = 20) -> list[Campaign]:
    """Campaigns in whose name or goal every word of the question begins a word."""
    parts = search.matching("campaign", question)
    if not parts:
        return []
    found = select(Campaign).where(*(Campaign.id.in_(part) for part in parts))
    return list(db.session.scalars(found.order_by(Campaign.archived_at.is_not(None), Campaign.name).limit(limit)))


def items_of_campaign(campaign_id: int) -> list[PlanItem]:
    """The items of a campaign in order of time, undated ones last."""
    found = _shown().where(PlanItem.campaign_id == campaign_id)
    return list(db.session.scalars(found.order_by(PlanItem.due_at.is_(None), PlanItem.due_at, PlanItem.id)))


@dataclass(frozen=True)
class Progress:
    """How far a campaign is: its items, and how many of them have ended."""

    items: int = 0
    done: int = 0


def progress_of_campaigns() -> dict[int, Progress]:
    """The progress of every campaign that has items."""
    counted = (
        select(PlanItem.campaign_id, func.count(), func.count().filter(PlanItem.state.in_(ENDED)))
        .where(PlanItem.withdrawn_at.is_(None), PlanItem.campaign_id.is_not(None))
        .group_by(PlanItem.campaign_id)
    )
    return {int(row[0] or 0): Progress(row[1], row[2]) for row in db.session.execute(counted)}
