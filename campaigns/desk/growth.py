"""How the mailing list grows: people now, who came and who left, and the subscriptions of the last twelve months."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, distinct, func, select

from campaigns import clock
from campaigns.audience.models import ConsentEvent, Membership, MembershipState
from campaigns.db import db

CAME = ("confirmed", "added", "imported")
WENT = ("left", "removed", "erased")
MONTHS = 12


@dataclass(frozen=True)
class Point:
    """The subscriptions at the end of a month (of the last one: now)."""

    month: date
    count: int


@dataclass(frozen=True)
class Growth:
    """People who are written to, those who came and left within 30 days, and a line of twelve months."""

    people: int
    came: int
    went: int
    points: list[Point]


def read(zone: str, now: datetime) -> Growth:
    """The numbers as of now; months are those of the zone."""
    confirmed = Membership.state == MembershipState.CONFIRMED
    people, subscriptions = db.session.execute(
        select(func.count(distinct(Membership.subscriber_id)), func.count()).where(confirmed)
    ).one()
    since = now - timedelta(days=30)
    return Growth(people, _people(CAME, since), _people(WENT, since), _line(subscriptions, zone, now))


def _people(events: tuple[str, ...], since: datetime) -> int:
    counted = select(func.count(distinct(ConsentEvent.subscriber_id)))
    return db.session.scalar(counted.where(ConsentEvent.at >= since, ConsentEvent.event.in_(events))) or 0


def _line(subscriptions: int, zone: str, now: datetime) -> list[Point]:
    """Today's number, and backward from it what each month added and took away."""
    starts = _month_starts(clock.wall_time_of(now, zone).date())
    edges = [clock.day_start(day, zone) for day in starts]
    change = case((ConsentEvent.event.in_(CAME), 1), else_=-1)
    within = [ConsentEvent.at >= edge for edge in edges]
    sums = [func.coalesce(func.sum(case((condition, change), else_=0)), 0) for condition in within]
    counted = select(*sums).where(
        ConsentEvent.at >= edges[0], ConsentEvent.event.in_(CAME + WENT), ConsentEvent.list_id.is_not(None)
    )
    since_start = [int(value) for value in db.session.execute(counted).one()]
    # What happened from a month's first day on is taken off to know how many there were when the month before ended.
    ends = [max(subscriptions - after, 0) for after in since_start[1:]]
    return [Point(day, count) for day, count in zip(starts, [*ends, subscriptions], strict=True)]


def _month_starts(today: date) -> list[date]:
    months = today.year * 12 + today.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(months - MONTHS + 1, months + 1)]
