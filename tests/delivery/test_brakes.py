"""Brakes on a real mail server: hours, limits of servers and domains, the first part; the sandbox knows none."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery import first_part, queries, routes, rules, runs, sender, waiting
from campaigns.delivery.actions import relays, sending_rules, stages
from campaigns.delivery.actions.relays import Wanted
from campaigns.delivery.models import Bucket, Retry, Run, RunState, WaitKind
from campaigns.delivery.recipients import Recipient
from campaigns.delivery.sandbox.server import SandboxServer
from tests.delivery import real
from tests.delivery.mailing import People, arrived, launch, work, work_off
from tests.delivery.test_sender import write_mail
from tests.newsletters import compose

ALWAYS = (False, 0, 1_440, range(7))


class Mixed(People):
    """Every other one has an address at the limited domain."""

    def read(self, _run: Run, ids: list[int]) -> list[Recipient]:
        domains = ("full.example.org", "free.example.org")
        return [Recipient(i, f"p{i}@{domains[i % 2]}", "", "en", {"first_name": "N"}) for i in ids]


@pytest.fixture
def live(ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SandboxServer, int]]:
    """The office is live, at any hour and without first parts, with one mail server."""
    monkeypatch.setattr(routes, "_rotation", routes.Rotation())
    compose.go_live()
    sending_rules.set_hours(*ALWAYS, 0, 1, clock.now())
    sending_rules.set_stage(False, 1, 50, 30, 2, 1, 1, clock.now())
    with real.server(tmp_path / "mail") as (running, relay_id):
        yield running, relay_id


def limit(relay_id: int, hour: int | None, day: int | None = None) -> None:
    row = real.row(relay_id)
    wanted = Wanted(row.host, row.port, row.security, hour_limit=hour, day_limit=day)
    relays.change(relay_id, wanted, row.version, 1, clock.now())


def run_of(run_id: int) -> Run:
    db.session.expire_all()
    return queries.get_run(run_id)


@action
def an_hour_passes() -> None:
    for row in db.session.scalars(select(Bucket)):
        row.takes = [[slot - 61, count] for slot, count in row.takes]
    db.session.execute(update(Run).values(next_try_at=None))


def test_a_limit_lets_so_many_leave_and_the_run_says_until_when_it_waits(live: tuple[SandboxServer, int]) -> None:
    server, relay_id = live
    limit(relay_id, 100)
    run_id = launch(150)
    people = People(150)
    while not run_of(run_id).wait_kind:
        work(people)
    assert arrived(server).total() == 100
    (reason, *_) = waiting.reasons(run_of(run_id), clock.now())
    assert (reason.kind, reason.text) == ("limit", "127.0.0.1 takes at most 100 an hour from us, and that is used up.")
    assert reason.until
    assert timedelta(minutes=55) < reason.until - clock.now() <= timedelta(minutes=61)
    an_hour_passes()
    work_off(people)
    assert (arrived(server).total(), len(arrived(server))) == (150, 150)
    assert run_of(run_id).state == RunState.FINISHED


def test_a_raised_limit_wakes_what_waits_and_a_waiting_run_is_paused_and_canceled_at_once(
    live: tuple[SandboxServer, int],
) -> None:
    server, relay_id = live
    limit(relay_id, None, 10)
    run_id = launch(40)
    while not run_of(run_id).wait_kind:
        work(People(40))
    limit(relay_id, None, 25)
    assert run_of(run_id).next_try_at is None
    work(People(40))
    assert arrived(server).total() == 25

    @action
    def press(what: str) -> None:
        if what == "pause":
            runs.pause(db.session(), run_id, "Wrong link")
        elif what == "resume":
            runs.resume(db.session(), run_id)
        else:
            runs.cancel(db.session(), run_id, clock.now())

    work(People(40))
    press("pause")
    assert waiting.reasons(run_of(run_id), clock.now()) == []
    press("resume")
    work(People(40))
    assert run_of(run_id).wait_kind == WaitKind.LIMIT
    press("cancel")
    work(People(40))
    assert (run_of(run_id).state, run_of(run_id).is_settled, run_of(run_id).sent) == (RunState.CANCELED, True, 25)


def test_when_one_server_has_reached_its_limit_another_carries_on(
    live: tuple[SandboxServer, int], tmp_path: Path
) -> None:
    server, relay_id = live
    limit(relay_id, 10)
    with real.server(tmp_path / "other") as (other, _):
        run_id = launch(100)
        while run_of(run_id).state == RunState.RUNNING:
            work(People(100))
        assert arrived(server).total() + arrived(other).total() == 100
        assert arrived(server).total() <= 10
    assert run_of(run_id).sent == 100


def test_a_domain_at_its_limit_waits_and_holds_up_nobody_else(live: tuple[SandboxServer, int]) -> None:
    server, _ = live
    sending_rules.limit_domain("full.example.org", 10, None, 1, clock.now())
    run_id = launch(100)
    people = Mixed(100)
    work_off(people)
    counts = dict.fromkeys(("full.example.org", "free.example.org"), 0)
    for address in arrived(server):
        counts[address.partition("@")[2]] += 1
    assert counts == {"full.example.org": 10, "free.example.org": 50}
    (reason,) = waiting.reasons(run_of(run_id), clock.now())
    assert (reason.kind, reason.title) == ("domain", "40 people at full.example.org wait for their turn")
    assert not queries.has_due_retries(run_id, clock.now(), ["full.example.org"])
    an_hour_passes()
    work_off(people)
    assert arrived(server).total() == 70
    sending_rules.free_domain("full.example.org", 1, clock.now())
    work_off(people)
    assert (arrived(server).total(), set(arrived(server).values())) == (100, {1})
    assert run_of(run_id).state == RunState.FINISHED
    assert db.session.scalar(select(Retry.run_id)) is None


def test_single_mails_count_and_do_not_wait(live: tuple[SandboxServer, int]) -> None:
    server, relay_id = live
    limit(relay_id, 2)
    for _ in range(3):
        write_mail()
    assert sender.send_mails(lambda: False, threading.Event()) == 3
    run_id = launch(5)
    work(People(5))
    assert run_of(run_id).wait_kind == WaitKind.LIMIT
    assert arrived(server).total() == 3


def test_outside_the_sending_hours_a_run_waits_for_them_unless_somebody_decided_otherwise(
    live: tuple[SandboxServer, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = live
    sending_rules.set_hours(True, 540, 1_020, range(5), 2, 1, clock.now())
    night = datetime(2026, 12, 4, 4, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: night)
    run_id = launch(5)
    work(People(5))
    (reason,) = waiting.reasons(run_of(run_id), night)
    assert (reason.kind, reason.text) == ("hours", "Newsletters leave Monday to Friday, 9:00 am to 5:00 pm.")
    assert reason.until == datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
    assert not arrived(server)

    @action
    def decide() -> None:
        db.session.execute(update(Run).values(ignores_hours=True, next_try_at=None))

    decide()
    work_off(People(5))
    assert arrived(server).total() == 5


def test_a_run_that_reaches_the_end_of_the_hours_waits_for_the_next_morning(
    live: tuple[SandboxServer, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = live
    sending_rules.set_hours(True, 540, 1_020, range(5), 2, 1, clock.now())
    end = datetime(2026, 12, 4, 1, 0, tzinfo=UTC)
    now = [end - timedelta(seconds=5)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    people = People(200)
    run_id = launch(200)

    def may_send(_run: Run, ids: list[int], _now: datetime) -> set[int]:
        if 65 in ids:
            now[0] = max(now[0], end)
        return set(ids)

    people.may_send = may_send  # type: ignore[method-assign]
    work(people)
    work(people)
    assert arrived(server).total() == 64
    assert run_of(run_id).next_try_at == datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
    now[0] = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
    work_off(people)
    assert run_of(run_id).state == RunState.FINISHED


def test_the_sandbox_has_no_hours_no_limits_and_no_first_part(
    ctx: Flask, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 5, 12, 0, tzinfo=UTC))
    sending_rules.limit_domain("example.org", 1, 1, 1, clock.now())
    run_id = launch(150)
    assert run_of(run_id).stage_size == 0
    work_off(People(150))
    assert run_of(run_id).state == RunState.FINISHED
    assert db.session.scalar(select(Bucket.key)) is None


@pytest.mark.parametrize(("people", "size"), [(100, 0), (101, 50), (5_001, 51), (1_000_000, 10_000)])
def test_the_first_part_is_one_percent_and_never_too_small_to_say_something(people: int, size: int) -> None:
    assert rules.first_part(people, 1, 50) == size


def test_a_large_newsletter_sends_a_first_part_waits_and_goes_on(live: tuple[SandboxServer, int]) -> None:
    server, _ = live
    sending_rules.set_stage(True, 1, 50, 30, 2, 2, 1, clock.now())
    run_id = launch(300)
    work_off(People(300))
    assert arrived(server).total() == 50
    now = clock.now()
    assert not stages.look(run_id, now)
    (reason,) = waiting.reasons(run_of(run_id), now)
    assert (reason.kind, reason.until) == ("first_part", now + timedelta(minutes=30))
    assert not stages.look(run_id, now + timedelta(minutes=29))
    assert stages.look(run_id, now + timedelta(minutes=30))
    work_off(People(300))
    part = first_part.of(run_of(run_id))
    assert part
    assert (part.end, part.sent, part.refused, part.complaints) == ("waited", 50, 0, 0)
    assert (arrived(server).total(), run_of(run_id).state) == (300, RunState.FINISHED)


def test_a_first_part_of_which_too_many_are_refused_stops_by_itself(ctx: Flask, tmp_path: Path) -> None:
    def script(state: str, _session: object, argument: str) -> str | None:
        return "550 5.7.1 Blocked" if state == "RCPT" and ("p7@" in argument or "p8@" in argument) else None

    compose.go_live()
    sending_rules.set_hours(*ALWAYS, 0, 1, clock.now())
    with real.server(tmp_path / "mail", script) as (server, _):
        run_id = launch(300)
        work_off(People(300))
        assert stages.look_at_all(clock.now()) == 1
        work_off(People(300))
        assert arrived(server).total() == 48
    run = run_of(run_id)
    assert run.state == RunState.STOPPED
    assert run.reason.startswith("Of the first 50 copies 2 were refused, more than 2 %.")


@pytest.mark.parametrize(
    ("seen", "is_sent", "stops"),
    [
        ({"sent": 49, "refused": 1, "complaints": 0, "tried": 50}, True, False),
        ({"sent": 48, "refused": 2, "complaints": 0, "tried": 50}, True, True),
        ({"sent": 3, "refused": 2, "complaints": 0, "tried": 5}, False, False),
        ({"sent": 50, "refused": 0, "complaints": 1, "tried": 50}, True, True),
        ({"sent": 1, "refused": 0, "complaints": 1, "tried": 1}, False, True),
    ],
)
def test_more_than_two_percent_or_one_complaint_stop_it(seen: dict[str, int], is_sent: bool, stops: bool) -> None:
    assert bool(rules.first_part_fault(seen, 2, 50, is_sent)) is stops


def test_what_did_not_leave_gives_its_tokens_back(live: tuple[SandboxServer, int], tmp_path: Path) -> None:
    _, relay_id = live
    relays.hold(relay_id, 1, clock.now())
    with real.server(tmp_path / "gone") as (_, gone):
        limit(gone, 100)
    launch(64)
    work(People(64))
    (row,) = db.session.scalars(select(Bucket)).all()
    assert sum(count for _, count in row.takes) == 0
    assert real.row(gone).failures == 1


def test_a_copy_put_off_before_a_weekend_is_not_given_up_on_monday(
    live: tuple[SandboxServer, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = live
    server.script = lambda state, _session, _rest: "451 4.3.2 Later" if state == "RCPT" and now[0] <= monday else None
    sending_rules.set_hours(True, 540, 1_020, range(5), 2, 1, clock.now())
    friday, monday = datetime(2026, 12, 5, 0, 50, tzinfo=UTC), datetime(2026, 12, 7, 17, 0, tzinfo=UTC)
    now = [friday]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    run_id = launch(3)
    for moment in (friday, friday + timedelta(hours=5), monday, monday + timedelta(minutes=15)):
        now[0] = moment
        work_off(People(3))
    assert (run_of(run_id).sent, run_of(run_id).failed) == (3, 0)
    assert run_of(run_id).state == RunState.FINISHED
