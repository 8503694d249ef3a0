"""One action is one transaction, and what it read is still true when it writes."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select, text

from campaigns import clock
from campaigns.db import action, db
from campaigns.planning.models import Campaign
from tests.forks import at_once


@action
def _add_one() -> None:
    row = db.session.get_one(Campaign, 1, with_for_update=True)
    row.version = row.version + 1


def add_a_hundred() -> int:
    """What each of the processes does."""
    for _ in range(100):
        _add_one()
    return 100


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
    assert at_once(3, add_a_hundred, address) == ["100"] * 3
    db.session.rollback()
    db.session.expire_all()
    assert db.session.scalar(select(Campaign.version).where(Campaign.id == 1)) == 301


def test_an_action_sees_what_another_process_wrote_after_the_action_before(ctx: Flask) -> None:
    _make("Counted")
    kept = db.session.get_one(Campaign, 1)
    _add_one()
    with db.engine.begin() as elsewhere:
        elsewhere.execute(text("UPDATE campaign SET version = version + 10"))
    _add_one()
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
