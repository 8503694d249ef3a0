"""What the fields of the composer say, as a document; and a document as what the fields show. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias

from werkzeug.datastructures import MultiDict

from campaigns.social.documents import Document

DEFAULT_TIME = "09:00"
LATENESS = {
    "15": "15 minutes, for what is about this moment",
    "60": "An hour",
    "240": "Four hours",
    "1440": "A day",
}
REPEATS = {"": "Not at all", "day": "Every day", "week": "Every week", "month": "Every month"}

Posted: TypeAlias = "MultiDict[str, str]"


def read(posted: Posted) -> dict[str, Any]:
    """The document that was typed; it is checked where documents are read, not here."""
    channels = [int(one) for one in posted.getlist("channels") if one.isascii() and one.isdigit()]
    day, clock_time = posted.get("send_day", "").strip(), posted.get("send_time", "").strip()
    return {
        "title": posted.get("title", ""),
        "text": posted.get("text", ""),
        "link": posted.get("link", ""),
        "card": {"title": posted.get("card_title", ""), "description": posted.get("card_description", "")},
        "language": posted.get("language") or "en",
        "is_thread": "is_thread" in posted,
        "pictures": [_picture(posted, token) for token in posted.getlist("picture")],
        "channels": channels,
        "variants": {one: _variant(posted, one) for one in channels},
        "send_mode": "at" if posted.get("send_mode") == "at" else "now",
        "send_wall": f"{day}T{clock_time or DEFAULT_TIME}" if day else "",
        "send_zone": posted.get("send_zone") or "UTC",
        "lateness_minutes": posted.get("lateness") or "60",
        "repeat": _repeat(posted),
    }


def _picture(posted: Posted, token: str) -> dict[str, Any]:
    return {
        "token": token,
        "alt": posted.get(f"alt-{token}", ""),
        "is_decorative": f"decorative-{token}" in posted,
        "reason": posted.get(f"reason-{token}", ""),
    }


def _variant(posted: Posted, channel_id: int) -> dict[str, Any]:
    """What differs on one channel; a field left as in the post stays so when the post changes."""
    text, link = posted.get(f"text-{channel_id}", ""), posted.get(f"link-{channel_id}", "")
    tokens = posted.getlist("picture")
    wanted = [token for token in tokens if f"with-{channel_id}-{token}" in posted]
    has_choice = f"chooses-{channel_id}" in posted
    alts = {token: posted.get(f"alt-{channel_id}-{token}", "") for token in tokens}
    return {
        "text": text if text.strip() else None,
        "link": link if link.strip() else None,
        "warning": posted.get(f"warning-{channel_id}", ""),
        "visibility": posted.get(f"visibility-{channel_id}", ""),
        "pictures": wanted if has_choice and wanted != tokens else None,
        "alts": {token: alt for token, alt in alts.items() if alt.strip()},
    }


def _repeat(posted: Posted) -> dict[str, Any] | None:
    every = posted.get("repeat_every", "")
    if every not in ("day", "week", "month"):
        return None
    return {
        "every": every,
        "interval": posted.get("repeat_interval") or "1",
        "days": [],
        "until": posted.get("repeat_until") or None,
    }


def shown(document: Document) -> dict[str, Any]:
    """What the fields about time show."""
    day, _, clock_time = document.send_wall.partition("T")
    return {"day": day, "time": clock_time[:5] or DEFAULT_TIME, "lateness": str(document.lateness_minutes)}


def field_errors(fields: Mapping[str, str]) -> dict[str, str]:
    """Sentences by the name of the page's field, from sentences by the place in the document."""
    errors = {}
    for path, sentence in fields.items():
        parts = path.split(".")
        if parts[0] == "variants" and len(parts) > 2:
            name = f"{parts[2]}-{parts[1]}"
        else:
            name = {"send_wall": "send_day", "repeat": "repeat_interval", "pictures": "files", "image": "files"}.get(
                parts[0], parts[0]
            )
        errors[name] = sentence
    return errors


def with_hashtags(text: str, tags: str) -> str:
    """The text with a set of hashtags below it, without those that stand in it already."""
    present = {word.lower() for word in text.split()}
    fresh = " ".join(tag for tag in tags.split() if tag.lower() not in present)
    return f"{text.rstrip()}\n\n{fresh}".strip() if fresh else text


def empty(zone: str, day: date | None = None) -> dict[str, Any]:
    """What a new post begins with."""
    wall = f"{day.isoformat()}T{DEFAULT_TIME}" if day else ""
    return {"send_zone": zone, "send_mode": "at" if day else "now", "send_wall": wall}
