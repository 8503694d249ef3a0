"""What is older than promised goes; nothing else does."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from campaigns import clock
from campaigns.audience import queries, sample
from campaigns.audience.actions import importing, retention, subscribers
from campaigns.audience.models import Request, Subscriber
from campaigns.db import action, db
from campaigns.delivery.addresses import parse
from campaigns.web.models import Attempt
from tests import make

pytestmark = pytest.mark.usefixtures("ctx")


def test_who_never_confirmed_is_forgotten_after_a_week() -> None:
    keeper, now = make.user(), clock.now()
    made = subscribers.add(
        address=parse("ann@example.org"),
        list_ids=[make.first_list().id],
        basis="paper",
        is_agreed=False,
        user_id=keeper.id,
        now=now,
    )
    stays = make.subscriber("bob@example.org")
    retention.purge(now + timedelta(days=6))
    assert queries.find_subscriber(made)
    assert retention.purge(now + timedelta(days=8)) == 1
    assert queries.find_subscriber(made) is None
    assert queries.find_subscriber(stays.id)
    assert not list(db.session.scalars(select(Request)))
    assert queries.search_subscribers("ann").total == 0


def test_attempts_and_files_go_after_thirty_days() -> None:
    now = clock.now()
    import_id = importing.check(
        filename="x.csv",
        content=b"email\nann@example.org\n",
        list_ids=[make.first_list().id],
        basis="paper",
        user_id=None,
        now=now,
    )
    subscribers.add(
        address=parse("ann@example.org"),
        list_ids=[make.first_list().id],
        basis="paper",
        is_agreed=False,
        user_id=make.user().id,
        now=now,
    )
    retention.purge(now + timedelta(days=29))
    assert queries.get_import(import_id).content
    assert list(db.session.scalars(select(Attempt)))
    retention.purge(now + timedelta(days=31))
    assert not queries.imports().items
    assert not list(db.session.scalars(select(Attempt)))


def test_the_sample_goes_and_nobody_else() -> None:
    stays = make.subscriber("bob@example.org")
    action(lambda: sample.add(db.session(), clock.now()))()
    assert queries.search_subscribers("nguyen").total == 1
    action(lambda: sample.remove(db.session()))()
    assert [each.id for each in db.session.scalars(select(Subscriber))] == [stays.id]
    assert queries.search_subscribers("nguyen").total == 0
