"""Decisions about planned items, approvals and the calendar's days; pure."""

from collections.abc import Collection
from datetime import date, timedelta

from campaigns.planning.models import Approval, ItemState

# What still lies ahead of an item in these states: somebody writes, reads, or waits for its time.
OPEN = frozenset({ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.APPROVED, ItemState.SCHEDULED, ItemState.HELD})
# A person must look: what happened is not what was meant to happen.
TROUBLED = frozenset({ItemState.MISSED, ItemState.FAILED, ItemState.UNKNOWN})
ENDED = frozenset({ItemState.SENT, ItemState.CANCELED})
VIEWS = ("month", "week", "list")


def covers(approval: Approval | None, content_hash: str, is_practice: bool) -> bool:
    """Whether an approval allows exactly this content to leave; a practice approval only while the office practices."""
    if approval is None or not approval.is_approved or approval.voided_at is not None:
        return False
    return approval.content_hash == content_hash != "" and (is_practice or not approval.is_practice)


def may_approve(user_id: int, author_ids: Collection[int | None], is_practice: bool) -> bool:
    """Whether this person may decide: never about their own work, outside practice."""
    return is_practice or user_id not in author_ids


def weeks_of(month: date) -> list[list[date]]:
    """The weeks (Sunday to Saturday, as calendars in America begin) that show a month; seven days each."""
    first = week_start(month.replace(day=1))
    last = next_month(month) - timedelta(days=1)
    count = (last - first).days // 7 + 1
    return [[first + timedelta(days=7 * week + day) for day in range(7)] for week in range(count)]


def week_start(day: date) -> date:
    """The Sunday on or before a day."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def next_month(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def previous_month(day: date) -> date:
    """The first day of the month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
