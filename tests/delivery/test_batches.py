"""What a crash leaves in doubt stays in doubt until it is listed, and a lease is never outlasted."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from campaigns import clock
from campaigns.delivery import queries, rules
from campaigns.delivery.actions import batches
from campaigns.delivery.sandbox.server import SandboxServer
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
    faults = iter(["421 4.3.2 Closing down", "421 4.3.2 Closing down"])

    def script(state: str, _session: object, argument: str) -> str | None:
        return next(faults, None) if state == "MAIL" and seen[0] > 10 else None if state != "stored" else count()

    seen = [0]

    def count() -> None:
        seen[0] += 1

    with SandboxServer(tmp_path / "mail", script) as running:
        point_to(running, monkeypatch)
        work(people)
        assert queries.get_run(run_id).failures == 1
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


def test_a_slow_server_does_not_outlast_the_lease(
    ctx: Flask, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LONGEST_GROUP", timedelta(0))
    renewed: list[int] = []
    release = batches.release_group

    def note(batch_id: int, owner: str, up_to: int, acks: list[batches.Ack], now: datetime) -> bool:
        renewed.append(len(acks))
        return release(batch_id, owner, up_to, acks, now)

    monkeypatch.setattr(batches, "release_group", note)
    run_id = launch(10)
    work_off(People(10))
    assert renewed == [0, *[1] * 9]
    assert set(arrived(server).values()) == {1}
    assert (queries.progress(run_id).sent, queries.progress(run_id).uncertain) == (10, 0)
