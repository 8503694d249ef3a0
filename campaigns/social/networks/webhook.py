"""Any program that takes a signed web request (Standard Webhooks): the station's website, a signboard, a colleague.

github.com/standard-webhooks/standard-webhooks: the receiver knows a repeated message by its `webhook-id`.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from campaigns.social import counting
from campaigns.social.counting import Measure
from campaigns.social.messages import Message, Published
from campaigns.social.networks import wire
from campaigns.social.networks.port import (
    Account,
    Field,
    Network,
    NotTaken,
    Payload,
    Ref,
    SignInNeeded,
    Takes,
    Verified,
)

PREFIX = "whsec_"


class Webhook(Network):
    """A program of somebody's own."""

    name = "webhook"
    label = "Webhook"
    takes = Takes(
        pictures=10,
        alt_limit=5_000,
        has_card=True,
        has_warning=True,
        may_edit=True,
        may_delete=True,
        is_keyed=True,
        key_hours=24,
    )
    fields = (
        Field("url", "Address", "Where we send each post, beginning with https://.", is_secret=False),
        Field("secret", "Signing secret", "Begins with whsec_; the same on both sides."),
    )
    steps = (
        "Ask whoever runs the other program for an address that takes webhooks by the Standard Webhooks rules.",
        "Enter the address here, with a signing secret that both sides keep, so that the program knows that it is us.",
        "The other program must know a message by its webhook-id, so that one that arrives twice is shown once.",
    )

    def measures(self, message: Message, limits: Mapping[str, Any]) -> list[Measure]:
        """A generous limit of our own."""
        return [Measure(counting.code_points(message.text), 10_000)]

    def body(self, text: str, link: str, has_pictures: bool) -> str:
        """The link has a field of its own."""
        return text

    def new_key(self, now: datetime) -> str:
        """The id of the message."""
        return f"msg_{secrets.token_hex(12)}"

    def verify(self, account: Account) -> Verified:
        """A message of type "ping", which shows nothing to anybody."""
        self._send(account, self.new_key(account.now()), {"type": "ping", "data": {}}, True)
        return Verified(urlsplit(account.credentials["url"]).hostname or "")

    def compose(self, message: Message, gathered: Payload, key: str, answered: list[Ref], now: datetime) -> Payload:
        """The post with its link, pictures and their descriptions."""
        data = {
            "id": key,
            "text": message.text,
            "link": message.link,
            "language": message.language,
            "content_warning": message.warning,
            "images": [
                {"url": shown.url, "alt": shown.alt, "width": shown.width, "height": shown.height}
                for shown in message.pictures
            ],
        }
        return {"type": "post.published", "timestamp": now.isoformat(), "data": data}

    def publish(self, account: Account, key: str, payload: Payload) -> Published:
        """Send it, signed; an answer may name the address where it is shown."""
        said = self._send(account, key, payload, False)
        link = said.get("url", "")
        return Published({"id": key}, link if isinstance(link, str) and link.startswith("https://") else "")

    def edit(self, account: Account, ref: Ref, payload: Payload, text: str) -> None:
        """Send the post with another text."""
        changed = {**payload, "type": "post.edited", "data": {**payload["data"], "text": text}}
        self._send(account, self.new_key(account.now()), changed, True)

    def delete(self, account: Account, ref: Ref) -> None:
        """Ask the other program to take it away."""
        self._send(account, self.new_key(account.now()), {"type": "post.deleted", "data": {"id": ref["id"]}}, True)

    def _send(self, account: Account, key: str, payload: Payload, is_harmless: bool) -> dict[str, Any]:
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        stamp = str(int(account.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(account.credentials["secret"], key, stamp, body),
        }
        url = account.credentials["url"]
        answer = wire.ask("POST", url, now=account.now(), is_harmless=is_harmless, headers=headers, data=body)
        if answer.is_ok:
            return wire.told(answer)
        if answer.status == 410:
            raise SignInNeeded("The other program says that this address is gone. Please enter the new one.")
        raise NotTaken(f"The other program refused it ({answer.status}).")


def new_secret() -> str:
    """A signing secret of 192 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def sign(secret: str, key: str, stamp: str, body: bytes) -> str:
    """The signature header of the Standard Webhooks rules, version 1."""
    try:
        raw = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise NotTaken("The signing secret cannot be read. It begins with whsec_ and ends in Base64.") from None
    mac = hmac.new(raw, f"{key}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mac).decode()}"
