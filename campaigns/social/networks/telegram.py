"""A Telegram channel, through a bot that may post in it. Telegram carries no descriptions and cannot be read back.

core.telegram.org/bots/api: sendMessage, sendPhoto, sendMediaGroup, editMessageText, deleteMessage.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from campaigns.http import Answer
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


class Telegram(Network):
    """A channel or group on Telegram."""

    name = "telegram"
    label = "Telegram"
    base_url = "https://api.telegram.org"
    takes = Takes(pictures=10, has_alt=False, has_thread=True, may_edit=True, may_delete=True, pause_s=3.0)
    fields = (
        Field("token", "Bot token", "Like 123456:ABC-DEF…"),
        Field("chat", "Channel", "Like @heatwatch; the bot must be an administrator of it.", is_secret=False),
    )
    steps = (
        "In Telegram write to @BotFather, send /newbot, and choose a name. It answers with a token.",
        "Open your channel, then Administrators, and add the bot. It needs to post messages and nothing else.",
        "Enter the token and the name of the channel here.",
    )

    def measures(self, message: Message, limits: Mapping[str, Any]) -> list[Measure]:
        """UTF-16 units: 4,096, and 1,024 below a picture."""
        return [Measure(counting.utf16_units(message.text), 1_024 if message.pictures else 4_096)]

    def verify(self, account: Account) -> Verified:
        """Who the bot is, and that it sees the channel."""
        bot = self._call(account, "getMe", True)["result"]
        chat = self._call(account, "getChat", True, json={"chat_id": account.credentials["chat"]})["result"]
        member = {"chat_id": account.credentials["chat"], "user_id": bot["id"]}
        status = self._call(account, "getChatMember", True, json=member)["result"]
        if chat.get("type") == "channel" and not status.get("can_post_messages"):
            raise NotTaken(
                f"The bot @{bot['username']} is not allowed to post in this channel yet. Make it an administrator."
            )
        name = chat.get("username")
        url = f"https://t.me/{name}" if name else ""
        return Verified(f"@{name}" if name else str(chat.get("title", "")), url, {"name": name or ""})

    def compose(self, message: Message, gathered: Payload, key: str, answered: list[Ref], now: datetime) -> Payload:
        """The text, and which pictures go with it; they travel in the same request."""
        body: Payload = {"text": message.text, "pictures": [shown.picture_id for shown in message.pictures]}
        if answered:
            body["reply_to"] = answered[-1]["id"]
        return body

    def publish(self, account: Account, key: str, payload: Payload) -> Published:
        """Send one message, one photo with its caption, or an album."""
        form: dict[str, Any] = {"chat_id": account.credentials["chat"]}
        if payload.get("reply_to"):
            form["reply_parameters"] = {"message_id": payload["reply_to"]}
        pictures = [account.picture(number) for number in payload["pictures"]]
        if not pictures:
            said = self._call(account, "sendMessage", False, json={**form, "text": payload["text"]})["result"]
        elif len(pictures) == 1:
            form |= {"caption": payload["text"]}
            files = {"photo": ("picture", pictures[0])}
            said = self._call(account, "sendPhoto", False, data=_form(form), files=files)["result"]
        else:
            album: list[dict[str, str]] = [{"type": "photo", "media": f"attach://p{at}"} for at in range(len(pictures))]
            album[0]["caption"] = payload["text"]
            files = {f"p{at}": ("picture", data) for at, data in enumerate(pictures)}
            said = self._call(account, "sendMediaGroup", False, data=_form({**form, "media": album}), files=files)[
                "result"
            ][0]
        name = account.limits.get("name")
        ref = {"id": int(said["message_id"]), "is_caption": bool(pictures)}
        return Published(ref, f"https://t.me/{name}/{ref['id']}" if name else "")

    def edit(self, account: Account, ref: Ref, payload: Payload, text: str) -> None:
        """Replace the text, or the caption of the picture."""
        where = {"chat_id": account.credentials["chat"], "message_id": ref["id"]}
        method, field = ("editMessageCaption", "caption") if ref.get("is_caption") else ("editMessageText", "text")
        self._call(account, method, True, json={**where, field: text})

    def delete(self, account: Account, ref: Ref) -> None:
        """Delete the message; Telegram allows it for two days."""
        where = {"chat_id": account.credentials["chat"], "message_id": ref["id"]}
        try:
            self._call(account, "deleteMessage", True, json=where)
        except NotTaken as error:
            if "not found" not in str(error):
                raise

    def _call(self, account: Account, method: str, is_harmless: bool, **body: Any) -> dict[str, Any]:
        url = f"{account.base_url}/bot{account.credentials['token']}/{method}"
        answer = wire.ask("POST", url, now=account.now(), is_harmless=is_harmless, **body)
        if answer.is_ok:
            return wire.read(answer)
        raise _refusal(answer)


def _form(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


def _refusal(answer: Answer) -> Exception:
    said = str(wire.told(answer).get("description") or answer.status)
    if answer.status in (401, 404) and said in ("Unauthorized", "Not Found"):
        return SignInNeeded("Telegram no longer knows our bot. Please enter its token again.")
    return NotTaken(f"Telegram refused it: {said}")
