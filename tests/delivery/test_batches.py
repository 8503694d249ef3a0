"""What a crash leaves in doubt stays in doubt until it is listed, and a lease is never outlasted."""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery import queries, rules, runs
from campaigns.delivery.actions import batches
from campaigns.delivery.models import Outcome, RunState
from campaigns.delivery.outcomes import Group
from campaigns.delivery.sandbox.script import Drop
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.delivery.sandbox.session import Session
from tests.delivery.mailing import (
    OWNER,
    People,
    arrived,
    forget_faults,
    launch,
    make_retries_due,
    point_to,
    work,
    work_off,
)


def test_a_server_that_fails_after_a_crash_takes_nobody_from_the_list(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = People(200)
    run_id = launch(200)
    batches.cut_batch(run_id, people.next_ids)
    claimed = batches.claim_batch(run_id, "crashed", clock.now())
    assert claimed is not None
    assert batches.release_group(claimed.batch_id, "crashed", 100, [], clock.now())
    batches.free_all()
    seen, away = [0], threading.Event()
    away.set()

    def script(state: str, _session: object, _argument: str) -> str | None:
        seen[0] += state == "stored"
        return "421 4.3.2 Closing down" if state == "MAIL" and seen[0] > 10 and away.is_set() else None

    with SandboxServer(tmp_path / "mail", script) as running:
        point_to(running, monkeypatch)
        work(people)
        assert queries.get_run(run_id).failures == 1
        assert "421 Closing down" in queries.get_run(run_id).reason
        away.clear()
        forget_faults()
        work_off(people)
        assert len(arrived(running)) == 200
    assert queries.progress(run_id).uncertain == 100


def test_a_crash_while_somebody_is_tried_again_is_listed(ctx: Flask, server: SandboxServer) -> None:
    run_id = launch(5)
    people = People(5)
    batches.cut_batch(run_id, people.next_ids)
    claimed = batches.claim_batch(run_id, OWNER, clock.now())
    assert claimed is not None
    later = [batches.Ack(0, 1, None, clock.now(), 451, "Later"), batches.Ack(1, 2, None, clock.now(), 451, "Later")]
    batches.put_back(claimed.batch_id, OWNER, None, later, clock.now())
    make_retries_due()
    assert len(batches.claim_retries(run_id, clock.now(), limit=1)) == 1
    batches.free_all()
    work_off(people)
    assert set(arrived(server).values()) == {1}
    assert len(arrived(server)) == 5
    assert queries.progress(run_id).uncertain == 1


def test_a_slow_server_does_not_outlast_the_lease(ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "LOOK_EVERY", timedelta(0))
    silent, renewed = threading.Event(), threading.Semaphore(0)
    release = batches.release_group

    def note(batch_id: int, owner: str, up_to: int, acks: list[batches.Ack], now: datetime, toll: Any = None) -> bool:
        if silent.is_set():
            renewed.release()
        return release(batch_id, owner, up_to, acks, now, toll)

    def script(state: str, session: Session, _argument: str) -> None:
        if state == "stored" and session.server.accepted == 4:
            silent.set()
            assert renewed.acquire(timeout=30)
            assert renewed.acquire(timeout=30), "the lease is renewed again and again while a server is silent"

    monkeypatch.setattr(batches, "release_group", note)
    with SandboxServer(tmp_path / "mail", script) as running:
        point_to(running, monkeypatch)
        run_id = launch(10)
        work_off(People(10))
        assert set(arrived(running).values()) == {1}
    assert (queries.progress(run_id).sent, queries.progress(run_id).uncertain) == (10, 0)


def test_what_a_crash_left_in_doubt_is_left_to_a_person_where_the_run_says_so(
    ctx: Flask, server: SandboxServer
) -> None:
    people = People(200)
    run_id = launch(200, leaves_uncertain=True)
    batches.cut_batch(run_id, people.next_ids)
    claimed = batches.claim_batch(run_id, "crashed", clock.now())
    assert claimed is not None
    assert batches.release_group(claimed.batch_id, "crashed", 64, [], clock.now())
    batches.free_all()
    work_off(people)
    assert set(arrived(server)) == {f"p{n}@example.org" for n in range(65, 201)}
    progress = queries.progress(run_id)
    assert (progress.state, progress.sent, progress.undecided, progress.handled) == (RunState.FINISHED, 136, 64, 200)
    left = queries.deliveries(run_id, Group.UNDECIDED)
    assert (left.total, {row.outcome for row in left.items}) == (64, {Outcome.UNCERTAIN})


def test_a_person_has_uncertain_and_failed_copies_sent_again(ctx: Flask, server: SandboxServer) -> None:
    people = People(5)
    run_id = launch(5, leaves_uncertain=True)
    batches.cut_batch(run_id, people.next_ids)
    claimed = batches.claim_batch(run_id, OWNER, clock.now())
    assert claimed is not None
    acks = [
        batches.Ack(position, position + 1, outcome, clock.now(), is_uncertain=outcome == Outcome.UNCERTAIN)
        for position, outcome in enumerate([Outcome.SENT, Outcome.FAILED, Outcome.UNCERTAIN, Outcome.UNCERTAIN])
    ]
    batches.put_back(claimed.batch_id, OWNER, None, acks, clock.now())
    work_off(people)
    assert set(arrived(server)) == {"p5@example.org"}
    assert send_again(run_id, [1, 2, 3, 5]) == 2, "who has it for certain is not sent it again"
    assert queries.progress(run_id).waiting == 2
    # Now the program dies while it sends the second copy: that is for a person to decide again.
    assert {one.recipient_id for one in batches.claim_retries(run_id, clock.now())} == {2, 3}
    batches.free_all()
    work_off(people)
    assert set(arrived(server)) == {"p5@example.org"}
    progress = queries.progress(run_id)
    assert (progress.state, progress.sent, progress.failed, progress.undecided) == (RunState.FINISHED, 2, 0, 3)
    assert send_again(run_id, [2, 3, 4]) == 3
    work_off(people)
    assert set(arrived(server)) == {"p2@example.org", "p3@example.org", "p4@example.org", "p5@example.org"}
    progress = queries.progress(run_id)
    assert (progress.sent, progress.undecided, progress.uncertain) == (5, 0, 3), "who may have two stays listed"


@action
def send_again(run_id: int, recipient_ids: list[int]) -> int:
    return runs.send_again(db.session(), run_id, recipient_ids, clock.now())


def test_a_connection_lost_after_a_message_leaves_only_that_one_to_a_person(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = iter(range(1_000))

    def script(state: str, _session: object, _argument: str) -> Drop | None:
        return Drop() if state == "stored" and next(seen) == 30 else None

    with SandboxServer(tmp_path / "mail", script) as running:
        point_to(running, monkeypatch)
        run_id = launch(100, leaves_uncertain=True)
        work_off(People(100))
        assert set(arrived(running).values()) == {1}
    progress = queries.progress(run_id)
    assert (progress.sent, progress.undecided) == (99, 1)
