"""Writes: the pause switch and campaigns. Items and approvals are written by the channels through the adders."""

from datetime import date, datetime

from campaigns import search
from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.markup import tidy
from campaigns.planning.models import Campaign, Pause
from campaigns.staff import audit


@action
def pause(reason: str, user_id: int, now: datetime) -> None:
    """Stop everything until somebody resumes; pausing again only changes the reason."""
    reason = tidy(reason).strip()
    if not reason:
        raise Invalid({"reason": "Say why, so that the others know what you are waiting for."})
    switch = _switch()
    switch.is_on, switch.reason, switch.by_id, switch.at = True, reason, user_id, now
    audit.add(db.session(), user_id=user_id, action="pause.on", object_kind="pause", object_id=1, now=now)


@action
def resume(user_id: int, now: datetime) -> None:
    """Let everything leave again; raises Conflict when nothing is paused."""
    switch = _switch()
    if not switch.is_on:
        raise Conflict("Nothing is paused: somebody resumed before you.")
    switch.is_on, switch.reason, switch.by_id, switch.at = False, "", user_id, now
    audit.add(db.session(), user_id=user_id, action="pause.off", object_kind="pause", object_id=1, now=now)


def _switch() -> Pause:
    switch = db.session.get(Pause, 1, with_for_update=True)
    if switch is None:
        switch = Pause(id=1)
        db.session.add(switch)
    return switch


@action
def create_campaign(
    name: str, goal: str, starts_on: date | None, ends_on: date | None, user_id: int, now: datetime
) -> int:
    """Begin a campaign; returns its id."""
    campaign = Campaign(created_at=now)
    _write(campaign, name, goal, starts_on, ends_on)
    db.session.add(campaign)
    db.session.flush()
    _record(campaign, "campaign.created", user_id, now)
    return campaign.id


@action
def change_campaign(
    campaign_id: int,
    version: int,
    name: str,
    goal: str,
    starts_on: date | None,
    ends_on: date | None,
    user_id: int,
    now: datetime,
) -> None:
    """Change a campaign; raises Conflict when somebody else changed it since `version`."""
    campaign = _get(campaign_id)
    if campaign.version != version:
        raise Conflict(
            "Somebody else changed this campaign while you were writing. Your text was not saved over theirs."
        )
    _write(campaign, name, goal, starts_on, ends_on)
    campaign.version += 1
    _record(campaign, "campaign.changed", user_id, now)


@action
def archive_campaign(campaign_id: int, user_id: int, now: datetime) -> None:
    """Put a campaign away; its items stay where they are."""
    campaign = _get(campaign_id)
    campaign.archived_at = campaign.archived_at or now
    _record(campaign, "campaign.archived", user_id, now)


@action
def restore_campaign(campaign_id: int, user_id: int, now: datetime) -> None:
    """Bring an archived campaign back."""
    campaign = _get(campaign_id)
    campaign.archived_at = None
    _record(campaign, "campaign.restored", user_id, now)


def _get(campaign_id: int) -> Campaign:
    campaign = db.session.get(Campaign, campaign_id, with_for_update=True)
    if campaign is None:
        raise NotFound("We could not find that campaign. It may have been removed.")
    return campaign


def _write(campaign: Campaign, name: str, goal: str, starts_on: date | None, ends_on: date | None) -> None:
    name = tidy(name).strip()
    if not name:
        raise Invalid({"name": "Give the campaign a name."})
    if starts_on and ends_on and ends_on < starts_on:
        raise Invalid({"ends_on": "The last day is before the first day."})
    campaign.name, campaign.goal = name, tidy(goal).strip()
    campaign.starts_on, campaign.ends_on = starts_on, ends_on


def _record(campaign: Campaign, what: str, user_id: int, now: datetime) -> None:
    search.put(db.session(), "campaign", campaign.id, campaign.name, campaign.goal)
    audit.add(db.session(), user_id=user_id, action=what, object_kind="campaign", object_id=campaign.id, now=now)
