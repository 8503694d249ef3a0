"""The first part of a large newsletter that stops by itself: nobody else gets it, and its author has a mail of it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery import queries as delivery
from campaigns.delivery import routes, sender
from campaigns.delivery.actions import sending_rules, stages
from campaigns.delivery.bounces import facts
from campaigns.delivery.bounces.facts import Fact
from campaigns.delivery.bounces.models import BounceKind
from campaigns.delivery.models import OutboxMail, Run, RunState
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.newsletters import actions, queries
from campaigns.newsletters.actions import launching
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.source import NewsletterSource
from campaigns.planning.models import ItemState
from tests import make
from tests.delivery import real
from tests.delivery.mailing import arrived
from tests.newsletters import compose

READERS, FIRST = 30, 10


class Office:
    """A live office whose newsletters begin with a part of ten, and what its mail server got."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.author, self.approver = compose.people()

    def launch(self) -> Newsletter:
        """A newsletter to everybody, whose first part has left."""
        newsletter = compose.launched(self.author, self.approver)
        self.work_off()
        return newsletter

    def work_off(self) -> None:
        """What the clock does until nothing is due."""
        for _ in range(2):
            while sender.work({"newsletter": NewsletterSource()}, lambda: False, threading.Event(), "test"):
                pass
            stages.look_at_all(clock.now())
        launching.notice_trouble(clock.now())

    def told(self) -> list[tuple[str, str]]:
        """The address and subject of each mail that was written."""
        db.session.expire_all()
        return [(mail.to_address, mail.subject) for mail in db.session.scalars(select(OutboxMail))]


@pytest.fixture
def office(ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(routes, "_rotation", routes.Rotation())
    compose.go_live()
    sending_rules.set_stage(True, 1, FIRST, 30, 2, 0, 1, clock.now())
    for number in range(READERS):
        make.subscriber(f"r{number}@example.net")
    with real.server(tmp_path / "mail") as (server, _):
        yield Office(server)


def refuse_some(state: str, _session: object, argument: str) -> str | None:
    return "550 5.7.1 Blocked" if state == "RCPT" and argument.partition("@")[0].endswith(("<r2", "<r3")) else None


def test_too_many_refusals_in_the_first_part_stop_it_and_its_author_has_a_mail(office: Office) -> None:
    office.server.script = refuse_some
    newsletter = office.launch()
    assert arrived(office.server).total() == FIRST - 2
    stopped, refused = office.told()
    assert stopped == (office.author.email, "“December news” has stopped")
    assert refused == (office.author.email, "“December news” is being refused by some")
    text = db.session.scalars(select(OutboxMail.text).order_by(OutboxMail.id)).first() or ""
    assert "Of the first 10 copies 2 were refused, more than 2 %." in text
    assert f"/newsletters/{newsletter.id}" in text
    assert queries.get_newsletter(newsletter.id).state == ItemState.PAUSED
    office.work_off()
    assert office.told() == [stopped, refused], "each is told once"
    office.server.script = None
    actions.resume(newsletter.id, office.approver.id, clock.now())
    office.work_off()
    assert arrived(office.server).total() == READERS - 2
    assert office.told()[2:] == [(office.author.email, "“December news” was sent")]


@action
def complain(run_id: int) -> None:
    """Somebody presses “spam”, and the mail provider reports it."""
    report = Fact(BounceKind.COMPLAINT, "mailbox", "report", run_id, 1)
    assert facts.add(db.session(), report, clock.now())


def test_a_complaint_stops_it_and_its_author_has_a_mail_also_after_another_trouble(office: Office) -> None:
    newsletter = office.launch()
    assert office.told() == []

    @action
    def fail() -> None:
        run = db.session.get_one(Run, newsletter.run_id)
        run.failures, run.reason = 3, "The mail server did not answer."

    fail()
    launching.notice_trouble(clock.now())
    complain(newsletter.run_id or 0)
    office.work_off()
    stuck, stopped = office.told()
    assert stuck == (office.author.email, "“December news” is stuck")
    assert stopped == (office.author.email, "“December news” has stopped")
    run = delivery.get_run(newsletter.run_id or 0)
    assert run.reason == "Somebody reports it as spam. Nobody else gets it until a person has looked."
    assert (run.state, queries.get_newsletter(newsletter.id).state) == (RunState.STOPPED, ItemState.PAUSED)
    assert arrived(office.server).total() == FIRST
