"""Mastodon and its relatives: an Idempotency-Key kept per message, limits as the server itself says them.

docs.joinmastodon.org: methods/statuses, methods/media, entities/Instance, api/rate-limits.
"""

import html
import re
import time
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
    Found,
    Network,
    NotTaken,
    Payload,
    Ref,
    SignInNeeded,
    Takes,
    TryLater,
    Verified,
)

LOOK_AT = 40
POLL_S = 0.25
POLLS = 120
_TAGS = re.compile(r"<[^>]+>")
_BREAKS = re.compile(r"<br\s*/?>|</p>\s*<p>", re.I)


class Mastodon(Network):
    """An account on a Mastodon server."""

    name = "mastodon"
    label = "Mastodon"
    may_choose_server = True
    takes = Takes(
        pictures=4,
        alt_limit=1_500,
        has_thread=True,
        has_warning=True,
        visibilities={"public": "Public", "unlisted": "Quiet public", "private": "Followers only"},
        may_edit=True,
        may_delete=True,
        is_keyed=True,
        # The server remembers a key for an hour.
        key_hours=0.9,
        is_readable=True,
    )
    fields = (Field("token", "Access token", "A long line of letters and digits."),)
    steps = (
        "Sign in to the Mastodon server with the account that should post.",
        "Open Preferences, then Development, and press “New application”.",
        "Name it “Outreach”. Tick only read:accounts, read:statuses, write:statuses and write:media, and press Submit.",
        "Open the application that you made, and copy “Your access token” into the field here.",
    )

    def measures(self, message: Message, limits: Mapping[str, Any]) -> list[Measure]:
        """The server's own limit, content warning included."""
        used = counting.mastodon(message.text) + counting.graphemes(message.warning)
        return [Measure(used, int(limits.get("characters", 500)))]

    def verify(self, account: Account) -> Verified:
        """Who we are, and what this server allows."""
        me = wire.read(self._call(account, "GET", "/api/v1/accounts/verify_credentials", True))
        instance = wire.read(self._call(account, "GET", "/api/v2/instance", True))
        settings = instance.get("configuration", {})
        statuses, media = settings.get("statuses", {}), settings.get("media_attachments", {})
        host = str(instance.get("domain") or account.base_url.partition("://")[2])
        limits = {
            "characters": int(statuses.get("max_characters", 500)),
            "pictures": int(statuses.get("max_media_attachments", 4)),
            "alt": int(media.get("description_limit", 1_500)),
            # GoToSocial takes the header and does nothing with it.
            "is_keyed": "gotosocial" not in str(instance.get("source_url", "")).lower(),
            "account_id": str(me["id"]),
        }
        return Verified(f"@{me['username']}@{host}", str(me.get("url", "")), limits)

    def gather(self, account: Account, message: Message) -> Payload:
        """Upload pictures with their descriptions, and wait until the server has worked on them."""
        return {"media_ids": [self._upload(account, shown.picture_id, shown.alt) for shown in message.pictures]}

    def _upload(self, account: Account, picture_id: int, alt: str) -> str:
        files = {"file": ("picture", account.picture(picture_id))}
        answer = self._call(account, "POST", "/api/v2/media", True, data={"description": alt}, files=files)
        media_id = str(wire.read(answer)["id"])
        for _ in range(POLLS):
            if answer.status == 200:
                return media_id
            time.sleep(POLL_S)
            answer = self._call(account, "GET", f"/api/v1/media/{media_id}", True)
        raise TryLater("The server is still working on the picture.")

    def compose(self, message: Message, gathered: Payload, key: str, answered: list[Ref], now: datetime) -> Payload:
        """The form of the status."""
        form: Payload = {
            "status": message.text,
            "visibility": message.visibility,
            "language": message.language.partition("-")[0],
        }
        if gathered.get("media_ids"):
            form["media_ids"] = gathered["media_ids"]
        if message.warning:
            form["spoiler_text"] = message.warning
        if answered:
            form["in_reply_to_id"] = answered[-1]["id"]
        return form

    def publish(self, account: Account, key: str, payload: Payload) -> Published:
        """Post the status under its key."""
        headers = {"Idempotency-Key": key}
        answer = self._call(account, "POST", "/api/v1/statuses", False, headers, json=payload)
        wire.mind_budget(account, answer)
        return _published(wire.read(answer))

    def find(self, account: Account, key: str, payload: Payload, since: datetime) -> Found:
        """Look through our own last statuses. That it is not among them proves little: some come late."""
        who = (
            account.limits.get("account_id")
            or wire.read(self._call(account, "GET", "/api/v1/accounts/verify_credentials", True))["id"]
        )
        answer = self._call(account, "GET", f"/api/v1/accounts/{who}/statuses?limit={LOOK_AT}", True)
        for status in answer.json():
            is_later = datetime.fromisoformat(status["created_at"]).timestamp() >= since.timestamp() - 5
            if is_later and _same(status, payload):
                return Found(_published(status))
        return Found(is_certain=False)

    def edit(self, account: Account, ref: Ref, payload: Payload, text: str) -> None:
        """Replace the text; pictures and their descriptions stay."""
        kept = {name: payload[name] for name in ("media_ids", "spoiler_text", "language") if name in payload}
        self._call(account, "PUT", f"/api/v1/statuses/{ref['id']}", True, json={**kept, "status": text})

    def delete(self, account: Account, ref: Ref) -> None:
        """Delete the status."""
        self._call(account, "DELETE", f"/api/v1/statuses/{ref['id']}", True, fine=(404,))

    def _call(
        self,
        account: Account,
        method: str,
        path: str,
        is_harmless: bool,
        headers: Mapping[str, str] | None = None,
        fine: tuple[int, ...] = (),
        **body: Any,
    ) -> Answer:
        proof = {"Authorization": f"Bearer {account.credentials['token']}", **(headers or {})}
        url = account.base_url + path
        answer = wire.ask(method, url, now=account.now(), is_harmless=is_harmless, headers=proof, **body)
        if answer.is_ok or answer.status in fine:
            return answer
        if answer.status == 401:
            raise SignInNeeded("The Mastodon server no longer accepts our token. Please make a new one and enter it.")
        raise NotTaken(f"The Mastodon server refused it: {wire.told(answer).get('error') or answer.status}.")


def _published(status: Mapping[str, Any]) -> Published:
    return Published({"id": str(status["id"])}, str(status.get("url") or status.get("uri") or ""))


def _same(status: Mapping[str, Any], payload: Payload) -> bool:
    parent = str(status.get("in_reply_to_id") or "")
    is_same_text = _plain(str(status.get("content", ""))) == _folded(counting.without_servers(str(payload["status"])))
    return is_same_text and parent == str(payload.get("in_reply_to_id", ""))


def _plain(content: str) -> str:
    """The words of a status without its markup and spaces, which servers set anew."""
    return _folded(html.unescape(_TAGS.sub("", _BREAKS.sub(" ", content))))


def _folded(text: str) -> str:
    return "".join(text.split())
