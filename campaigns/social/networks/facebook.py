"""A Facebook Page (Graph API): photos are uploaded unpublished, then one call posts; errors come by code.

developers.facebook.com: docs/pages-api/posts, graph-api/guides/error-handling.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

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
    Unsure,
    Verified,
)

VERSION = "v24.0"
_SIGN_IN = {102, 190}
_LATER = {4, 17, 32, 341, 368, 613}
_FAULT = {1, 2}


class Facebook(Network):
    """A page on Facebook."""

    name = "facebook"
    label = "Facebook Page"
    base_url = "https://graph.facebook.com"
    takes = Takes(pictures=10, alt_limit=1_000, has_card=True, may_edit=True, may_delete=True, is_readable=True)
    fields = (
        Field("page_id", "Page ID", "A long number: on the page, under About, Page transparency.", is_secret=False),
        Field("token", "Page access token", "Several hundred letters and digits."),
    )
    steps = (
        "Somebody who manages the page opens developers.facebook.com and makes an app of type Business for it.",
        "In the Graph API Explorer choose the app and the page, and allow pages_manage_posts, pages_read_engagement.",
        "Press “Generate access token”, open it in the Access Token Debugger, and press “Extend access token”.",
        "Enter the extended page token and the number of the page here.",
    )

    def measures(self, message: Message, limits: Mapping[str, Any]) -> list[Measure]:
        """Far more than anybody reads."""
        return [Measure(counting.code_points(message.text), 63_206)]

    def body(self, text: str, link: str, has_pictures: bool) -> str:
        """Facebook makes a card of the link; beside pictures it would drop it."""
        return super().body(text, link if has_pictures else "", has_pictures)

    def verify(self, account: Account) -> Verified:
        """What the page is called, and until when we may post."""
        page = account.credentials["page_id"]
        data = wire.read(self._call(account, "GET", f"/{page}?fields=name,link", True))
        debug = wire.read(self._call(account, "GET", f"/debug_token?{self._own(account)}", True)).get("data", {})
        ends = [int(debug.get(name) or 0) for name in ("expires_at", "data_access_expires_at")]
        first = min((end for end in ends if end), default=0)
        return Verified(
            str(data.get("name", page)),
            str(data.get("link", "")),
            expires_at=datetime.fromtimestamp(first, UTC) if first else None,
        )

    def _own(self, account: Account) -> str:
        return urlencode({"input_token": account.credentials["token"]})

    def gather(self, account: Account, message: Message) -> Payload:
        """Upload the pictures where nobody sees them yet."""
        page, photos = account.credentials["page_id"], []
        for shown in message.pictures:
            form = {"published": "false", "alt_text_custom": shown.alt}
            files = {"source": ("picture", account.picture(shown.picture_id), shown.media_type)}
            answer = self._call(account, "POST", f"/{page}/photos", True, data=form, files=files)
            photos.append(str(wire.read(answer)["id"]))
        return {"photos": photos}

    def compose(self, message: Message, gathered: Payload, key: str, answered: list[Ref], now: datetime) -> Payload:
        """The post."""
        body: Payload = {"message": message.text}
        if gathered.get("photos"):
            body["attached_media"] = [{"media_fbid": photo} for photo in gathered["photos"]]
        elif message.link:
            body["link"] = message.link
        return body

    def publish(self, account: Account, key: str, payload: Payload) -> Published:
        """Post it on the page."""
        page = account.credentials["page_id"]
        answer = self._call(account, "POST", f"/{page}/feed", False, json=payload)
        return _published({"id": str(wire.read(answer)["id"])})

    def find(self, account: Account, key: str, payload: Payload, since: datetime) -> Found:
        """Look through the page's last posts. That it is not among them proves little: some come late."""
        page, start = account.credentials["page_id"], int(since.timestamp()) - 5
        path = (
            f"/{page}/posts?{urlencode({'fields': 'message,created_time,permalink_url', 'since': start, 'limit': 25})}"
        )
        for post in wire.read(self._call(account, "GET", path, True)).get("data", []):
            if "".join(str(post.get("message", "")).split()) == "".join(str(payload["message"]).split()):
                return Found(_published(post))
        return Found(is_certain=False)

    def edit(self, account: Account, ref: Ref, payload: Payload, text: str) -> None:
        """Replace the text."""
        self._call(account, "POST", f"/{ref['id']}", True, json={"message": text})

    def delete(self, account: Account, ref: Ref) -> None:
        """Delete the post."""
        try:
            self._call(account, "DELETE", f"/{ref['id']}", True)
        except NotTaken as error:
            if "(100)" not in str(error):
                raise

    def _call(self, account: Account, method: str, path: str, is_harmless: bool, **body: Any) -> Answer:
        url = f"{account.base_url}/{VERSION}{path}"
        headers = {"Authorization": f"Bearer {account.credentials['token']}"}
        answer = wire.ask(method, url, now=account.now(), is_harmless=is_harmless, headers=headers, **body)
        if not answer.is_ok:
            raise _refusal(answer, is_harmless)
        return answer


def _published(post: Mapping[str, Any]) -> Published:
    post_id = str(post["id"])
    return Published({"id": post_id}, str(post.get("permalink_url") or f"https://www.facebook.com/{post_id}"))


def _refusal(answer: Answer, is_harmless: bool) -> Exception:
    error = wire.told(answer).get("error", {})
    code = int(error.get("code", 0) or 0)
    said = str(error.get("error_user_msg") or error.get("message") or answer.status)
    if code in _SIGN_IN:
        return SignInNeeded("Facebook no longer accepts our token. Please make a new one and enter it here.")
    if code in _LATER:
        return TryLater("Facebook asked us to post more slowly.")
    if code in _FAULT:
        fault = f"Facebook had a fault of its own: {said}"
        return TryLater(fault) if is_harmless else Unsure(fault)
    return NotTaken(f"Facebook refused it ({code}): {said}")
