"""One action is one transaction, and what it read is still true when it writes."""

import subprocess
import sys
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select, text

import config
from campaigns import clock
from campaigns.db import action, db
from campaigns.planning.models import Campaign

ADD_ONE = """
import sys
import config
from campaigns.app import create_app
from campaigns.db import action, db
from campaigns.planning.models import Campaign

@action
def add_one():
    row = db.session.get(Campaign, 1, with_for_update=True)
    row.version = row.version + 1

app = create_app(config.load().model_copy(update={"database_url": sys.argv[1]}))
with app.app_context():
    for _ in range(100):
        add_one()
"""


@action
def _make(name: str) -> None:
    db.session.add(Campaign(id=1, name=name, created_at=clock.now()))


@action
def _rename_and_fail() -> None:
    db.session.get_one(Campaign, 1).name = "Changed"
    db.session.flush()
    raise LookupError


@action
def _nested() -> None:
    _make("Inner")


def test_three_processes_lose_no_update(ctx: Flask) -> None:
    _make("Counted")
    address = db.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", ADD_ONE, address]
    children = [subprocess.Popen(command, cwd=config.ROOT) for _ in range(3)]
    assert [child.wait(timeout=120) for child in children] == [0, 0, 0]
    db.session.rollback()
    db.session.expire_all()
    assert db.session.scalar(select(Campaign.version).where(Campaign.id == 1)) == 301


@action
def _count_one() -> None:
    row = db.session.get_one(Campaign, 1, with_for_update=True)
    row.version += 1


def test_an_action_sees_what_another_process_wrote_after_the_action_before(ctx: Flask) -> None:
    _make("Counted")
    kept = db.session.get_one(Campaign, 1)
    _count_one()
    with db.engine.begin() as elsewhere:
        elsewhere.execute(text("UPDATE campaign SET version = version + 10"))
    _count_one()
    assert kept.version == 13


def test_an_action_that_raises_leaves_nothing(ctx: Flask) -> None:
    _make("Kept")
    with pytest.raises(LookupError):
        _rename_and_fail()
    assert db.session.get_one(Campaign, 1).name == "Kept"


def test_an_action_does_not_call_an_action(ctx: Flask) -> None:
    with pytest.raises(RuntimeError, match="inside another action"):
        _nested()


def test_changes_that_no_action_made_are_refused(ctx: Flask) -> None:
    db.session.add(Campaign(name="Loose", created_at=clock.now()))
    with pytest.raises(RuntimeError, match="no action made"):
        _make("Any")


def test_a_naive_instant_cannot_be_stored(ctx: Flask) -> None:
    @action
    def write() -> None:
        db.session.add(Campaign(name="Naive", created_at=datetime(2026, 1, 1)))

    with pytest.raises(Exception, match="naive datetime"):
        write()


def test_instants_come_back_aware(ctx: Flask) -> None:
    _make("Aware")
    db.session.expire_all()
    assert db.session.get_one(Campaign, 1).created_at.tzinfo is not None


def test_sqlite_keeps_a_write_ahead_log(ctx: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        assert db.session.scalar(text("PRAGMA journal_mode")) == "wal"
