"""Sending: everyone exactly once, whatever breaks in between; the pause switch holds each group of 64."""

import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery import ledger, mime, outbox, queries, routes, runs, sender, smtp
from campaigns.delivery.actions import batches, mails
from campaigns.delivery.models import Batch, Delivery, OutboxMail, OutboxState, Run, RunState
from campaigns.delivery.outcomes import Group
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.delivery.sandbox.store import Store
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


def test_everyone_gets_exactly_one(ctx: Flask, server: SandboxServer) -> None:
    people = People(1_100)
    run_id = launch(1_100)
    work_off(people)
    assert set(arrived(server).values()) == {1}
    assert len(arrived(server)) == 1_100
    progress = queries.progress(run_id)
    assert (progress.state, progress.sent, progress.handled) == (RunState.FINISHED, 1_100, 1_100)
    assert people.ended == [run_id]
    assert db.session.scalar(select(Batch.id)) is None


def test_who_left_meanwhile_gets_nothing(ctx: Flask, server: SandboxServer) -> None:
    people = People(100)
    people.forbidden = {3, 99}
    run_id = launch(100)
    work_off(people)
    assert len(arrived(server)) == 98
    assert queries.progress(run_id).skipped == 2


def test_while_paused_nothing_leaves(ctx: Flask, server: SandboxServer) -> None:
    people = People(100)
    launch(100)
    assert work(people, paused=True) == 0
    assert not arrived(server)
    work_off(people)
    assert len(arrived(server)) == 100


def test_the_pause_switch_holds_the_next_group_of_64(ctx: Flask, server: SandboxServer) -> None:
    people = People(300)
    launch(300)
    answers = iter([False, False, False])
    sender.work({"test": people}, lambda: next(answers, True), threading.Event(), OWNER)
    # The second group is smaller by what is still under way.
    assert ledger.GROUP_SIZE < sum(arrived(server).values()) <= 2 * ledger.GROUP_SIZE
    work_off(people)
    assert set(arrived(server).values()) == {1}
    assert len(arrived(server)) == 300


def test_a_run_that_is_paused_stops_at_the_next_group(ctx: Flask, server: SandboxServer) -> None:
    people = People(200)
    run_id = launch(200)

    @action
    def pause() -> None:
        runs.pause(db.session(), run_id, "A person asked for it.")

    def may_send(_run: Run, ids: list[int], _now: datetime) -> set[int]:
        if 65 in ids:
            pause()
        return set(ids)

    people.may_send = may_send  # type: ignore[method-assign]
    work(people)
    assert sum(arrived(server).values()) == ledger.GROUP_SIZE
    assert queries.progress(run_id).sent == ledger.GROUP_SIZE


def test_a_canceled_run_keeps_the_record_of_who_has_it(ctx: Flask, server: SandboxServer) -> None:
    people = People(200)
    run_id = launch(200)

    @action
    def cancel() -> None:
        runs.cancel(db.session(), run_id, clock.now())

    def may_send(_run: Run, ids: list[int], _now: datetime) -> set[int]:
        if 65 in ids:
            cancel()
        return set(ids)

    people.may_send = may_send  # type: ignore[method-assign]
    work_off(people)
    assert sum(arrived(server).values()) == ledger.GROUP_SIZE
    progress = queries.progress(run_id)
    assert (progress.state, progress.sent) == (RunState.CANCELED, ledger.GROUP_SIZE)
    assert db.session.scalar(select(Batch.id)) is None
    assert people.ended == [run_id]


def test_after_a_crash_only_what_was_released_is_sent_again_and_listed(ctx: Flask, server: SandboxServer) -> None:
    people = People(200)
    run_id = launch(200)
    batches.cut_batch(run_id, people.next_ids)
    claimed = batches.claim_batch(run_id, "crashed", clock.now())
    assert claimed is not None
    # The process dies after it released the first group, and before it recorded anything.
    assert batches.release_group(claimed.batch_id, "crashed", ledger.GROUP_SIZE, [], clock.now())
    assert work(people) == 0, "the lease still stands"
    expire_leases()
    work_off(people)
    assert len(arrived(server)) == 200
    assert set(arrived(server).values()) == {1}
    assert queries.progress(run_id).uncertain == ledger.GROUP_SIZE
    assert queries.deliveries(run_id, Group.TWICE).total == ledger.GROUP_SIZE


@action
def expire_leases() -> None:
    db.session.execute(update(Batch).values(claimed_until=clock.now().replace(year=2020)))


def test_a_message_sent_again_keeps_its_message_id() -> None:
    key = b"k" * 32
    first = mime.message_id(key, 7, 42, "example.org")
    assert first == mime.message_id(key, 7, 42, "example.org")
    assert first != mime.message_id(key, 7, 43, "example.org")


def test_a_refused_address_is_a_failure_and_the_others_get_theirs(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(state: str, _session: object, argument: str) -> str | None:
        return "550 5.1.1 No such person" if state == "RCPT" and "p7@" in argument else None

    with SandboxServer(tmp_path / "mail", script) as running:
        point_to(running, monkeypatch)
        run_id = launch(20)
        work_off(People(20))
        progress = queries.progress(run_id)
        assert (progress.state, progress.sent, progress.failed) == (RunState.FINISHED, 19, 1)
        failed = queries.deliveries(run_id, Group.ADDRESS).items
        assert [(row.recipient_id, row.code) for row in failed] == [(7, 550)]


def test_a_server_that_says_later_is_asked_again(ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["451 4.7.1 Please come back later"])

    def script(state: str, _session: object, argument: str) -> str | None:
        return next(answers, None) if state == "RCPT" and "p7@" in argument else None

    with SandboxServer(tmp_path / "mail", script) as running:
        point_to(running, monkeypatch)
        run_id = launch(20)
        people = People(20)
        work_off(people)
        progress = queries.progress(run_id)
        assert (progress.state, progress.sent, progress.waiting) == (RunState.RUNNING, 19, 1)
        make_retries_due()
        work_off(people)
        work(people)
        assert queries.progress(run_id).state == RunState.FINISHED
        assert arrived(running)["p7@example.org"] == 1


def test_a_server_that_is_away_is_said_in_a_sentence_and_left_alone_for_a_while(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SandboxServer(tmp_path / "gone") as running:
        point_to(running, monkeypatch)
    people = People(10)
    run_id = launch(10)
    assert work(people) == 0
    run = queries.get_run(run_id)
    assert run.reason
    assert run.next_try_at is not None
    assert run.next_try_at > run.created_at
    assert queries.due_runs(clock.now()) == []


def test_a_connection_lost_after_the_message_leaves_nobody_out(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from campaigns.delivery.sandbox.script import Drop

    seen = iter(range(1_000))

    def script(state: str, _session: object, _argument: str) -> Drop | None:
        return Drop() if state == "stored" and next(seen) == 30 else None

    with SandboxServer(tmp_path / "mail", script) as running:
        point_to(running, monkeypatch)
        run_id = launch(100)
        people = People(100)
        work_off(people)
        forget_faults()
        work_off(people)
        assert len(arrived(running)) == 100
        # Two are under way on each connection to a server that takes whole messages one behind the other.
        assert 1 <= queries.progress(run_id).uncertain <= 2


def test_stopping_gives_the_rest_back(ctx: Flask, server: SandboxServer) -> None:
    people = People(200)
    run_id = launch(200)
    stop = threading.Event()

    def may_send(_run: Run, ids: list[int], _now: datetime) -> set[int]:
        stop.set()
        return set(ids)

    people.may_send = may_send  # type: ignore[method-assign]
    work(people, stop)
    assert sum(arrived(server).values()) == ledger.GROUP_SIZE
    people.may_send = lambda _run, ids, _now: set(ids)  # type: ignore[method-assign]
    work_off(people)
    assert set(arrived(server).values()) == {1}
    assert queries.progress(run_id).uncertain == 0


@action
def write_mail(is_urgent: bool = False) -> int:
    mail = outbox.add(
        db.session(),
        kind="notice",
        to_address="ana@example.org",
        subject="Hello",
        text="A line.\n",
        is_urgent=is_urgent,
        now=clock.now(),
    )
    db.session.flush()
    return mail.id


def mail_of(mail_id: int) -> OutboxMail:
    db.session.expire_all()
    return db.session.get_one(OutboxMail, mail_id)


def test_a_single_mail_leaves_and_its_text_is_wiped(ctx: Flask, server: SandboxServer) -> None:
    mail_id = write_mail()
    assert sender.send_mails(lambda: False, threading.Event()) == 1
    _entry, raw = next(iter(server.store.iter_raw()))
    assert b"Auto-Submitted: auto-generated" in raw
    mail = mail_of(mail_id)
    assert (mail.state, mail.text, mail.to_address) == (OutboxState.SENT, "", "")


def test_while_paused_only_urgent_mail_leaves(ctx: Flask, server: SandboxServer) -> None:
    held, urgent = write_mail(), write_mail(is_urgent=True)
    sender.send_mails(lambda: True, threading.Event())
    assert mail_of(held).state == OutboxState.WAITING
    assert mail_of(urgent).state == OutboxState.SENT


def test_a_mail_lost_in_a_crash_is_sent_again_with_the_same_identifier(ctx: Flask, server: SandboxServer) -> None:
    mail_id = write_mail()
    identifier = mail_of(mail_id).message_id
    mails.claim(False, clock.now().replace(year=2020))
    assert mail_of(mail_id).state == OutboxState.WAITING, "its time had not come"
    mails.claim(False, clock.now())

    @action
    def expire() -> None:
        db.session.execute(update(OutboxMail).values(claimed_until=clock.now().replace(year=2020)))

    expire()
    sender.send_mails(lambda: False, threading.Event())
    assert mail_of(mail_id).state == OutboxState.SENT
    assert identifier.encode() in next(iter(server.store.iter_raw()))[1]


def test_a_mail_that_cannot_be_written_holds_up_no_other(ctx: Flask, server: SandboxServer) -> None:
    broken, other = write_mail(), write_mail()

    @action
    def spoil() -> None:
        db.session.get_one(OutboxMail, broken).from_name = "Two\r\nlines"

    spoil()
    assert sender.send_mails(lambda: False, threading.Event()) == 1
    assert mail_of(broken).state == OutboxState.FAILED
    assert mail_of(other).state == OutboxState.SENT


def test_the_sandbox_carries_all_mail_until_the_office_is_live(ctx: Flask) -> None:
    assert routes.present().is_sandbox
    assert isinstance(routes.present().server, smtp.SmtpServer)


def test_bits_and_ids_come_back() -> None:
    ids = [1, 5, 2**40]
    assert ledger.unpack_ids(ledger.pack_ids(ids)) == ids
    bits = ledger.with_bits(ledger.empty_bits(10), [0, 9])
    assert ledger.open_positions(bits, 10) == list(range(1, 9))


def test_a_store_is_where_the_sandbox_keeps_mail(tmp_path: Path) -> None:
    assert Store(tmp_path).count() == 0


def test_deliveries_hold_one_row_a_person(ctx: Flask, server: SandboxServer) -> None:
    run_id = launch(10)
    work_off(People(10))
    rows = list(db.session.scalars(select(Delivery).where(Delivery.run_id == run_id)))
    assert len({row.recipient_id for row in rows}) == len(rows) == 10


def test_a_batch_taken_ahead_is_given_back_when_nothing_more_may_leave(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    seen = iter(range(1, 2_001))

    def script(state: str, _session: object, _argument: str) -> None:
        if state == "stored" and next(seen) == ledger.BATCH_SIZE:
            # The last of the first batch, which the next was taken ahead of.
            assert taken.wait(10)
            stop.set()

    taken = threading.Event()
    claim = batches.claim_batch

    def claimed(*given: Any, **named: Any) -> batches.Claimed | None:
        found = claim(*given, **named)
        if found is not None and found.ids[0] > ledger.BATCH_SIZE:
            taken.set()
        return found

    monkeypatch.setattr(batches, "claim_batch", claimed)
    with SandboxServer(tmp_path / "mail", script) as running:
        point_to(running, monkeypatch)
        run_id = launch(1_500)
        sender.work({"test": People(1_500)}, lambda: False, stop, OWNER)
        assert (taken.is_set(), queries.progress(run_id).sent) == (True, ledger.BATCH_SIZE)
        assert db.session.scalars(select(Batch.claimed_by)).all() == [""]
        work_off(People(1_500))
        assert set(arrived(running).values()) == {1}
        assert len(arrived(running)) == 1_500
