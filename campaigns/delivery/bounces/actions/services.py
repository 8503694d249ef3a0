"""Writes about the addresses that providers report to: made, given a key, confirmed, removed."""

import base64
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from campaigns import tokens
from campaigns.db import action, db
from campaigns.delivery.bounces.models import Provider, Webhook
from campaigns.errors import Invalid, NotFound
from campaigns.staff import audit

TOKEN, SECRET = "webhook token", "webhook secret"


@action
def add(provider: str, secret: str, user_id: int, now: datetime) -> int:
    """Make an address for a provider. `secret` is what SendGrid and Mailgun show; ours is made. Raises Invalid."""
    if provider not in list(Provider):
        raise Invalid({"provider": "Choose the service that carries your mail."})
    token = tokens.random_token()
    made = Webhook(
        provider=provider,
        token_digest=tokens.digest(token),
        token_sealed=tokens.encrypt(TOKEN, token),
        secret_sealed=tokens.encrypt(SECRET, _secret(provider, secret.strip())),
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()
    _audit("webhook.added", made.id, user_id, now)
    return made.id


@action
def remove(webhook_id: int, user_id: int, now: datetime) -> None:
    """Take an address away; what a provider sends there from now on is refused."""
    db.session.delete(_get(webhook_id))
    _audit("webhook.removed", webhook_id, user_id, now)


@action
def note_asked(webhook_id: int, topic: str, url: str) -> None:
    """Note that a topic of Amazon asks to be confirmed; one that is confirmed already stays."""
    found = _get(webhook_id)
    if found.confirmed_at is None:
        found.topic, found.confirm_url, found.problem = topic, url, ""


@action
def confirm(webhook_id: int, user_id: int, now: datetime) -> None:
    """Note that a topic of Amazon was confirmed."""
    found = _get(webhook_id)
    found.confirmed_at, found.confirm_url = now, ""
    _audit("webhook.confirmed", webhook_id, user_id, now)


def _get(webhook_id: int) -> Webhook:
    found = db.session.get(Webhook, webhook_id, with_for_update=True)
    if found is None:
        raise NotFound()
    return found


def _secret(provider: str, given: str) -> str:
    if provider == Provider.GENERIC:
        return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    if provider in (Provider.SES, Provider.POSTMARK):
        return secrets.token_urlsafe(24)
    if not given or len(given) > 1000:
        raise Invalid({"secret": "Enter the key that the service shows."})
    if provider == Provider.SENDGRID and not _is_key(given):
        raise Invalid({"secret": "This is not the verification key of SendGrid, a long line that begins with MF."})
    return given


def _is_key(text: str) -> bool:
    try:
        return isinstance(load_der_public_key(base64.b64decode(text, validate=True)), ec.EllipticCurvePublicKey)
    except ValueError:
        return False


def _audit(what: str, webhook_id: int, user_id: int, now: datetime) -> None:
    audit.add(db.session(), user_id=user_id, action=what, object_kind="webhook", object_id=webhook_id, now=now)
