"""Several mail servers: each carries its share, one that fails is left alone and the others carry on."""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from campaigns import clock
from campaigns.delivery import ledger, queries, routes, rules, sender
from campaigns.delivery.actions import relays
from campaigns.delivery.models import OutboxState, Relay, RunState
from campaigns.errors import OutsideError
from tests.delivery import real
from tests.delivery.mailing import People, arrived, launch, work, work_off
from tests.delivery.test_sender import mail_of, write_mail
from tests.newsletters import compose

NOW = datetime.fromisoformat("2026-12-03T18:00:00+00:00")


def test_turns_are_given_by_weight_and_evenly_mixed() -> None:
    one, three = Relay(id=1, weight=1), Relay(id=2, weight=3)
    rotation = routes.Rotation()
    assert "".join(str(rotation.next([one, three]).id) for _ in range(8)) == "21222122"


def test_who_was_away_gets_no_more_than_its_share_afterwards() -> None:
    one, other = Relay(id=1, weight=1), Relay(id=2, weight=1)
    rotation = routes.Rotation()
    assert {rotation.next([one]).id for _ in range(9)} == {1}
    assert sorted(rotation.next([one, other]).id for _ in range(4)) == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("values", "is_usable"),
    [
        ({}, True),
        ({"held_at": NOW}, False),
        ({"retired_at": NOW}, False),
        ({"failures": 2, "resting_until": NOW + timedelta(seconds=1)}, False),
        ({"failures": 2, "resting_until": NOW}, True),
    ],
)
def test_a_server_is_used_unless_held_retired_or_resting(values: dict[str, object], is_usable: bool) -> None:
    assert rules.is_usable(Relay(**values), NOW) is is_usable


@pytest.fixture(autouse=True)
def fresh_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_rotation", routes.Rotation())


def test_batches_are_shared_among_the_servers_by_weight(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose.go_live()
    monkeypatch.setattr(ledger, "BATCH_SIZE", 20)
    with real.server(tmp_path / "a", weight=1) as (one, _), real.server(tmp_path / "b", weight=3) as (other, _):
        run_id = launch(4 * ledger.BATCH_SIZE)
        work_off(People(4 * ledger.BATCH_SIZE))
        counts = sorted((arrived(one).total(), arrived(other).total()))
    assert counts == [ledger.BATCH_SIZE, 3 * ledger.BATCH_SIZE]
    assert queries.progress(run_id).state == RunState.FINISHED


def test_the_others_carry_the_mail_of_one_that_does_not_answer(ctx: Flask, tmp_path: Path) -> None:
    compose.go_live()
    with real.server(tmp_path / "gone") as (_, gone):
        pass
    with real.server(tmp_path / "works") as (works, relay_id):
        run_id = launch(100)
        mail_id = write_mail()
        work_off(People(100))
        sender.send_mails(lambda: False, threading.Event())
        assert len(arrived(works)) == 101
    progress = queries.progress(run_id)
    assert (progress.state, progress.sent, progress.reason) == (RunState.FINISHED, 100, "")
    assert mail_of(mail_id).state == OutboxState.SENT
    assert real.row(gone).failures == 1
    assert "Nothing answers at 127.0.0.1" in real.row(gone).trouble
    assert (real.row(relay_id).failures, real.row(relay_id).carried_at is None) == (0, False)


def test_when_none_works_the_run_waits_and_says_which_is_tried_next(ctx: Flask, tmp_path: Path) -> None:
    compose.go_live()
    with real.server(tmp_path / "a", name="North"), real.server(tmp_path / "b", name="South"):
        pass
    run_id = launch(10)
    while work(People(10)) or not queries.get_run(run_id).next_try_at:
        pass
    progress = queries.progress(run_id)
    assert progress.state == RunState.RUNNING
    assert "Nothing answers" in progress.reason
    with pytest.raises(OutsideError, match=r"None of the mail servers works\. The next to be tried is (North|South)"):
        routes.present()


def test_one_that_failed_is_tried_again_by_one_sender_alone_and_trusted_once_it_works(
    ctx: Flask, tmp_path: Path
) -> None:
    compose.go_live()
    with real.server(tmp_path / "a") as (_, relay_id):
        for _ in range(3):
            relays.note_fault(relay_id, "Nothing answers there.", clock.now())
        with pytest.raises(OutsideError, match=r"Nothing answers there\. It is tried again in less than a minute"):
            routes.present()
        rested = real.row(relay_id).resting_until
        assert rested
        later = rested + timedelta(seconds=1)
        assert relays.try_again(relay_id, rested, later)
        assert not relays.try_again(relay_id, rested, later), "another sender tries it already"
        assert not rules.is_usable(real.row(relay_id), later)
        relays.note_success(relay_id, later)
        assert routes.present().relay_id == relay_id
        assert real.row(relay_id).failures == 0


def test_a_server_held_or_retired_gets_nothing(ctx: Flask, tmp_path: Path) -> None:
    compose.go_live()
    with real.server(tmp_path / "a") as (_, first), real.server(tmp_path / "b") as (_, second):
        relays.hold(first, 1, clock.now())
        assert {routes.present().relay_id for _ in range(4)} == {second}
        relays.hold(second, 1, clock.now())
        with pytest.raises(OutsideError, match="on hold"):
            routes.present()
        relays.release(first, 1, clock.now())
        relays.retire(second, 1, clock.now())
        assert {routes.present().relay_id for _ in range(4)} == {first}
