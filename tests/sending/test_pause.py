"""The pause switch and its kin while a newsletter is under way: nothing past the present group leaves afterwards."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

import config
from campaigns import clock
from campaigns.db import end_reading
from campaigns.delivery import ledger, queries, sender
from campaigns.delivery.models import RunState
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.newsletters import actions
from campaigns.newsletters.source import NewsletterSource
from campaigns.planning import actions as planning
from campaigns.planning.queries import is_paused
from campaigns.staff.models import RoleName
from tests import make
from tests.sending import crowd

COUNT = 300


def work_off() -> None:
    """Send as the scheduler does, until nothing is due."""
    while sender.work({"newsletter": NewsletterSource()}, is_paused, threading.Event(), "test"):
        pass


def test_paused_in_the_middle_it_stops_within_one_group_and_goes_on_later(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = crowd.launch(COUNT)
    by = make.user(RoleName.APPROVER).id
    messages = iter(range(1, COUNT + 1))

    def press_pause(state: str, _session: object, _argument: str) -> None:
        # The mail server runs in a thread of its own, as the person who presses the switch is somebody else.
        if state == "stored" and next(messages) == 70:
            with ctx.app_context():
                planning.pause("A number is wrong.", by, clock.now())

    with SandboxServer(tmp_path / "mail", press_pause) as sandbox:
        settings = config.load().model_copy(update={"sandbox_port": sandbox.port})
        monkeypatch.setattr(config, "load", lambda: settings)
        work_off()
        held = crowd.Mailboxes(sandbox.store)
        # The group under way leaves whole, and it is smaller by what of the first was under way with it.
        arrived = sum(held.copies.values())
        assert 70 < arrived <= 2 * ledger.GROUP_SIZE
        assert (queries.progress(run_id).state, queries.progress(run_id).sent) == (RunState.RUNNING, arrived)
        planning.resume(by, clock.now())
        work_off()
        mailboxes = crowd.check_nobody_is_lost(run_id, COUNT, sandbox.store, kills=0)
    assert not mailboxes.doubled
    assert queries.progress(run_id).state == RunState.FINISHED


class Gate:
    """Takes mail, but says nothing of the message with that number before `pressed` is set."""

    def __init__(self, number: int) -> None:
        self.number, self.arrived = number, 0
        self.reached, self.pressed = threading.Event(), threading.Event()

    def __call__(self, state: str, _session: object, _argument: str) -> None:
        """Count, and stand still once."""
        self.arrived += state == "stored"
        if state == "stored" and self.arrived == self.number:
            self.reached.set()
            assert self.pressed.wait(crowd.PATIENCE)


@contextmanager
def sending(app: Flask) -> Iterator[threading.Thread]:
    """A sender at work in a thread of its own, as in the scheduler."""

    def work() -> None:
        with app.app_context():
            work_off()

    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    thread.join(crowd.PATIENCE)
    assert not thread.is_alive()


def pause(newsletter_id: int, by: int) -> None:
    actions.pause(newsletter_id, "A number is wrong.", by, clock.now())


def cancel(newsletter_id: int, by: int) -> None:
    actions.cancel(newsletter_id, by, clock.now())


def switch(_newsletter_id: int, by: int) -> None:
    planning.pause("A number is wrong.", by, clock.now())


@pytest.mark.parametrize("press", [pause, cancel, switch])
def test_once_it_is_held_no_more_arrive_than_were_released(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, press: Callable[[int, int], None]
) -> None:
    run_id, by, gate = crowd.launch(COUNT), make.user(RoleName.APPROVER).id, Gate(70)
    newsletter_id = queries.get_run(run_id).ref
    end_reading()
    with SandboxServer(tmp_path / "mail", gate) as sandbox:
        settings = config.load().model_copy(update={"sandbox_port": sandbox.port})
        monkeypatch.setattr(config, "load", lambda: settings)
        with sending(ctx):
            assert gate.reached.wait(crowd.PATIENCE)
            press(newsletter_id, by)
            before = gate.arrived
            gate.pressed.set()
        assert gate.arrived - before <= ledger.GROUP_SIZE + crowd.CONNECTIONS
        assert queries.progress(run_id).sent == gate.arrived, "what left is written down"
        end_reading()
        if press is cancel:
            work_off()
            assert queries.get_run(run_id).is_settled
            assert sum(crowd.Mailboxes(sandbox.store).copies.values()) == queries.progress(run_id).sent
            return
        if press is pause:
            actions.resume(newsletter_id, by, clock.now())
        else:
            planning.resume(by, clock.now())
        work_off()
        assert not crowd.check_nobody_is_lost(run_id, COUNT, sandbox.store, kills=0).doubled
