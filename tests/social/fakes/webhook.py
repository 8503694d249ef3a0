"""A receiver of Standard Webhooks: checks the signature and the time, and shows a message that comes twice once."""

import base64
import hashlib
import hmac
from typing import Any

from campaigns import clock
from tests.social.fakes.server import Call, Fake, Reply

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class FakeWebhook(Fake):
    """`shown` is what it shows, by the id of the message."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, dict[str, Any]] = {}
        self.status = 200

    @property
    def posts(self) -> list[str]:
        """What people can read."""
        return [data["text"] for data in self.shown.values()]

    def act(self, call: Call) -> Reply:
        """Take one message."""
        key, stamp = call.headers["webhook-id"], call.headers["webhook-timestamp"]
        raw = base64.b64decode(SECRET.removeprefix("whsec_"))
        mac = hmac.new(raw, f"{key}.{stamp}.".encode() + call.body, hashlib.sha256).digest()
        wanted = "v1," + base64.b64encode(mac).decode()
        if call.headers["webhook-signature"] != wanted or abs(clock.now().timestamp() - int(stamp)) > 300:
            return Reply(401, {"error": "wrong signature"})
        if self.status != 200:
            return Reply(self.status, {})
        asked, data = call.json, call.json["data"]
        if asked["type"] == "post.published":
            self.shown.setdefault(key, data)
            return Reply(data={"url": f"https://board.test/{key}"})
        if asked["type"] == "post.edited":
            self.shown[data["id"]] = data
        if asked["type"] == "post.deleted":
            self.shown.pop(data["id"], None)
        return Reply(data={})
