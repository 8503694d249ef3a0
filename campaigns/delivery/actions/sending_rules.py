"""Writes about how newsletters leave: sending hours, the first part of a large one, limits of recipient domains."""

import re
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete

from campaigns.db import action, db
from campaigns.delivery.hours import MIDNIGHT
from campaigns.delivery.limits import limit_faults, wake
from campaigns.delivery.models import DomainLimit, SendingRules
from campaigns.errors import Conflict, Invalid
from campaigns.staff import audit

DOMAIN = re.compile(r"(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


@action
def set_hours(
    has_hours: bool, opens: int, closes: int, days: Collection[int], version: int, user_id: int, now: datetime
) -> None:
    """Set the sending hours, in minutes of the day and days of the week (0 is Monday); raises Invalid, Conflict."""
    faults = {}
    if not 0 <= opens < MIDNIGHT:
        faults["opens"] = "Enter a time, like 09:00."
    elif not opens < closes <= MIDNIGHT:
        faults["closes"] = "Enter a time later than the first. Hours over midnight are not possible."
    if has_hours and (not days or not set(days) <= set(range(7))):
        faults["days"] = "Choose at least one day."
    if faults:
        raise Invalid(faults)
    row = _locked(version)
    row.has_hours, row.opens, row.closes = has_hours, opens, closes
    row.days = sorted(set(days)) or row.days
    _saved(row, "sending_rules.hours_changed", user_id, now)


@action
def set_stage(
    is_staged: bool, percent: int, least: int, minutes: int, refusals: int, version: int, user_id: int, now: datetime
) -> None:
    """Set how large newsletters begin; raises Invalid, Conflict."""
    faults = {}
    for name, value, low, high in (
        ("percent", percent, 1, 50),
        ("least", least, 10, 10_000),
        ("minutes", minutes, 1, 1_440),
        ("refusals", refusals, 1, 50),
    ):
        if not low <= value <= high:
            faults[name] = f"Enter a number from {low:,} to {high:,}."
    if faults:
        raise Invalid(faults)
    row = _locked(version)
    row.is_staged, row.stage_percent, row.stage_least = is_staged, percent, least
    row.stage_minutes, row.stage_refusals = minutes, refusals
    _saved(row, "sending_rules.first_part_changed", user_id, now)


@action
def limit_domain(domain: str, hour: int | None, day: int | None, user_id: int, now: datetime) -> None:
    """Set what the addresses at a domain get at most; raises Invalid."""
    domain = domain.strip().rpartition("@")[2].rstrip(".").lower()
    faults = {} if DOMAIN.fullmatch(domain) else {"domain": "Enter a domain, like example.com."}
    faults |= limit_faults(hour, day)
    if not faults and hour is None and day is None:
        faults["hour_limit"] = "Enter how many an hour, how many a day, or both."
    if faults:
        raise Invalid(faults)
    row = db.session.get(DomainLimit, domain) or DomainLimit(domain=domain)
    row.hour_limit, row.day_limit = hour, day
    db.session.add(row)
    wake(db.session())
    _record("sending_rules.domain_limited", user_id, now, {"domain": domain, "an_hour": hour, "a_day": day})


@action
def free_domain(domain: str, user_id: int, now: datetime) -> None:
    """Limit a domain no longer; what waited for it goes on."""
    db.session.execute(delete(DomainLimit).where(DomainLimit.domain == domain))
    wake(db.session())
    _record("sending_rules.domain_freed", user_id, now, {"domain": domain})


def _locked(version: int) -> SendingRules:
    row = db.session.get(SendingRules, 1, with_for_update=True)
    if row is None:
        row = SendingRules.usual()
        db.session.add(row)
    if row.version != version:
        raise Conflict("Somebody else changed this while you were writing. Nothing of yours was saved.")
    return row


def _saved(row: SendingRules, what: str, user_id: int, now: datetime) -> None:
    row.version += 1
    wake(db.session())
    _record(what, user_id, now, {})


def _record(what: str, user_id: int, now: datetime, details: dict[str, object]) -> None:
    audit.add(
        db.session(), user_id=user_id, action=what, object_kind="sending_rules", object_id=1, details=details, now=now
    )
