"""The calendar of every channel: a month, a week, or a list of what lies ahead."""

import contextlib
from datetime import date, timedelta

from flask import Blueprint, render_template, request

from campaigns import clock
from campaigns.planning import days, queries, rules
from campaigns.planning.models import PlanItem
from campaigns.staff.queries import get_organization

bp = Blueprint("calendar", __name__)

AHEAD = timedelta(days=60)
FAR = range(1970, 2200)


@bp.get("")
def month() -> str:
    """A month as a table of weeks; on a phone only its days that hold something."""
    zone, today, asked = _asked_day()
    shown = rules.weeks_of(asked)
    items = _items(shown[0][0], shown[-1][-1], zone)
    return render_template(
        "staff/planning/calendar/month.html",
        weeks=[days.lay_out(week, items, zone, today, month=asked) for week in shown],
        asked=asked,
        today=today,
        previous=rules.previous_month(asked),
        following=rules.next_month(asked),
        undated=queries.undated(),
    )


@bp.get("/week")
def week() -> str:
    """Seven days side by side, Sunday first."""
    zone, today, asked = _asked_day()
    first = rules.week_start(asked)
    shown = [first + timedelta(days=number) for number in range(7)]
    return render_template(
        "staff/planning/calendar/week.html",
        days=days.lay_out(shown, _items(shown[0], shown[-1], zone), zone, today),
        asked=asked,
        today=today,
        previous=first - timedelta(days=7),
        following=first + timedelta(days=7),
    )


@bp.get("/list")
def agenda() -> str:
    """Sixty days from a day on (today, if none is named), only those that hold something, and what is overdue."""
    zone, today, asked = _asked_day()
    items = _items(asked, asked + AHEAD, zone)
    shown = sorted({*days.by_day(items, zone), today} if asked == today else days.by_day(items, zone))
    return render_template(
        "staff/planning/calendar/agenda.html",
        days=days.lay_out(shown, items, zone, today),
        asked=asked,
        today=today,
        last=asked + AHEAD,
        previous=asked - AHEAD,
        following=asked + AHEAD + timedelta(days=1),
        overdue=queries.overdue(clock.day_start(today, zone)) if asked == today else [],
        undated=queries.undated(),
    )


def _asked_day() -> tuple[str, date, date]:
    """The organization's zone, today in it, and the day in the address; today for anything that is no day."""
    zone = get_organization().zone
    today = asked = clock.today(zone)
    with contextlib.suppress(ValueError):
        asked = date.fromisoformat(request.args.get("day", ""))
    return zone, today, asked if asked.year in FAR else today


def _items(first: date, last: date, zone: str) -> list[PlanItem]:
    start = clock.day_start(first, zone)
    return queries.items_between(start, clock.day_start(last + clock.DAY, zone))
