"""A refusal goes to whom it concerns: the reader's address, the moment, or us; and stops a run that makes it worse."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery import queries, runs
from campaigns.delivery.actions import tries
from campaigns.delivery.addresses import fingerprint
from campaigns.delivery.bounces.models import Bounce
from campaigns.delivery.models import RunState
from campaigns.delivery.outcomes import Group
from campaigns.delivery.sandbox.server import SandboxServer
from tests import make
from tests.delivery.mailing import People, launch, make_retries_due, point_to, work, work_off

NO_PERSON = "550 5.1.1 User unknown"
FULL = "552 5.2.2 Mailbox full"
LISTED = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"
GREY = "451 4.7.1 Greylisting in action, please come back later"

Refusing = Callable[[dict[str, str]], SandboxServer]


@pytest.fixture
def refusing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Refusing]:
    """A mail server that gives these answers to RCPT, by what the address begins with; others it takes."""

    def start(answers: dict[str, str]) -> SandboxServer:
        def script(state: str, _session: object, argument: str) -> str | None:
            who = argument.partition("<")[2]
            found = (said for start, said in answers.items() if who.startswith(start))
            return next(found, None) if state == "RCPT" else None

        running = SandboxServer(tmp_path / "mail", script)
        running.__enter__()
        stack.append(running)
        point_to(running, monkeypatch)
        return running

    stack: list[SandboxServer] = []
    yield start
    for running in stack:
        running.__exit__(None, None, None)


def test_each_refusal_goes_to_whom_it_concerns(ctx: Flask, refusing: Refusing) -> None:
    refusing({"p1@": NO_PERSON, "p2@": FULL, "p3@": LISTED, "p4@": "554 Transaction failed", "p5@": GREY})
    run_id = launch(10)
    work_off(People(10))
    counts = queries.group_counts(run_id)
    assert {group: count for group, count in counts.items() if count} == {
        Group.ADDRESS: 1,
        Group.MAILBOX: 1,
        Group.POLICY: 1,
        Group.UNCLEAR: 1,
        Group.WAITING: 1,
        Group.SENT: 5,
    }
    kept = {row.recipient_id: row for row in db.session.scalars(select(Bounce))}
    assert {number: row.kind for number, row in kept.items()} == {1: "address", 2: "mailbox", 4: "unknown"}
    assert (kept[1].code, kept[1].status, kept[1].source) == (550, "5.1.1", "smtp")
    assert kept[1].fingerprint == fingerprint("p1@example.org")
    assert queries.get_run(run_id).refused == 1
    assert queries.causes_of(run_id, Group.POLICY) == {"reputation": 1}
    assert queries.waiting(run_id).items[0].cause == "greylist"
    assert [row.recipient_id for row in queries.deliveries(run_id, Group.POLICY).items] == [3]


def test_refusals_because_of_us_stop_the_run_and_it_begins_to_count_anew_when_it_goes_on(
    ctx: Flask, refusing: Refusing
) -> None:
    refusing({"p": LISTED})
    run_id = launch(300)
    people = People(300)
    work_off(people)
    run = queries.get_run(run_id)
    assert run.state == RunState.STOPPED
    assert "example.org" in run.reason
    assert "block list" in run.reason
    assert 5 <= run.failed < 300, "it stopped long before everybody was refused"
    assert db.session.scalar(select(Bounce.id)) is None, "no reader is to blame"

    @action
    def go_on() -> None:
        runs.resume(db.session(), run_id)

    go_on()
    assert queries.get_run(run_id).watch is None
    assert work(people) == 0 or queries.get_run(run_id).state == RunState.STOPPED


def test_who_waits_until_the_time_is_over_counts_as_failed_and_is_told_to_bounces(
    ctx: Flask, refusing: Refusing
) -> None:
    refusing({"p1@": GREY})
    tries.change("1, 5", 2, 0, make.user().id, clock.now())
    run_id, people = launch(3), People(3)
    work_off(people)
    first = queries.waiting(run_id).items[0]
    assert (first.attempts, first.next_at - first.first_at < timedelta(minutes=2)) == (1, True)
    with time_machine.travel(clock.now() + timedelta(hours=1, minutes=56), tick=True):
        make_retries_due()
        work_off(people)
        assert queries.group_counts(run_id)[Group.GAVE_UP] == 1
        work(people)
        assert queries.progress(run_id).state == RunState.FINISHED
    assert [row.kind for row in db.session.scalars(select(Bounce))] == ["temporary"]
