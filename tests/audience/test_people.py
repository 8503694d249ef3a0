"""An erased person leaves nothing behind, and nobody inherits their number."""

from flask import Flask
from sqlalchemy import func, select

from campaigns import clock
from campaigns.audience import links
from campaigns.audience.actions import joining, preferences, subscribers
from campaigns.audience.consent import Channel
from campaigns.audience.models import MembershipState, Request
from campaigns.audience.queries import history_of, memberships_of
from campaigns.db import db
from campaigns.delivery.addresses import parse
from campaigns.staff.models import RoleName
from tests import make


def test_nobody_gets_the_number_of_an_erased_person(ctx: Flask) -> None:
    keeper, first, gone = make.user(RoleName.LIST_KEEPER), make.first_list(), make.subscriber("gone@example.org")
    token = links.leave_token(1, gone.id, [first.id])
    subscribers.erase(gone.id, keeper.id, clock.now())
    new = make.subscriber("new@example.org")
    preferences.leave_by_link(token, Channel.ONE_CLICK, clock.now())
    assert memberships_of([new.id])[new.id][0].state == MembershipState.CONFIRMED
    assert history_of(new.id) == []


def test_an_erasure_takes_the_joins_of_the_address_with_it(ctx: Flask) -> None:
    keeper, address, now = make.user(RoleName.LIST_KEEPER), parse("gone@example.org"), clock.now()
    joining.ask_to_join(
        address=address, list_ids=[make.first_list().id], wording="Yes", network="a", now=now, first_name="Ana"
    )
    subscriber = make.subscriber("gone@example.org")
    subscribers.erase(subscriber.id, keeper.id, now)
    assert db.session.scalar(select(func.count()).select_from(Request)) == 0
