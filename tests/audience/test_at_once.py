"""Many at the same moment: the limits hold, and nobody is there twice."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import func, select

from campaigns import clock
from campaigns.audience.actions import joining
from campaigns.audience.models import Subscriber
from campaigns.db import db
from campaigns.delivery.addresses import parse
from campaigns.errors import TooMany
from tests import make
from tests.audience.letters import token_in, waiting

THREADS = 8


def test_one_address_gets_one_letter_however_many_ask(app: Flask) -> None:
    with app.app_context():
        list_ids = [make.first_list().id]

    def ask(number: int) -> bool:
        with app.app_context():
            try:
                joining.ask_to_join(
                    address=parse("ann@example.org"), list_ids=list_ids, wording="Yes", network="one", now=clock.now()
                )
            except TooMany:
                return False
            return True

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(ask, range(THREADS)))
    assert sum(answers) == 5
    with app.app_context():
        assert len(waiting()) == 1


def test_a_button_pressed_many_times_at_once_joins_once(app: Flask) -> None:
    with app.app_context():
        joining.ask_to_join(
            address=parse("ann@example.org"),
            list_ids=[make.first_list().id],
            wording="Yes",
            network="one",
            now=clock.now(),
        )
        token = token_in(waiting()[0])

    def press(_number: int) -> bool:
        with app.app_context():
            return joining.confirm(token, clock.now())

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(press, range(THREADS))) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Subscriber)) == 1
