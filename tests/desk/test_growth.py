"""The numbers of the list, on each engine."""

from datetime import UTC, date, datetime, timedelta

from flask import Flask

from campaigns.audience.models import ConsentEvent, MembershipState
from campaigns.db import db
from campaigns.desk import growth
from tests import make

NOW = datetime(2026, 12, 3, 16, 0, tzinfo=UTC)
ZONE = "America/Los_Angeles"


def event(subscriber_id: int, what: str, at: datetime) -> None:
    list_id = make.first_list().id
    db.session.add(ConsentEvent(at=at, subscriber_id=subscriber_id, list_id=list_id, event=what, channel="web"))
    db.session.commit()


def test_nobody_is_zero_everywhere(ctx: Flask) -> None:
    found = growth.read(ZONE, NOW)
    assert (found.people, found.came, found.went) == (0, 0, 0)
    assert [point.count for point in found.points] == [0] * 12
    assert (found.points[0].month, found.points[-1].month) == (date(2026, 1, 1), date(2026, 12, 1))


def test_the_line_goes_backward_from_today(ctx: Flask) -> None:
    old = make.subscriber(at=NOW - timedelta(days=900))
    event(old.id, "confirmed", NOW - timedelta(days=900))
    new = make.subscriber(at=NOW - timedelta(days=40))
    event(new.id, "confirmed", datetime(2026, 10, 24, tzinfo=UTC))
    gone = make.subscriber(state=MembershipState.LEFT)
    event(gone.id, "confirmed", datetime(2026, 9, 10, tzinfo=UTC))
    event(gone.id, "left", datetime(2026, 12, 2, tzinfo=UTC))
    found = growth.read(ZONE, NOW)
    assert (found.people, found.came, found.went) == (2, 0, 1)
    assert [point.count for point in found.points[-5:]] == [1, 2, 3, 3, 2]


def test_a_person_on_two_lists_is_one_person(ctx: Flask) -> None:
    make.subscriber(None, make.first_list(), make.mailing_list())
    assert growth.read(ZONE, NOW).people == 1
