"""Providers that report over the web: each must prove who it is, nothing is taken twice, and limits hold."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

import config
from campaigns import clock, http, tokens
from campaigns.db import db
from campaigns.delivery import mime
from campaigns.delivery.bounces import queries
from campaigns.delivery.bounces.actions import services
from campaigns.delivery.bounces.models import Bounce, BounceKind
from campaigns.delivery.bounces.webhooks import ses
from campaigns.delivery.bounces.webhooks.events import Told
from campaigns.delivery.models import Run
from campaigns.errors import Invalid, Refused
from tests.certificates import certificate_for, shown
from tests.websites import Says, Website

EC_KEY = ec.generate_private_key(ec.SECP256R1())
EC_PUBLIC = base64.b64encode(
    EC_KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
RSA_KEY = rsa.generate_private_key(65_537, 2048)


class Connection:
    """One provider that reports to the application under test."""

    def __init__(self, app: Flask, client: FlaskClient, provider: str, secret: str = "") -> None:
        self.app, self.client = app, client
        with app.app_context():
            webhook = queries.get_webhook(services.add(provider, secret, 1, clock.now()))
            self.path = "/hooks/" + str(tokens.decrypt(services.TOKEN, webhook.token_sealed))
            self.secret = str(tokens.decrypt(services.SECRET, webhook.secret_sealed))
            self.id = webhook.id

    def post(self, body: bytes, **headers: str) -> TestResponse:
        return self.client.post(
            self.path, data=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def kinds(self) -> list[str]:
        with self.app.app_context():
            return list(db.session.scalars(select(Bounce.kind).order_by(Bounce.id)))

    def problem(self) -> str:
        with self.app.app_context():
            return queries.get_webhook(self.id).problem


def sendgrid(body: bytes, at: float) -> dict[str, str]:
    stamp = str(int(at))
    signature = base64.b64encode(EC_KEY.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    return {
        "X_Twilio_Email_Event_Webhook_Timestamp": stamp,
        "X_Twilio_Email_Event_Webhook_Signature": signature,
    }


def test_sendgrid_signs_time_and_body_and_is_taken_once(app: Flask, client: FlaskClient) -> None:
    there = Connection(app, client, "sendgrid", EC_PUBLIC)
    now = clock.now().timestamp()
    with app.app_context():
        run = Run(kind="newsletter", ref=1, max_id=9, created_at=clock.now())
        db.session.add(run)
        db.session.commit()
        run_id = run.id
        identifier = mime.message_id(tokens.key_for("message-id"), run_id, 8, "example.org")
    events: list[dict[str, Any]] = [
        {"event": "bounce", "email": "a@example.com", "reason": "550 5.1.1 user unknown", "sg_event_id": "1"},
        {"event": "spamreport", "email": "b@example.com", "sg_event_id": "2", "smtp-id": f"<{identifier}>"},
        {"event": "open", "email": "c@example.com", "sg_event_id": "3"},
    ]
    body = json.dumps(events).encode()
    signed = sendgrid(body, now)
    assert there.post(body, **signed).status_code == 200
    assert there.post(body, **signed).status_code == 200
    assert there.kinds() == [BounceKind.ADDRESS, BounceKind.COMPLAINT]
    assert there.post(body + b" ", **signed).status_code == 403
    assert "does not fit" in there.problem()
    assert there.post(body, **sendgrid(body, now - 400)).status_code == 403
    with app.app_context():
        assert queries.complaints_of(run_id) == 1


def mailgun(secret: str, event: dict[str, Any], token: str = "t1") -> bytes:  # noqa: S107
    stamp = str(int(clock.now().timestamp()))
    signature = hmac.new(secret.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    return json.dumps(
        {"signature": {"timestamp": stamp, "token": token, "signature": signature}, "event-data": event}
    ).encode()


def test_mailgun_signs_a_token_that_is_taken_once_so_that_nobody_puts_another_event_under_it(
    app: Flask, client: FlaskClient
) -> None:
    there = Connection(app, client, "mailgun", "key-1")
    event = {"event": "failed", "severity": "permanent", "id": "e1", "recipient": "a@example.com"}
    event["delivery-status"] = {"code": 550, "message": "5.1.1 no such user"}  # type: ignore[assignment]
    assert there.post(mailgun("key-1", event)).status_code == 200
    assert there.post(mailgun("key-1", event | {"id": "e2", "recipient": "victim@example.com"})).status_code == 200
    assert there.kinds() == [BounceKind.ADDRESS]
    assert there.post(mailgun("wrong", event, "t2")).status_code == 403
    assert there.post(mailgun("key-1", event | {"severity": "temporary", "id": "e3"}, "t3")).status_code == 200
    assert there.post(mailgun("key-1", {"event": "complained", "recipient": "b@example.com"}, "t4")).status_code == 200
    assert there.kinds() == [BounceKind.ADDRESS, BounceKind.COMPLAINT]


def test_postmark_knows_the_password(app: Flask, client: FlaskClient) -> None:
    there = Connection(app, client, "postmark")
    body = json.dumps({"RecordType": "Bounce", "Type": "HardBounce", "ID": 1, "Email": "a@example.com"}).encode()
    full = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": 2,
        "Email": "b@example.com",
        "Details": "552 5.2.2 full",
    }
    good = {"Authorization": "Basic " + base64.b64encode(f"outreach:{there.secret}".encode()).decode()}
    assert there.post(body).status_code == 403
    assert there.post(body, **good).status_code == there.post(body, **good).status_code == 200
    assert there.post(json.dumps(full).encode(), **good).status_code == 200
    assert there.kinds() == [BounceKind.ADDRESS, BounceKind.MAILBOX]


def test_the_generic_way_is_that_of_standard_webhooks(app: Flask, client: FlaskClient) -> None:
    there = Connection(app, client, "generic")
    body = json.dumps([{"type": "bounce", "recipient": "a@example.com", "status": "5.1.1"}, {"type": "else"}]).encode()
    stamp = str(int(clock.now().timestamp()))
    key = base64.b64decode(there.secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"m1.{stamp}.".encode() + body, "sha256")).decode()
    signed = {"webhook_id": "m1", "webhook_timestamp": stamp, "webhook_signature": f"v1,{signature}"}
    assert there.post(body, **signed).status_code == there.post(body, **signed).status_code == 200
    assert there.post(body, **{**signed, "webhook_id": "m2"}).status_code == 403
    assert there.kinds() == [BounceKind.ADDRESS]


def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(RSA_KEY.public_key())
    made = made.serial_number(1).not_valid_before(start).not_valid_after(start + dt.timedelta(days=36_500))
    return made.sign(RSA_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


PEM = certificate()


def sns(**changed: str) -> bytes:
    """A message of Amazon, signed after the changes; those that begin with an underscore are made after signing."""
    inner = {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "feedbackId": "f1",
            "bouncedRecipients": [{"emailAddress": "a@example.com", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}],
        },
    }
    message = {
        "Type": "Notification",
        "MessageId": "m1",
        "TopicArn": "arn:aws:sns:us-west-2:1:mail",
        "Message": json.dumps(inner),
        "Timestamp": clock.now().isoformat(),
        "SignatureVersion": "2",
        "SigningCertURL": "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-1.pem",
        **{name: value for name, value in changed.items() if not name.startswith("_")},
    }
    names = ses._SIGNED.get(message["Type"], ())
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    message["Signature"] = base64.b64encode(RSA_KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    return json.dumps(message | {name[1:]: value for name, value in changed.items() if name.startswith("_")}).encode()


TOPIC = "arn:aws:sns:us-west-2:1:mail"


def test_amazon_is_believed_by_its_signature(ctx: Flask) -> None:
    told = ses.read(sns(), TOPIC, clock.now(), lambda _: PEM)
    assert isinstance(told, Told)
    assert [fact.kind for fact in told.facts] == [BounceKind.ADDRESS]
    asks = {"Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": "https://sns.us-west-2.amazonaws.com/?a"}
    asked = ses.read(sns(**asks), "", clock.now(), lambda _: PEM)
    assert asked == ses.Asked(TOPIC, "https://sns.us-west-2.amazonaws.com/?a")


@pytest.mark.parametrize(
    "changed",
    [
        {"_Message": "{}"},
        {"SignatureVersion": "1"},
        {"SigningCertURL": "https://sns.us-west-2.amazonaws.com.evil.example/a.pem"},
        {"SigningCertURL": "http://sns.us-west-2.amazonaws.com/a.pem"},
        {"SigningCertURL": "https://evil.example/sns.us-west-2.amazonaws.com/a.pem"},
        {"SigningCertURL": "https://user@sns.us-west-2.amazonaws.com/a.pem"},
        {"TopicArn": "arn:aws:sns:us-west-2:1:other"},
        {"Timestamp": "2020-01-01T00:00:00+00:00"},
        {"Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": "https://evil.example/"},
        {"Type": "UnsubscribeConfirmation"},
    ],
)
def test_what_is_not_amazons_is_refused_before_anything_is_fetched_from_elsewhere(
    ctx: Flask, changed: dict[str, str]
) -> None:
    def fetch(url: str) -> bytes:
        assert url.startswith("https://sns.us-west-2.amazonaws.com/")
        return PEM

    with pytest.raises(Refused):
        ses.read(sns(**changed), TOPIC, clock.now(), fetch)


def test_a_topic_that_nobody_confirmed_tells_us_nothing(ctx: Flask) -> None:
    with pytest.raises(Refused, match="not confirmed"):
        ses.read(sns(), "", clock.now(), lambda _: PEM)


def test_unknown_addresses_large_bodies_and_nonsense_are_refused(app: Flask, client: FlaskClient) -> None:
    there = Connection(app, client, "mailgun", "key-1")
    assert client.post("/hooks/nothing", data=b"{}").status_code == 404
    assert there.post(b"x" * 1_100_000).status_code == 413
    for body in (b"", b"[]", b"\xff", b'{"signature": 1}', b"[" * 100_000):
        assert there.post(body).status_code == 403
    assert there.kinds() == []


def test_a_key_that_cannot_be_one_is_refused(ctx: Flask) -> None:
    for provider, secret in (("sendgrid", "nonsense"), ("mailgun", ""), ("else", "x")):
        with pytest.raises(Invalid):
            services.add(provider, secret, 1, clock.now())


@pytest.mark.parametrize("named", ["sns.us-west-2.amazonaws.com", "evil.example"])
def test_amazons_certificate_comes_over_a_connection_that_proves_its_name(
    app: Flask, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    host = "sns.us-west-2.amazonaws.com"
    trusted = certificate_for(x509.DNSName(named), tmp_path)
    with Website(tls=shown(trusted)) as site:
        site.pages["/SimpleNotificationService-1.pem"] = Says(PEM)
        look_up = socket.getaddrinfo

        def to_us(name: str, port: int, *rest: Any, **named: Any) -> list[Any]:
            return look_up("127.0.0.1", site.port, **named) if name == host else look_up(name, port, *rest, **named)

        monkeypatch.setattr("campaigns.vetting.socket.getaddrinfo", to_us)
        monkeypatch.setattr("certifi.where", lambda: str(trusted))
        settings = config.load().model_copy(update={"internal_hosts": f"{host}:443"})
        monkeypatch.setattr(config, "load", lambda: settings)
        for cache in (http._certificates, ses.fetched):
            cache.cache_clear()
        there = Connection(app, client, "ses")
        asks = {"Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": f"https://{host}/?Action=Confirm"}
        answer = there.post(sns(**asks))
        if named == host:
            assert answer.status_code == 200
            assert "/SimpleNotificationService-1.pem" in site.paths()
        else:
            assert answer.status_code >= 400
            assert site.paths() == []
    monkeypatch.undo()
    for cache in (http._certificates, ses.fetched):
        cache.cache_clear()
