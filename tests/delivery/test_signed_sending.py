"""Newsletters and single mails leave signed once a key is on, over the real wire; with a lost secret nothing leaves."""

import threading

import dkim
from flask import Flask

from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery import outbox, queries, sender, signing
from campaigns.delivery.doctor import actions
from campaigns.delivery.doctor.models import DkimKey
from campaigns.delivery.models import Run
from campaigns.delivery.sandbox.server import SandboxServer
from tests.delivery import mailing
from tests.delivery.mailing import People

D = "example.org"
KEY = signing.new_key("rsa")


def turn_on(domain: str = D) -> str:
    number = actions.add_key(domain, KEY, 1, clock.now())
    actions.activate_key(number, 1, clock.now())
    return db.session.get_one(DkimKey, number).selector


def holds(raw: bytes, selector: str, domain: str = D) -> bool:
    def look_up(name: bytes, **_: object) -> bytes | None:
        assert name == f"{selector}._domainkey.{domain}.".encode()
        return f"v=DKIM1; k=rsa; p={KEY.public}".encode()

    return bool(dkim.verify(raw, dnsfunc=look_up))


def mails(server: SandboxServer) -> list[bytes]:
    server.store.sync()
    return [raw for _, raw in server.store.iter_raw()]


def test_every_copy_of_a_run_is_signed(ctx: Flask, server: SandboxServer) -> None:
    selector = turn_on()
    mailing.launch(70)
    mailing.work_off(People(70))
    raws = mails(server)
    assert len(raws) == 70
    assert all(holds(raw, selector) for raw in raws[:5] + raws[-5:])
    assert all(raw.count(b"DKIM-Signature:") == 1 for raw in raws)


def test_without_a_key_nothing_is_added(ctx: Flask, server: SandboxServer) -> None:
    turn_on("other.example.org")
    mailing.launch(3)
    mailing.work_off(People(3))
    assert not [raw for raw in mails(server) if b"DKIM-Signature" in raw]


@action
def write_single_mail() -> None:
    outbox.add(db.session(), kind="x", to_address="ann@example.net", subject="Hello", text="Hi", now=clock.now())


def test_a_single_mail_is_signed_too_and_leaves_unsigned_rather_than_not(ctx: Flask, server: SandboxServer) -> None:
    office = queries.default_sender()
    assert office
    domain = office.address.rpartition("@")[2]
    selector = turn_on(domain)
    write_single_mail()
    assert sender.send_mails(lambda: False, threading.Event()) == 1
    assert holds(mails(server)[-1], selector, domain)
    spoil(domain)
    write_single_mail()
    assert sender.send_mails(lambda: False, threading.Event()) == 1
    assert b"DKIM-Signature" not in mails(server)[-1]


def spoil(domain: str) -> None:
    """As if the secret of this installation had been lost."""
    for key in db.session.query(DkimKey).filter_by(domain=domain):
        key.private_sealed = "gAAAAA"
    db.session.commit()


def test_a_run_whose_key_cannot_be_opened_waits_with_a_sentence(ctx: Flask, server: SandboxServer) -> None:
    turn_on()
    spoil(D)
    run_id = mailing.launch(3)
    assert mailing.work(People(3)) == 0
    db.session.expire_all()
    run = db.session.get_one(Run, run_id)
    assert "can no longer be read" in run.reason
    assert not mails(server)
