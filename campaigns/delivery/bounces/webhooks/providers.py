"""SendGrid, Mailgun, Postmark and the generic way: who sent a request, and what it tells."""

import base64
import hashlib
import hmac
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from campaigns.delivery.bounces.facts import Fact
from campaigns.delivery.bounces.models import BounceKind
from campaigns.delivery.bounces.webhooks.events import Told, check_age, dicts, fact, loaded, part
from campaigns.errors import Refused

FIVE_MINUTES, A_DAY = 300, 86_400
_FORGED = "The signature does not fit the secret that is stored here."


def sendgrid(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Told:
    """SendGrid signs the time and the raw body by ECDSA on P-256; the secret is its public key."""
    stamp = headers.get("X-Twilio-Email-Event-Webhook-Timestamp", "")
    signature = headers.get("X-Twilio-Email-Event-Webhook-Signature", "")
    try:
        key = load_der_public_key(base64.b64decode(secret))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise Refused(_FORGED)
        key.verify(base64.b64decode(signature), stamp.encode() + body, ec.ECDSA(SHA256()))
    except (InvalidSignature, NotBase64, ValueError) as error:
        raise Refused(_FORGED) from error
    check_age(stamp, now, FIVE_MINUTES)
    told = [made for event in dicts(loaded(body)) if (made := _of_sendgrid(event, now))]
    return Told(f"{stamp}:{signature}", told)


def _of_sendgrid(event: dict[str, object], now: datetime) -> Fact | None:
    what, name = event.get("event"), event.get("sg_event_id") or event.get("sg_message_id")
    if what == "spamreport":
        return fact("sendgrid", name, event.get("email"), event, now, kind=BounceKind.COMPLAINT)
    if what not in ("bounce", "dropped") or not name:
        return None
    words, status = event.get("reason"), event.get("status")
    made = fact("sendgrid", name, event.get("email"), event, now, diagnostic=words, status=status)
    # What SendGrid itself drops, because an address bounced before, tells nothing new.
    return None if what == "dropped" and "bounced" in str(words).lower() else made


def mailgun(_headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Told:
    """Mailgun signs a time and a token, not the event; the token is taken once."""
    whole = loaded(body)
    signed, event = part(whole, "signature"), part(whole, "event-data")
    stamp, token = str(signed.get("timestamp", "")), str(signed.get("token", ""))
    wanted = hmac.new(secret.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    if not token or not hmac.compare_digest(wanted.encode(), str(signed.get("signature", "")).encode()):
        raise Refused(_FORGED)
    check_age(stamp, now, A_DAY)
    what, name, address = event.get("event"), event.get("id") or token, event.get("recipient")
    told: list[Fact] = []
    if what == "complained":
        told = [fact("mailgun", name, address, event, now, kind=BounceKind.COMPLAINT)]
    elif what == "failed" and event.get("severity") != "temporary":
        status = part(event, "delivery-status")
        words = f"{status.get('code', '')} {status.get('message') or status.get('description') or ''}"
        told = [fact("mailgun", name, address, event, now, diagnostic=words, status=status.get("enhanced-code"))]
    return Told(token, told)


_POSTMARK = {
    "HardBounce": BounceKind.ADDRESS,
    "BadEmailAddress": BounceKind.ADDRESS,
    "SpamNotification": BounceKind.POLICY,
    "Blocked": BounceKind.POLICY,
    "DMARCPolicy": BounceKind.POLICY,
    "DnsError": BounceKind.TEMPORARY,
    "Transient": BounceKind.TEMPORARY,
    "SoftBounce": BounceKind.TEMPORARY,
    "SpamComplaint": BounceKind.COMPLAINT,
}


def postmark(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Told:
    """Postmark signs nothing; it sends the name "outreach" and the password that we made."""
    wanted = "Basic " + base64.b64encode(f"outreach:{secret}".encode()).decode()
    if not hmac.compare_digest(wanted.encode(), headers.get("Authorization", "").encode()):
        raise Refused("The name and password are not those that are shown here.")
    event = loaded(body)
    if not isinstance(event, dict):
        raise Refused("This is no event of Postmark.")
    name = f"{event.get('RecordType')}:{event.get('ID') or event.get('MessageID')}"
    kind = _POSTMARK.get(str(event.get("Type") or event.get("RecordType")))
    if event.get("RecordType") not in ("Bounce", "SpamComplaint"):
        return Told(name, [])
    words = event.get("Details") or event.get("Description")
    made = fact("postmark", name, event.get("Email"), event, now, diagnostic=words)
    # Its own words for a hard bounce also cover full mailboxes, so that what the server said comes first.
    if kind is None or (made.kind != BounceKind.UNKNOWN and kind == BounceKind.ADDRESS):
        return Told(name, [made])
    return Told(name, [fact("postmark", name, event.get("Email"), event, now, diagnostic=words, kind=kind)])


def generic(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Told:
    """The way of standardwebhooks.com: HMAC-SHA256 over id, time and body; for a mail server of one's own."""
    name, stamp = headers.get("Webhook-Id", ""), headers.get("Webhook-Timestamp", "")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.digest(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256)).decode()
    given = [one.removeprefix("v1,") for one in headers.get("Webhook-Signature", "").split()]
    if not name or not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given):
        raise Refused(_FORGED)
    check_age(stamp, now, FIVE_MINUTES)
    told = []
    for number, event in enumerate(dicts(loaded(body))):
        what = event.get("type")
        if what in ("bounce", "complaint"):
            kind = BounceKind.COMPLAINT if what == "complaint" else None
            words, status = event.get("diagnostic"), event.get("status")
            made = fact(
                "generic", f"{name}:{number}", event.get("recipient"), event, now,
                kind=kind, diagnostic=words, status=status,
            )  # fmt: skip
            told.append(made)
    return Told(name, told)
