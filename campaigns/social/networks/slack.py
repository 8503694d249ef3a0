"""A channel in Slack: an incoming webhook, or a bot that can also read back, edit and delete.

docs.slack.dev: messaging/sending-messages-using-incoming-webhooks, methods/chat.postMessage, apis/web-api/rate-limits.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from campaigns.errors import OutsideError
from campaigns.social import counting
from campaigns.social.counting import Measure
from campaigns.social.messages import Message, Published
from campaigns.social.networks import wire
from campaigns.social.networks.port import (
    Account,
    Field,
    Found,
    Network,
    NotTaken,
    Payload,
    Ref,
    SignInNeeded,
    Takes,
    Unsure,
    Verified,
)

_SIGN_IN = {"invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_authed"}
_GONE = {"no_service", "no_active_hooks", "no_team", "team_disabled", "invalid_token"}
_FAULT = {"internal_error", "fatal_error", "service_unavailable"}


class Slack(Network):
    """A channel in a Slack workspace."""

    name = "slack"
    label = "Slack"
    base_url = "https://slack.com"
    takes = Takes(pictures=4, alt_limit=2_000, may_edit=True, may_delete=True, is_readable=True, pause_s=1.0)
    fields = (
        Field("webhook", "Webhook address", "Begins with https://hooks.slack.com/services/", is_optional=True),
        Field("token", "Bot token", "Instead of a webhook; begins with xoxb-.", is_optional=True),
        Field("channel", "Channel ID", "Only with a bot token; like C024BE91L.", is_secret=False, is_optional=True),
    )
    steps = (
        "Open api.slack.com/apps, press “Create New App”, then “From scratch”, and choose your workspace.",
        "Open Incoming Webhooks, switch them on, press “Add New Webhook to Workspace”, and choose the channel.",
        "Copy the webhook address into the field here. That is all for posting.",
        "To edit and delete posts from here too, use a bot with chat:write and channels:history, and invite it there.",
    )

    def measures(self, message: Message, limits: Mapping[str, Any]) -> list[Measure]:
        """A section of text holds 3,000 characters."""
        return [Measure(counting.code_points(_escaped(message.text)), 3_000)]

    def verify(self, account: Account) -> Verified:
        """A bot can be asked who it is; of a webhook only the address can be checked without posting."""
        if account.credentials.get("token"):
            said = self._bot(account, "auth.test", True, {})
            return Verified(f"{said.get('user', 'bot')} in {said.get('team', 'Slack')}", str(said.get("url", "")))
        parts = urlsplit(account.credentials.get("webhook", ""))
        if not parts.path.startswith("/services/") or parts.path.count("/") < 4:
            raise NotTaken("This is no webhook address of Slack. It begins with https://hooks.slack.com/services/.")
        # Slack answers an empty message with a refusal and shows nothing; a webhook that is gone is told apart by it.
        self._hook(account, {})
        return Verified("Webhook")

    def compose(self, message: Message, gathered: Payload, key: str, answered: list[Ref], now: datetime) -> Payload:
        """A section of text, and each picture with its description."""
        text = _escaped(message.text)
        blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}] if text else []
        blocks += [
            {"type": "image", "image_url": shown.url, "alt_text": shown.alt or "Decoration"}
            for shown in message.pictures
        ]
        return {"text": text, "blocks": blocks}

    def publish(self, account: Account, key: str, payload: Payload) -> Published:
        """Post it."""
        if not account.credentials.get("token"):
            self._hook(account, payload)
            return Published()
        where = {"channel": account.credentials["channel"]}
        said = self._bot(account, "chat.postMessage", False, {**where, **payload})
        return self._published(account, {"ts": str(said["ts"]), "channel": str(said["channel"])})

    def find(self, account: Account, key: str, payload: Payload, since: datetime) -> Found:
        """A bot reads the channel; a webhook cannot."""
        if not account.credentials.get("token"):
            return Found(is_certain=False)
        asked = {"channel": account.credentials["channel"], "oldest": f"{since.timestamp() - 5:.6f}", "limit": "50"}
        for message in self._bot(account, "conversations.history", True, asked).get("messages", []):
            if message.get("text") == payload["text"]:
                ref = {"ts": str(message["ts"]), "channel": account.credentials["channel"]}
                return Found(self._published(account, ref))
        return Found(is_certain=False)

    def edit(self, account: Account, ref: Ref, payload: Payload, text: str) -> None:
        """Replace the text; pictures stay."""
        if not ref.get("ts"):
            raise NotTaken("What was posted by a webhook cannot be changed from here.")
        pictures = [block for block in payload["blocks"] if block["type"] == "image"]
        section = {"type": "section", "text": {"type": "mrkdwn", "text": _escaped(text)}}
        self._bot(account, "chat.update", True, {**ref, "text": _escaped(text), "blocks": [section, *pictures]})

    def delete(self, account: Account, ref: Ref) -> None:
        """Delete the message."""
        if not ref.get("ts"):
            raise NotTaken("What was posted by a webhook cannot be deleted from here.")
        try:
            self._bot(account, "chat.delete", True, dict(ref))
        except NotTaken as error:
            if "message_not_found" not in str(error):
                raise

    def _published(self, account: Account, ref: Ref) -> Published:
        path = f"chat.getPermalink?{urlencode({'channel': ref['channel'], 'message_ts': ref['ts']})}"
        try:
            link = str(self._bot(account, path, True, None).get("permalink", ""))
        except OutsideError:
            link = ""
        return Published(ref, link)

    def _hook(self, account: Account, payload: Payload) -> None:
        url = account.credentials["webhook"]
        answer = wire.ask("POST", url, now=account.now(), is_harmless=not payload, json=payload)
        said = answer.body[:200].decode("utf-8", "replace").strip()
        if answer.is_ok or (
            not payload and said in ("no_text", "invalid_payload", "missing_text_or_fallback_or_attachments")
        ):
            return
        if said in _GONE or answer.status in (404, 410):
            raise SignInNeeded("Slack no longer knows this webhook. Please make a new one and enter its address.")
        raise NotTaken(f"Slack refused it: {said or answer.status}.")

    def _bot(self, account: Account, method: str, is_harmless: bool, body: Payload | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {account.credentials['token']}"}
        url, verb = f"{account.base_url}/api/{method}", "GET" if body is None else "POST"
        answer = wire.ask(verb, url, now=account.now(), is_harmless=is_harmless, headers=headers, json=body)
        said = wire.read(answer)
        error = str(said.get("error", ""))
        if said.get("ok"):
            return said
        if error in _SIGN_IN:
            raise SignInNeeded("Slack no longer accepts our bot. Please enter its token again.")
        if error in _FAULT and not is_harmless:
            raise Unsure(f"Slack had a fault of its own: {error}.")
        raise NotTaken(f"Slack refused it: {error or answer.status}.")


def _escaped(text: str) -> str:
    """Slack reads &, < and > as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
