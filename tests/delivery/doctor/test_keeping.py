"""Self-tests, overrides, keys and the gate, on both engines."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

import config
from campaigns import clock
from campaigns.db import db
from campaigns.delivery import queries as delivery
from campaigns.delivery import signing
from campaigns.delivery.actions import relays, senders
from campaigns.delivery.actions.relays import Wanted
from campaigns.delivery.bounces import polling
from campaigns.delivery.bounces.actions import mailboxes
from campaigns.delivery.doctor import actions, gate, queries, rounds
from campaigns.delivery.doctor.findings import Level, Topic, by_topic, worst
from campaigns.delivery.doctor.models import DkimKey, KeyState, SelfTest, TestState
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.errors import Conflict, Invalid, NotFound, Refused
from campaigns.staff.models import AuditEntry
from campaigns.staff.queries import get_organization
from tests.delivery import real
from tests.imap import PASSWORD, ImapServer
from tests.nameserver import Zone, serving

D = "heat.example.org"
URL = "https://news.example.org/u/abc"
KEYS = {kind: signing.new_key(kind) for kind in signing.ALGORITHMS}
PLAIN = "http://127.0.0.1/u/x"
ME = 1


@pytest.fixture
def relay(ctx: Flask, tmp_path: Path) -> Iterator[SandboxServer]:
    """A live office whose mail goes through a real server on loopback."""
    with SandboxServer(tmp_path / "mail") as running:
        real.add(running.port)
        sender = delivery.default_sender()
        assert sender
        senders.change(sender.id, "Office", f"news@{D}", f"office@{D}", ME, clock.now())
        get_organization().went_live_at = clock.now()
        db.session.commit()
        yield running


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Iterator[Zone]:
    """A name server whose zone a test fills."""
    zone: dict[tuple[str, str], list[str] | str] = {(f"_dmarc.{D}", "TXT"): [f"v=DMARC1; p=none; rua=mailto:r@{D}"]}
    with serving(zone) as server:
        settings = config.load().model_copy(update={"dns_server": f"127.0.0.1:{server.port}"})
        monkeypatch.setattr(config, "load", lambda: settings)
        yield server.zone


def way() -> queries.Way:
    db.session.expire_all()
    return queries.get_way("")


def turn_on(kind: str, zone: Zone | None = None) -> DkimKey:
    key = queries.get_key(actions.add_key(D, KEYS[kind], ME, clock.now()))
    if zone is not None:
        record = f"v=DKIM1; k={kind}; p={key.public}"
        zone[f"{key.selector}._domainkey.{D}", "TXT"] = [record]  # type: ignore[index]
    actions.activate_key(key.id, ME, clock.now())
    return key


def send(to: str = "me@gmail.example") -> str:
    handed = rounds.send(way(), URL, to, ME)
    assert handed.is_accepted, handed.sentence
    return re.findall(r"Newsletter self-test (\w+)", handed.sentence)[0]


def arrived(server: SandboxServer) -> bytes:
    server.store.sync()
    return [raw for _, raw in server.store.iter_raw()][-1]


def closed(people: int = 101) -> str:
    db.session.expire_all()
    return gate.problem(f"news@{D}", people)


def test_a_signed_self_test_through_a_real_server_opens_the_gate(relay: SandboxServer, named: Zone) -> None:
    assert "has not passed" in closed()
    assert closed(100) == ""
    turn_on("rsa", named)
    word = send()
    assert "has not passed" in closed()
    raw = arrived(relay)
    assert b"List-Unsubscribe: <" + URL.encode() in raw
    reading = rounds.read_source(raw.replace(b"\r\n", b"\n"), ME)
    assert reading.is_passed, reading.findings
    assert closed() == ""
    test = queries.find_test(word)
    assert test
    assert (test.state, test.to_address, [key["is_ours"] for key in test.keys]) == (
        TestState.PASSED,
        "me@gmail.example",
        [False],
    )
    entries = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_kind == "self_test").order_by(AuditEntry.id)
    ).all()
    assert entries == ["self_test.sent", "self_test.passed"]


@pytest.mark.parametrize("change", ["relay", "domain", "key", "key off", "another relay"])
def test_a_change_of_relay_domain_or_key_asks_for_the_test_again(
    relay: SandboxServer, named: Zone, change: str
) -> None:
    key = turn_on("rsa", named)
    send()
    assert rounds.read_source(arrived(relay), ME).is_passed
    assert closed() == ""
    server, sender = delivery.relay(), delivery.default_sender()
    assert server
    assert sender
    match change:
        case "relay":
            relays.change(server.id, Wanted("localhost", server.port, "none"), server.version, ME, clock.now())
        case "domain":
            senders.change(sender.id, "Office", "news@other.example.org", f"office@{D}", ME, clock.now())
            db.session.expire_all()
            assert gate.problem("news@other.example.org", 101)
            return
        case "key":
            turn_on("ed25519", named)
        case "key off":
            actions.retire_key(key.id, ME, clock.now())
        case "another relay":
            added = real.add(26)
            assert "has not passed" in closed()
            relays.hold(added, ME, clock.now())
            assert closed() == "", "a mail server on hold carries nothing"
            return
    assert "has not passed" in closed()


def test_practice_has_no_gate(ctx: Flask) -> None:
    real.add(2525)
    assert gate.problem("news@anything.example", 1_000_000) == ""


def test_a_copy_that_was_bent_keeps_the_gate_shut_until_a_better_one_is_read(relay: SandboxServer, named: Zone) -> None:
    turn_on("rsa", named)
    send()
    raw = arrived(relay)
    bent = raw.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b"")
    assert not rounds.read_source(bent, ME).is_passed
    assert "has not passed" in closed()
    found = by_topic(rounds.examine(way(), PLAIN, clock.now()))
    assert found[Topic.SELF_TEST][0].title == "The self-test did not pass"
    assert rounds.read_source(raw, ME).is_passed
    assert closed() == ""


def test_unsigned_mail_does_not_pass(relay: SandboxServer, named: Zone) -> None:
    send()
    reading = rounds.read_source(arrived(relay), ME)
    assert not reading.is_passed
    assert "without a signature" in " ".join(one.title for one in reading.findings)


def test_only_the_last_self_test_is_read_and_no_other_message(relay: SandboxServer, named: Zone) -> None:
    send()
    old = arrived(relay)
    send()
    with pytest.raises(Invalid, match="older self-test"):
        rounds.read_source(old, ME)
    with pytest.raises(Invalid, match="another message"):
        rounds.read_source(b"From: a@b.example\nSubject: Hello\n\nx", ME)
    assert db.session.scalars(select(SelfTest.state)).all() == [TestState.WAITING]


def test_a_copy_that_arrives_in_a_mailbox_of_ours_is_read_by_itself(relay: SandboxServer, named: Zone) -> None:
    turn_on("rsa", named)
    send()
    assert not rounds.read_mailbox(b"From: a@b.example\nSubject: Undelivered\n\nx")
    assert not rounds.read_mailbox(b"\x00nothing")
    assert closed()
    copy = arrived(relay)
    with ImapServer(b"From: a@b.example\r\nSubject: Hello\r\n\r\nx\r\n", copy) as server:
        box = mailboxes.Wanted(
            "bounces@example.org", "+", "127.0.0.1", server.port, "none", "bounces", PASSWORD, "INBOX", "Done"
        )
        mailboxes.save(box, 0, ME, clock.now())
        assert polling.poll(threading.Event()) == 2
        assert server.moved == [2], "other mail stays where it is"
    assert closed() == ""
    assert rounds.read_mailbox(arrived(relay)), "the same copy again is known and changes nothing"


def test_a_relay_that_refuses_or_is_away_is_a_sentence_and_no_test(ctx: Flask, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="mail server first"):
        rounds.send(way(), URL, "me@gmail.example", ME)
    with SandboxServer(tmp_path / "m", script=lambda state, *_: "550 5.7.1 No" if state == "RCPT" else None) as server:
        real.add(server.port)
        handed = rounds.send(way(), URL, "me@gmail.example", ME)
        assert (handed.is_accepted, "turned the message away: 550 5.7.1 No" in handed.sentence) == (False, True)
    assert "Nothing answers" in rounds.send(way(), URL, "me@gmail.example", ME).sentence
    assert db.session.scalar(select(SelfTest.id)) is None
    with pytest.raises(Invalid, match="cannot be sent"):
        rounds.send(way(), URL, "me@gmail.example\r\nBcc: x", ME)


def test_an_override_needs_a_reason_is_audited_and_falls_with_the_next_change(
    relay: SandboxServer, named: Zone
) -> None:
    with pytest.raises(Invalid, match="Say in a sentence"):
        actions.override(way().key, "  because ", ME, clock.now())
    actions.override(way().key, "The county tests mail itself,\nticket 4711", ME, clock.now())
    assert closed() == ""
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "self_test.overridden"))
    assert entry
    assert (entry.user_id, entry.details["reason"]) == (ME, "The county tests mail itself, ticket 4711")
    assert by_topic(rounds.examine(way(), PLAIN, clock.now()))[Topic.SELF_TEST][0].level == Level.CAUTION
    turn_on("rsa", named)
    assert "has not passed" in closed()
    actions.override(way().key, "Once more, for the same reason", ME, clock.now())
    test = queries.last_test(D, delivery.relays()[0])
    assert test
    actions.withdraw_override(test.id, ME, clock.now())
    assert "has not passed" in closed()
    with pytest.raises(NotFound):
        actions.withdraw_override(test.id, ME, clock.now())


def test_keys_live_from_new_to_retired_and_rotation_keeps_the_old_one_in_sight(ctx: Flask) -> None:
    now = clock.now()
    first = actions.add_key(D, KEYS["rsa"], ME, now)
    with pytest.raises(Conflict, match="waits already"):
        actions.add_key(D, KEYS["rsa"], ME, now)
    assert queries.signer_of(D) is None
    actions.activate_key(first, ME, now)
    assert queries.signer_of(D.upper()) is not None
    with pytest.raises(Conflict):
        actions.activate_key(first, ME, now)
    with pytest.raises(Refused):
        actions.remove_key(first, ME, now)
    second = actions.add_key(D, signing.new_key("rsa"), ME, now)
    actions.activate_key(second, ME, now + timedelta(minutes=1))
    old, new = queries.get_key(first), queries.get_key(second)
    assert (old.state, old.private_sealed, bool(old.public)) == (KeyState.RETIRED, "", True)
    assert (new.state, new.selector) == (KeyState.ACTIVE, old.selector + "2")
    actions.remove_key(first, ME, now)
    actions.retire_key(second, ME, now)
    assert queries.signer_of(D) is None
    with pytest.raises(NotFound):
        queries.get_key(first)
    words = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_kind == "dkim_key").order_by(AuditEntry.id)
    ).all()
    assert words[-2:] == ["dkim_key.removed", "dkim_key.retired"]


def test_each_day_a_live_office_is_examined_and_the_desk_knows(relay: SandboxServer, named: Zone) -> None:
    assert rounds.examine_all(PLAIN, lambda: True, clock.now()) == 0
    assert rounds.examine_all(PLAIN, lambda: False, clock.now()) == 1
    db.session.expire_all()
    (way_name, titles), *_ = queries.to_put_right().items()
    assert way_name == f"{D} through 127.0.0.1"
    assert f"{D} has no SPF record" in titles
    get_organization().went_live_at = None
    db.session.commit()
    assert rounds.examine_all(PLAIN, lambda: False, clock.now()) == 0


def test_a_checkup_is_kept_once_a_way_and_asks_for_a_mail_server(ctx: Flask) -> None:
    found = rounds.examine(way(), "http://127.0.0.1/u/x", clock.now())
    assert worst(found) == Level.STOP
    for _ in range(2):
        actions.keep_checkup(way().key, found, clock.now())
    kept = queries.last_checkup(way())
    assert kept
    assert kept[1] == [one for one in found if one.topic != Topic.SELF_TEST]
    with pytest.raises(NotFound):
        queries.get_way("9-9")
