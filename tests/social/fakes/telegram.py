"""Telegram's Bot API: counts in UTF-16, captions are shorter, waits stand in the body."""

import json
import re
from typing import Any

from campaigns.social import counting
from tests.social.fakes.server import Call, Fake, Reply


class FakeTelegram(Fake):
    """`messages` is what the channel shows, by number."""

    token = "123456:ABC-DEF"

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[int, dict[str, Any]] = {}
        self.may_post = True

    @property
    def posts(self) -> list[str]:
        """What people can read."""
        return [message["text"] for message in self.messages.values()]

    def act(self, call: Call) -> Reply:
        """Answer one method."""
        found = re.fullmatch(rf"/bot{re.escape(self.token)}/(\w+)", call.path)
        if found is None:
            return _refused(401, "Unauthorized")
        asked = {**call.form} if call.form else (call.json if call.body else {})
        return getattr(self, f"_{found[1]}")(asked, call)

    def _getMe(self, _asked: Any, _call: Call) -> Reply:  # noqa: N802
        return _done({"id": 99, "username": "heat_bot"})

    def _getChat(self, asked: Any, _call: Call) -> Reply:  # noqa: N802
        if asked["chat_id"] != "@heatwatch":
            return _refused(400, "Bad Request: chat not found")
        return _done({"id": -100, "type": "channel", "username": "heatwatch", "title": "H.E.A.T. Watch"})

    def _getChatMember(self, _asked: Any, _call: Call) -> Reply:  # noqa: N802
        return _done({"status": "administrator", "can_post_messages": self.may_post})

    def _sendMessage(self, asked: Any, _call: Call) -> Reply:  # noqa: N802
        return self._keep(asked["text"], 4_096, asked)

    def _sendPhoto(self, asked: Any, call: Call) -> Reply:  # noqa: N802
        return self._keep(asked["caption"], 1_024, asked, [call.files["photo"]])

    def _sendMediaGroup(self, asked: Any, call: Call) -> Reply:  # noqa: N802
        album = json.loads(asked["media"])
        data = [call.files[one["media"].removeprefix("attach://")] for one in album]
        reply = self._keep(album[0]["caption"], 1_024, asked, data)
        return _done([reply.data["result"]]) if reply.status == 200 else reply

    def _keep(self, text: str, limit: int, asked: Any, pictures: list[bytes] | None = None) -> Reply:
        if counting.utf16_units(text) > limit:
            return _refused(400, "Bad Request: message is too long")
        number = len(self.messages) + 1
        answered = asked.get("reply_parameters") or {}
        answered = json.loads(answered) if isinstance(answered, str) else answered
        self.messages[number] = {"text": text, "pictures": pictures or [], "answers": answered.get("message_id")}
        return _done({"message_id": number})

    def _editMessageText(self, asked: Any, _call: Call) -> Reply:  # noqa: N802
        self.messages[int(asked["message_id"])]["text"] = asked["text"]
        return _done(True)

    def _editMessageCaption(self, asked: Any, _call: Call) -> Reply:  # noqa: N802
        self.messages[int(asked["message_id"])]["text"] = asked["caption"]
        return _done(True)

    def _deleteMessage(self, asked: Any, _call: Call) -> Reply:  # noqa: N802
        if int(asked["message_id"]) not in self.messages:
            return _refused(400, "Bad Request: message to delete not found")
        del self.messages[int(asked["message_id"])]
        return _done(True)


def _done(result: Any) -> Reply:
    return Reply(data={"ok": True, "result": result})


def _refused(status: int, description: str) -> Reply:
    return Reply(status, {"ok": False, "error_code": status, "description": description})
