"""Amazon SES through SNS: signature version 2, certificates from Amazon's hosts alone, and what SES tells."""

import base64
import re
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from campaigns import http
from campaigns.delivery.bounces.facts import Fact
from campaigns.delivery.bounces.models import BounceKind
from campaigns.delivery.bounces.webhooks.events import Told, dicts, fact, loaded, part
from campaigns.errors import OutsideError, Refused

_HOST = re.compile(r"sns\.[a-z0-9-]{3,40}\.amazonaws\.com(\.cn)?")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_LONGEST_AGE_S = 86_400
_OF_SES = {"MailboxFull": BounceKind.MAILBOX, "NoEmail": BounceKind.ADDRESS, "Suppressed": BounceKind.ADDRESS}
_OF_SES |= dict.fromkeys(("MessageTooLarge", "ContentRejected", "AttachmentRejected"), BounceKind.POLICY)
Fetch = Callable[[str], bytes]


@dataclass(frozen=True)
class Asked:
    """A topic that asks to be confirmed."""

    topic: str
    url: str


@lru_cache(maxsize=16)
def fetched(url: str) -> bytes:
    """A certificate of Amazon, from its allowed host, by the guarded door to the web; raises OutsideError."""
    answer = http.get(url, limits=http.Limits(seconds=5, wire_bytes=65_536, decoded_bytes=65_536, redirects=0))
    if not answer.is_ok:
        raise OutsideError("Amazon's certificate could not be fetched.", "retry")
    return answer.body


def ours(url: str) -> bool:
    """Whether an address is one of SNS itself, over https."""
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(_HOST.fullmatch(parts.netloc))


def read(body: bytes, topic: str, now: datetime, fetch: Fetch = fetched) -> Told | Asked:
    """What a request of SNS tells; `topic` is the one that was confirmed, "" before. Raises Refused, OutsideError."""
    message = loaded(body)
    kind = message.get("Type") if isinstance(message, dict) else None
    if kind not in _SIGNED:
        raise Refused("This is no message of Amazon SNS that we know.")
    if message.get("SignatureVersion") != "2":
        raise Refused("The topic still signs by version 1. Set its attribute SignatureVersion to 2 (see below).")
    if topic and message.get("TopicArn") != topic:
        raise Refused("The message is of another topic than the one that was confirmed.")
    _verify(message, _SIGNED[kind], fetch)
    _check_age(str(message.get("Timestamp", "")), now)
    if kind == "SubscriptionConfirmation":
        url = str(message.get("SubscribeURL", ""))
        if not ours(url):
            raise Refused("The address that confirms the topic is not one of Amazon.")
        return Asked(str(message.get("TopicArn")), url)
    if not topic:
        raise Refused("This topic is not confirmed yet.")
    return Told(str(message["MessageId"]), _facts(loaded(str(message.get("Message", "")).encode()), now))


def _verify(message: dict[str, Any], names: tuple[str, ...], fetch: Fetch) -> None:
    url = str(message.get("SigningCertURL", ""))
    if not ours(url) or not urlsplit(url).path.endswith(".pem"):
        raise Refused("The certificate of the message is not at an address of Amazon.")
    text = "".join(f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None)
    try:
        key = x509.load_pem_x509_certificate(fetch(url)).public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Refused("The certificate of the message is of a kind that Amazon does not use.")
        key.verify(base64.b64decode(str(message.get("Signature", ""))), text.encode(), padding.PKCS1v15(), SHA256())
    except (InvalidSignature, NotBase64, ValueError) as error:
        raise Refused("The signature of Amazon does not fit the message.") from error


def _check_age(stamp: str, now: datetime) -> None:
    try:
        age = abs((now - datetime.fromisoformat(stamp)).total_seconds())
    except (ValueError, TypeError) as error:
        raise Refused("The message does not say when it was made.") from error
    if age > _LONGEST_AGE_S:
        raise Refused("The message is more than a day old.")


def _facts(event: Any, now: datetime) -> list[Fact]:
    what = event.get("notificationType") or event.get("eventType") if isinstance(event, dict) else None
    mail = part(event, "mail")
    if what == "Complaint":
        told = part(event, "complaint")
        name = told.get("feedbackId")
        return [
            fact("ses", name, one.get("emailAddress"), mail, now, kind=BounceKind.COMPLAINT)
            for one in dicts(told.get("complainedRecipients"))
        ]
    if what != "Bounce":
        return []
    told = part(event, "bounce")
    return [_bounce(told, one, mail, now) for one in dicts(told.get("bouncedRecipients"))]


def _bounce(told: dict[str, Any], one: dict[str, Any], mail: dict[str, Any], now: datetime) -> Fact:
    words, status, name = one.get("diagnosticCode"), one.get("status"), told.get("feedbackId")
    made = fact("ses", name, one.get("emailAddress"), mail, now, diagnostic=words, status=status)
    if made.kind != BounceKind.UNKNOWN:
        return made
    kind = _OF_SES.get(str(told.get("bounceSubType")))
    if kind is None:
        kind = {"Permanent": BounceKind.ADDRESS, "Transient": BounceKind.TEMPORARY}.get(str(told.get("bounceType")))
    return fact("ses", name, one.get("emailAddress"), mail, now, diagnostic=words, status=status, kind=kind)
