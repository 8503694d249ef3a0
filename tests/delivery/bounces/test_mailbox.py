"""The bounce mailbox: read once, message by message; other mail stays as it is; marks say whose copy it was."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

import config
from campaigns import clock, tokens
from campaigns.db import action, db
from campaigns.delivery import addresses, mime, outbox, sender
from campaigns.delivery.bounces import polling, queries
from campaigns.delivery.bounces.actions import mailboxes, taking
from campaigns.delivery.bounces.actions.mailboxes import Wanted
from campaigns.delivery.bounces.models import Bounce, BounceKind, UnreadReport
from campaigns.delivery.bounces.return_path import NO_RUN, ReturnPath, mark_in
from campaigns.delivery.models import Run
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.errors import Conflict, Invalid, OutsideError
from tests.imap import PASSWORD, ImapServer, Mail

REPORT = """From: MAILER-DAEMON@example.com
To: {to}
Subject: Undelivered mail

<{who}>: 550 5.1.1 User unknown

Message-ID: <{id}>
"""
PRIVATE = b"From: Bob <bob@example.com>\r\nTo: bounces@example.org\r\nSubject: Hello\r\n\r\nA letter.\r\n"
SET = Wanted("bounces@example.org", "+", "127.0.0.1", 993, "none", "bounces", PASSWORD, "INBOX", "")


def a_run() -> int:
    run = Run(kind="newsletter", ref=1, max_id=100, created_at=clock.now())
    db.session.add(run)
    db.session.commit()
    return run.id


def report(to: str = "bounces@example.org", who: str = "bob@example.com", identifier: str = "x@y.example") -> bytes:
    return REPORT.format(to=to, who=who, id=identifier).encode()


def poll() -> int:
    return polling.poll(threading.Event())


def bounces() -> list[Bounce]:
    db.session.rollback()
    return list(db.session.scalars(select(Bounce).order_by(Bounce.id)))


def test_each_copy_has_its_own_return_address_once_one_is_set(ctx: Flask) -> None:
    run, now = a_run(), clock.now()
    assert ReturnPath(run, "news@example.org").of(9, now) == "news@example.org"
    mailboxes.save(SET, 0, 1, now)
    made = ReturnPath(run, "news@example.org").of(9, now)
    local, _, domain = made.partition("@")
    assert domain == "example.org"
    assert local.startswith("bounces+")
    assert len(local) <= 64
    found = mark_in([local.removeprefix("bounces+").lower()], now)
    assert found
    assert (found.run_id, found.recipient_id) == (run, 9)


def test_a_bounce_is_known_by_its_return_address_and_by_the_message_it_brings_back(ctx: Flask) -> None:
    run, now = a_run(), clock.now()
    mailboxes.save(SET, 0, 1, now)
    path = ReturnPath(run, "news@example.org").of(9, now)
    identifier = mime.message_id(tokens.key_for("message-id"), run, 8, "example.org")
    with ImapServer(
        report(to=path.upper(), who="other@elsewhere.example"), PRIVATE, report(identifier=identifier)
    ) as s:
        mailboxes.save(replace(SET, port=s.port), 1, 1, now)
        assert (poll(), poll()) == (3, 0)
        assert s.mails[1].flags == s.mails[3].flags == {"\\Seen"}
        assert s.mails[2].flags == set()
    assert [(each.run_id, each.recipient_id, each.kind) for each in bounces()] == [
        (run, 9, BounceKind.ADDRESS),
        (run, 8, BounceKind.ADDRESS),
    ]
    assert "@" not in bounces()[0].text
    mailbox = queries.mailbox()
    assert mailbox
    assert (mailbox.last_uid, mailbox.problem) == (3, "")
    assert mailbox.read_at


def test_a_single_mail_that_comes_back_is_known_as_ours_and_counts_for_its_address(
    ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    mailboxes.save(SET, 0, 1, now)
    write_a_mail("gone@example.com")
    with SandboxServer(tmp_path / "mail") as sandbox:
        settings = config.load().model_copy(update={"sandbox_port": sandbox.port})
        monkeypatch.setattr(config, "load", lambda: settings)
        assert sender.send_mails(lambda: False, threading.Event()) == 1
        path = next(entry.envelope_from for entry, _ in sandbox.store.iter_raw())
    assert path.startswith("bounces+")
    found = mark_in([path.partition("@")[0].removeprefix("bounces+")], now)
    assert found
    assert found.run_id == NO_RUN
    with ImapServer(report(to=path, who="gone@example.com")) as server:
        mailboxes.save(replace(SET, port=server.port), 1, 1, now)
        assert poll() == 1
    (only,) = bounces()
    assert (only.run_id, only.recipient_id, only.kind) == (None, None, BounceKind.ADDRESS)
    assert only.fingerprint == addresses.fingerprint("gone@example.com")


@action
def write_a_mail(to: str) -> None:
    outbox.add(db.session(), kind="notice", to_address=to, subject="Hello", text="A notice.", now=clock.now())


def test_a_connection_that_breaks_is_a_sentence_and_nothing_is_counted_twice(ctx: Flask) -> None:
    run, now = a_run(), clock.now()
    mailboxes.save(SET, 0, 1, now)
    paths = [ReturnPath(run, "n@example.org").of(number, now) for number in (1, 2, 3)]
    with ImapServer(*[report(to=path) for path in paths]) as server:
        mailboxes.save(replace(SET, port=server.port, done_folder="Done"), 1, 1, now)
        server.breaks_at = 2
        poll()
        mailbox = queries.mailbox()
        assert mailbox
        assert "ended the connection" in mailbox.problem
        poll()
        # Numbered anew, the same reports are met again and count no more.
        server.validity, server.mails = 8, {1: Mail(report(to=paths[0]))}
        poll()
        assert server.moved == [1, 2, 3, 1]
    assert [each.recipient_id for each in bounces()] == [1, 2, 3]


def test_a_test_changes_nothing(ctx: Flask) -> None:
    with ImapServer(report(), PRIVATE) as server:
        mailboxes.save(replace(SET, port=server.port), 0, 1, clock.now())
        assert "holds 2 messages" in polling.try_out()
        assert not {"FETCH", "STORE", "MOVE", "SELECT"} & set(server.heard)
        mailboxes.save(replace(SET, port=server.port, password="wrong"), 1, 1, clock.now())
        with pytest.raises(OutsideError, match="did not accept the user name and password"):
            polling.try_out()


def test_nobody_there_is_one_plain_sentence(ctx: Flask) -> None:
    with ImapServer() as gone:
        port = gone.port
    mailboxes.save(replace(SET, port=port), 0, 1, clock.now())
    with pytest.raises(OutsideError, match=f"Nothing answers at 127.0.0.1, port {port}"):
        polling.try_out()


def test_a_report_about_nobody_is_kept_for_review_for_two_weeks(ctx: Flask) -> None:
    with ImapServer(b"From: MAILER-DAEMON@x.example\r\nSubject: Undelivered mail\r\n\r\nIt failed.\r\n") as server:
        mailboxes.save(replace(SET, port=server.port), 0, 1, clock.now())
        poll()
    assert bounces() == []
    assert [each.subject for each in queries.unread_reports()] == ["Undelivered mail"]
    taking.purge(clock.now() + timedelta(days=15))
    assert list(db.session.scalars(select(UnreadReport))) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"address": "no address"}, "address"),
        ({"address": "a" * 30 + "@example.org"}, "address"),
        ({"separator": "/"}, "separator"),
        ({"host": "https://x"}, "host"),
        ({"port": 0}, "port"),
        ({"host": "mail.example.org"}, "security"),
        ({"username": ""}, "username"),
        ({"folder": 'IN"BOX'}, "folder"),
        ({"password": ""}, "password"),
    ],
)
def test_what_cannot_work_is_refused(ctx: Flask, changed: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        mailboxes.save(replace(SET, **changed), 0, 1, clock.now())  # type: ignore[arg-type]
    assert field in caught.value.fields


def test_the_stored_password_goes_to_no_other_server_and_two_hands_do_not_overwrite(ctx: Flask) -> None:
    mailboxes.save(SET, 0, 1, clock.now())
    with pytest.raises(Invalid):
        mailboxes.save(replace(SET, username="else", password=""), 1, 1, clock.now())
    with pytest.raises(Conflict):
        mailboxes.save(SET, 0, 1, clock.now())
    mailbox = queries.mailbox()
    assert mailbox
    assert PASSWORD not in mailbox.password_sealed
