"""Slack: incoming webhooks that answer in plain text, and the web API that answers 200 for everything."""

from typing import Any

from tests.social.fakes.server import Call, Fake, Reply


class FakeSlack(Fake):
    """`messages` is what the channel shows, by timestamp; `hooks` are the paths that work."""

    token = "xoxb-1"

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, dict[str, Any]] = {}
        self.hooks = {"/services/T1/B1/secret"}

    @property
    def posts(self) -> list[str]:
        """What people can read."""
        return [message["text"] for message in self.messages.values()]

    def act(self, call: Call) -> Reply:
        """Answer a webhook or a method."""
        if call.path.startswith("/services/"):
            return self._hook(call)
        if call.bearer != self.token:
            return Reply(data={"ok": False, "error": "invalid_auth"})
        asked = call.json if call.body else call.query
        return getattr(self, "_" + call.path.removeprefix("/api/").replace(".", "_"))(asked)

    def _hook(self, call: Call) -> Reply:
        if call.path not in self.hooks:
            return Reply(404, text="no_service")
        if not call.json.get("text") and not call.json.get("blocks"):
            return Reply(400, text="no_text")
        problem = self._problem(call.json)
        if problem:
            return Reply(400, text=problem)
        self._keep(call.json)
        return Reply(text="ok")

    def _problem(self, asked: dict[str, Any]) -> str:
        for block in asked.get("blocks", []):
            if block["type"] == "section" and not 0 < len(block["text"]["text"]) <= 3_000:
                return "invalid_blocks"
            if block["type"] == "image" and not (block["alt_text"] and block["image_url"].startswith("http")):
                return "invalid_blocks"
        return ""

    def _keep(self, asked: dict[str, Any]) -> str:
        stamp = f"17000000{len(self.messages):02}.000100"
        self.messages[stamp] = {"text": asked["text"], "blocks": asked.get("blocks", [])}
        return stamp

    def _auth_test(self, _asked: Any) -> Reply:
        return Reply(data={"ok": True, "user": "heat", "team": "County", "url": "https://county.slack.com/"})

    def _chat_postMessage(self, asked: Any) -> Reply:  # noqa: N802
        if problem := self._problem(asked):
            return Reply(data={"ok": False, "error": problem})
        return Reply(data={"ok": True, "ts": self._keep(asked), "channel": asked["channel"]})

    def _chat_getPermalink(self, asked: Any) -> Reply:  # noqa: N802
        stamp = asked["message_ts"].replace(".", "")
        return Reply(data={"ok": True, "permalink": f"https://county.slack.com/archives/{asked['channel']}/p{stamp}"})

    def _conversations_history(self, _asked: Any) -> Reply:
        found = [{"ts": stamp, "text": one["text"]} for stamp, one in self.messages.items()]
        return Reply(data={"ok": True, "messages": found})

    def _chat_update(self, asked: Any) -> Reply:
        self.messages[asked["ts"]].update(text=asked["text"], blocks=asked["blocks"])
        return Reply(data={"ok": True})

    def _chat_delete(self, asked: Any) -> Reply:
        is_there = self.messages.pop(asked["ts"], None) is not None
        return Reply(data={"ok": True} if is_there else {"ok": False, "error": "message_not_found"})
