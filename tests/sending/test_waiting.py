"""People whose turn has not come: what they do meanwhile counts, and wherever it stops, nobody is in between."""

import random
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select

import config
from campaigns import clock
from campaigns.audience import links
from campaigns.audience.actions import preferences, subscribers
from campaigns.audience.consent import Channel
from campaigns.audience.models import Membership, MembershipState
from campaigns.db import action, db, end_reading
from campaigns.delivery import queries, sender, suppression
from campaigns.delivery.models import Delivery, Outcome, RunState, SuppressionReason
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters.source import NewsletterSource
from campaigns.planning.queries import is_paused
from campaigns.staff.models import RoleName
from tests import make
from tests.newsletters import compose
from tests.sending import crowd


def work_off() -> None:
    """Send as the scheduler does, until nothing is due."""
    while sender.work({"newsletter": NewsletterSource()}, is_paused, threading.Event(), "test"):
        pass


def send_to(sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config.load().model_copy(update={"sandbox_port": sandbox.port})
    monkeypatch.setattr(config, "load", lambda: settings)


@action
def suppress(number: int) -> None:
    suppression.add(db.session(), crowd.address(number), SuppressionReason.COMPLAINT, clock.now())


def test_who_left_paused_was_suppressed_or_erased_while_waiting_is_not_written_to(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 150
    run_id = crowd.launch(count)
    by, list_id = make.user(RoleName.ADMINISTRATOR).id, make.first_list().id
    end_reading()
    messages = iter(range(1, count + 1))

    def happen(state: str, _session: object, _argument: str) -> None:
        # While the first group is on its way.
        if state != "stored" or next(messages) != 10:
            return
        with ctx.app_context():
            preferences.leave_by_link(links.leave_token(run_id, 140, [list_id]), Channel.NEWSLETTER_LINK, clock.now())
            preferences.pause_by_link(links.leave_token(run_id, 141, [list_id]), 30, clock.now())
            suppress(142)
            subscribers.erase(143, by, clock.now())

    with SandboxServer(tmp_path / "mail", happen) as sandbox:
        send_to(sandbox, monkeypatch)
        work_off()
        reached = set(crowd.Mailboxes(sandbox.store).copies)
    left_out = {140, 141, 142, 143}
    assert reached == {crowd.address(number) for number in range(1, count + 1) if number not in left_out}
    progress = queries.progress(run_id)
    assert (progress.state, progress.sent, progress.skipped) == (RunState.FINISHED, count - 4, 4)


def test_somebody_on_three_chosen_lists_gets_one_copy(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd.gather(3)
    now, lists = clock.now(), [make.first_list().id, *(make.mailing_list().id for _ in range(2))]
    places = [
        {"subscriber_id": number, "list_id": list_id, "state": MembershipState.CONFIRMED, "changed_at": now}
        for number in (1, 2)
        for list_id in lists[1:]
    ]
    db.session.execute(insert(Membership), places)
    db.session.commit()
    run_id = compose.launched(*compose.people(), lists=lists).run_id
    assert run_id is not None
    with SandboxServer(tmp_path / "mail") as sandbox:
        send_to(sandbox, monkeypatch)
        work_off()
        assert crowd.Mailboxes(sandbox.store).copies == {crowd.address(number): 1 for number in (1, 2, 3)}
    assert queries.progress(run_id).sent == 3


def test_wherever_it_is_paused_everybody_is_either_reached_or_untouched(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, chance = 600, random.Random(7)
    crowd.gather(count)
    newsletter = compose.launched(*compose.people())
    newsletter_id, run_id = newsletter.id, newsletter.run_id or 0
    end_reading()
    by = make.user(RoleName.APPROVER).id
    points = sorted(chance.sample(range(5, count - 5), 4))
    arrived = [0]

    def press_pause(state: str, _session: object, _argument: str) -> None:
        arrived[0] += state == "stored"
        if state == "stored" and points and arrived[0] >= points[0]:
            points.pop(0)
            with ctx.app_context():
                newsletters.pause(newsletter_id, "A date is wrong.", by, clock.now())

    everybody = {crowd.address(number) for number in range(1, count + 1)}
    with SandboxServer(tmp_path / "mail", press_pause) as sandbox:
        send_to(sandbox, monkeypatch)
        while points:
            work_off()
            assert queries.progress(run_id).state == RunState.PAUSED
            reached, untouched = delivered(run_id), everybody - set(crowd.Mailboxes(sandbox.store).copies)
            assert reached | untouched == everybody
            assert not reached & untouched
            newsletters.resume(newsletter_id, by, clock.now())
        work_off()
        mailboxes = crowd.check_nobody_is_lost(run_id, count, sandbox.store, kills=0)
    assert not mailboxes.doubled


def delivered(run_id: int) -> set[str]:
    """Who the books say has it."""
    end_reading()
    rows = db.session.scalars(
        select(Delivery.recipient_id).where(Delivery.run_id == run_id, Delivery.outcome == Outcome.SENT)
    )
    return {crowd.address(number) for number in rows}
