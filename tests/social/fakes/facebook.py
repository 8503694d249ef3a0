"""The Graph API for one page: unpublished photos, posts, errors by code."""

import time
from typing import Any

from tests.social.fakes.server import Call, Fake, Reply

PAGE = "1234"


class FakeFacebook(Fake):
    """`feed` is what the page shows, by id; `code` is an error that the next posts get."""

    token = "page-token"

    def __init__(self) -> None:
        super().__init__()
        self.feed: dict[str, dict[str, Any]] = {}
        self.photos: dict[str, dict[str, str]] = {}
        self.code = 0
        self.expires_at = 0

    @property
    def posts(self) -> list[str]:
        """What people can read."""
        return [post["message"] for post in self.feed.values()]

    def act(self, call: Call) -> Reply:
        """Answer one call."""
        path = call.path.partition("/v24.0/")[2]
        if call.bearer != self.token:
            return _refused(190, f"Error validating access token {call.bearer}")
        if path == "debug_token":
            return Reply(data={"data": {"expires_at": self.expires_at, "data_access_expires_at": 0}})
        if path == f"{PAGE}/photos":
            photo = f"p{len(self.photos) + 1}"
            self.photos[photo] = call.form
            return Reply(data={"id": photo})
        if path == f"{PAGE}/feed":
            return self._post(call.json)
        if path == f"{PAGE}/posts":
            return Reply(data={"data": [{"id": key, **self._shown(key)} for key in self.feed]})
        if path == PAGE:
            return Reply(data={"name": "H.E.A.T. Watch", "link": "https://www.facebook.com/heatwatch"})
        return self._change(call, path)

    def _post(self, asked: dict[str, Any]) -> Reply:
        if self.code:
            return _refused(self.code, "Something is wrong")
        attached = [one["media_fbid"] for one in asked.get("attached_media", [])]
        if not set(attached) <= set(self.photos):
            return _refused(100, "Invalid parameter")
        key = f"{PAGE}_{len(self.feed) + 1}"
        self.feed[key] = {**asked, "photos": [self.photos[one] for one in attached], "at": time.time()}
        return Reply(data={"id": key})

    def _shown(self, key: str) -> dict[str, str]:
        return {
            "message": self.feed[key]["message"],
            "permalink_url": f"https://www.facebook.com/heatwatch/posts/{key}",
        }

    def _change(self, call: Call, key: str) -> Reply:
        if key not in self.feed:
            return _refused(100, "Object does not exist")
        if call.method == "DELETE":
            del self.feed[key]
        else:
            self.feed[key]["message"] = call.json["message"]
        return Reply(data={"success": True})


def _refused(code: int, message: str) -> Reply:
    return Reply(400, {"error": {"code": code, "message": message}})
