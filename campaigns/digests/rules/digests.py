"""Decisions about digests: what a rule may say, what a standing approval covers; pure."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from campaigns import clock
from campaigns.digests.models import Digest, StandingApproval
from campaigns.digests.recipe import Credit, Little, Order
from campaigns.digests.rhythm import Every
from campaigns.errors import Invalid

STANDING_DAYS = 90
IN_VIEW = timedelta(hours=2)
REMIND_AFTER = timedelta(hours=24)
REMINDERS = 3
MOST_STORIES = 50
MOST_SECTIONS = 8
# What is written down about a digest and is no part of its rule.
_KEPT = {"id", "slug", "is_on", "next_at", "created_by_id", "changed_by_id"} | {
    "created_at",
    "changed_at",
    "archived_at",
    "version",
}
COLUMNS = tuple(column.name for column in Digest.__table__.columns if column.name not in _KEPT)
# Where a digest is shown to the public changes nothing of what is sent.
_NOT_SENT = {"description", "is_public"}


def check(
    values: Mapping[str, Any], lists: Collection[int], approvers: Collection[int], rhythms: Collection[str]
) -> None:
    """Raise Invalid with a sentence per field for a rule that cannot be followed."""
    wrong: dict[str, str] = {}
    if not values["name"]:
        wrong["name"] = "Give the digest a name, such as “Monday news”."
    _check_numbers(values, wrong)
    _check_time(values, wrong)
    if gone := set(values["list_ids"]) - set(lists):
        wrong["list_ids"] = "A list that you chose was removed." if len(gone) == 1 else "Lists that you chose are gone."
    if values["rhythm"] and values["rhythm"] not in rhythms:
        wrong["rhythm"] = "Choose one of these."
    elif values["rhythm"] and not values["list_ids"]:
        wrong["list_ids"] = "Choose the lists whose readers may have it in this rhythm."
    if values["approver_id"] is not None and values["approver_id"] not in approvers:
        wrong["approver_id"] = "This person may not approve. Choose somebody else."
    if len(values["sections"]) > MOST_SECTIONS:
        wrong["sections"] = f"At most {MOST_SECTIONS} sections fit in a digest."
    if any(not one["title"] for one in values["sections"]):
        wrong["sections"] = "Give each section a heading, or empty its line."
    if wrong:
        raise Invalid(wrong)


def _check_numbers(values: Mapping[str, Any], wrong: dict[str, str]) -> None:
    for field, first, last in (
        ("most", 1, MOST_STORIES),
        ("most_per_source", 0, MOST_STORIES),
        ("least", 1, MOST_STORIES),
        ("quote_words", 0, 200),
        ("month_day", 0, 28),
    ):
        if not first <= values[field] <= last:
            wrong[field] = f"Write a number from {first} to {last}."
    if "most" not in wrong and "least" not in wrong and values["least"] > values["most"]:
        wrong["least"] = "It cannot be more than the most stories of an issue."
    for field, kinds in (("story_order", Order), ("credit", Credit), ("when_little", Little), ("every", Every)):
        if values[field] not in set(kinds):
            wrong[field] = "Choose one of these."


def _check_time(values: Mapping[str, Any], wrong: dict[str, str]) -> None:
    try:
        time.fromisoformat(values["at_time"])
    except ValueError:
        wrong["at_time"] = "Write a time, such as 08:00."
    try:
        clock.zone(values["zone"])
    except Invalid as error:
        wrong["zone"] = str(error)
    if values["every"] == Every.WEEK and not set(values["weekdays"]) & set(range(7)):
        wrong["weekdays"] = "Choose at least one day."


def missing_to_run(digest: Digest) -> str:
    """What a digest lacks before it can be switched on, in a sentence; "" when nothing."""
    if not digest.list_ids:
        return "Choose at least one list of readers first."
    return "" if digest.approver_id else "Choose who is asked to approve each issue first."


def slug_of(name: str, taken: Collection[str]) -> str:
    """The last part of its public address, one that no other digest has."""
    plain = "-".join(re.findall(r"[a-z0-9]+", name.casefold()))[:60].strip("-") or "digest"
    found, number = plain, 2
    while found in taken:
        found, number = f"{plain}-{number}", number + 1
    return found


def rule_hash(digest: Digest, template: str, own_sources: Sequence[str]) -> str:
    """What a standing approval covers: the rule, the template's hash, and which sources count as our own."""
    rule = {name: getattr(digest, name) for name in COLUMNS if name not in _NOT_SENT}
    said = json.dumps([rule, template, sorted(own_sources)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def standing_fault(
    standing: StandingApproval | None, rule_hash: str, may_approve: bool, is_practice: bool, now: datetime
) -> str:
    """Why a standing approval does not cover an issue now, in a sentence; "" when it does."""
    if standing is None or standing.voided_at is not None:
        return "There is no standing approval."
    if standing.agreed_at is None:
        return "The approver has not agreed to the standing approval yet."
    if standing.expires_at <= now:
        return "The standing approval has run out."
    if standing.is_practice and not is_practice:
        return "The standing approval was for practice only."
    if not may_approve:
        return "Who gave the standing approval may not approve any more."
    if standing.rule_hash != rule_hash:
        return "The rule, its sources or the look of newsletters changed since the standing approval."
    return ""


def is_for_good(fault: str) -> bool:
    """Whether a fault of a standing approval makes it void rather than leaves it waiting."""
    return bool(fault) and not fault.startswith(("There is no", "The approver has not"))


def needs_reminder(handed_at: datetime, reminded_at: datetime | None, reminders: int, now: datetime) -> bool:
    """Whether the approver is asked again: once a day, three times."""
    return reminders < REMINDERS and now - (reminded_at or handed_at) >= REMIND_AFTER
