"""A Mastodon server: limits it tells, media that take a while, idempotency keys, rate limits with a date."""

import html
import re
from datetime import timedelta
from typing import Any

from campaigns import clock
from campaigns.social import counting
from tests.social.fakes.server import Call, Fake, Reply


class FakeMastodon(Fake):
    """`statuses` is what is there, by id; media are ready after `slow_media` more questions."""

    token = "mastodon-token"

    def __init__(self) -> None:
        super().__init__()
        self.statuses: dict[str, dict[str, Any]] = {}
        self.media: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str] = {}
        self.slow_media = 0
        self.limit = 500
        self.budget = 300
        self.source_url = "https://github.com/mastodon/mastodon"

    @property
    def posts(self) -> list[str]:
        """What people can read."""
        return [status["text"] for status in self.statuses.values()]

    def act(self, call: Call) -> Reply:
        """Answer one call of the API."""
        if call.bearer != self.token:
            return Reply(401, {"error": "The access token is invalid"})
        if call.path == "/api/v1/accounts/verify_credentials":
            return Reply(data={"id": "7", "username": "heatwatch", "url": f"{self.url}/@heatwatch"})
        if call.path == "/api/v2/instance":
            return Reply(data=self._instance())
        if call.path == "/api/v2/media":
            return self._upload(call)
        if found := re.fullmatch(r"/api/v1/media/(\w+)", call.path):
            return self._ready(found[1])
        if call.path == "/api/v1/accounts/7/statuses":
            return Reply(
                data=[self._shown(one) for one in reversed(self.statuses.values())][: int(call.query["limit"])]
            )
        if call.path == "/api/v1/statuses" and call.method == "POST":
            return self._post(call)
        if found := re.fullmatch(r"/api/v1/statuses/(\w+)", call.path):
            return self._change(call, found[1])
        return Reply(404, {"error": "Not found"})

    def _instance(self) -> dict[str, Any]:
        return {
            "domain": "social.test",
            "source_url": self.source_url,
            "configuration": {
                "statuses": {"max_characters": self.limit, "max_media_attachments": 4},
                "media_attachments": {"description_limit": 1_500},
            },
        }

    def _upload(self, call: Call) -> Reply:
        media_id = f"m{len(self.media) + 1}"
        description = call.form.get("description", "")
        if len(description) > 1_500:
            return Reply(422, {"error": "Validation failed: Description is too long"})
        self.media[media_id] = {"description": description, "waits": self.slow_media, "data": call.files["file"]}
        return Reply(202 if self.slow_media else 200, {"id": media_id, "url": None})

    def _ready(self, media_id: str) -> Reply:
        media = self.media[media_id]
        media["waits"] = max(media["waits"] - 1, 0)
        return Reply(206 if media["waits"] else 200, {"id": media_id})

    def _post(self, call: Call) -> Reply:
        asked = call.json
        key = call.headers.get("idempotency-key", "")
        if key in self.keys and "gotosocial" not in self.source_url:
            return Reply(data=self._shown(self.statuses[self.keys[key]]))
        if self.budget <= 0:
            reset = (clock.now() + timedelta(seconds=90)).isoformat()
            return Reply(429, {"error": "Too many requests"}, {"X-RateLimit-Reset": reset})
        length = counting.mastodon(asked["status"]) + counting.graphemes(asked.get("spoiler_text", ""))
        if length > self.limit:
            return Reply(422, {"error": f"Validation failed: Text character limit of {self.limit} exceeded"})
        if any(self.media[one]["waits"] for one in asked.get("media_ids", [])):
            return Reply(
                422, {"error": "Cannot attach files that have not finished processing. Try again in a moment!"}
            )
        self.budget -= 1
        status = {
            "id": f"s{len(self.statuses) + 1}",
            "text": asked["status"],
            "warning": asked.get("spoiler_text", ""),
            "visibility": asked["visibility"],
            "language": asked["language"],
            "media": [self.media[one] for one in asked.get("media_ids", [])],
            "parent": asked.get("in_reply_to_id"),
            "at": clock.now().isoformat(),
        }
        self.statuses[status["id"]] = status
        self.keys[key] = status["id"]
        reset = (clock.now() + timedelta(seconds=90)).isoformat()
        return Reply(
            data=self._shown(status), headers={"X-RateLimit-Remaining": str(self.budget), "X-RateLimit-Reset": reset}
        )

    def _change(self, call: Call, status_id: str) -> Reply:
        if status_id not in self.statuses:
            return Reply(404, {"error": "Record not found"})
        if call.method == "DELETE":
            del self.statuses[status_id]
            return Reply(data={})
        self.statuses[status_id]["text"] = call.json["status"]
        return Reply(data=self._shown(self.statuses[status_id]))

    def _shown(self, status: dict[str, Any]) -> dict[str, Any]:
        """A status as HTML, as Mastodon hands it out: addresses cut in three, mentions without their server."""
        text = html.escape(counting.without_servers(status["text"]), quote=False)
        text = re.sub(
            r"https?://(\S{1,20})(\S*)", r'<a href="x"><span>https://</span><span>\1</span><span>\2</span></a>', text
        )
        content = "<p>" + text.replace("\n\n", "</p><p>").replace("\n", "<br />") + "</p>"
        return {
            "id": status["id"],
            "url": f"{self.url}/@heatwatch/{status['id']}",
            "content": content,
            "created_at": status["at"],
            "in_reply_to_id": status["parent"],
        }
