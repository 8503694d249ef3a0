"""The pause switch while a newsletter is under way: nothing past the present group leaves; later everyone has it."""

import threading
from pathlib import Path

import pytest
from flask import Flask

import config
from campaigns import clock
from campaigns.delivery import ledger, queries, sender
from campaigns.delivery.models import RunState
from campaigns.delivery.sandbox.server import SandboxServer
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
        assert sum(held.copies.values()) == 2 * ledger.GROUP_SIZE
        assert (queries.progress(run_id).state, queries.progress(run_id).sent) == (RunState.RUNNING, 128)
        planning.resume(by, clock.now())
        work_off()
        mailboxes = crowd.check_nobody_is_lost(run_id, COUNT, sandbox.store, kills=0)
    assert not mailboxes.doubled
    assert queries.progress(run_id).state == RunState.FINISHED
