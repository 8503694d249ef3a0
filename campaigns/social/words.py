"""How a post's time, repeats and changes are said in words; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns import clock
from campaigns.social.documents import Document, Repeat

NO_TIME = "at a time that is still to be chosen"
ON_APPROVAL = "one minute after it is approved"


@dataclass(frozen=True)
class Change:
    """One difference. `before` and `after` are what people would read, "" where there was or is nothing."""

    what: str
    before: str
    after: str


def when(document: Document, now: datetime) -> str:
    """When it leaves: "on Thu 3 Dec, 8:00 am PT (in 2 days)", in the zone that the author chose."""
    if document.send_mode == "now":
        said = ON_APPROVAL
    else:
        said = f"on {clock.friendly(document.send_at, document.send_zone, now)}" if document.send_at else NO_TIME
    return f"{said}, and {repeats(document.repeat)}" if document.repeat else said


def repeats(repeat: Repeat) -> str:
    """ "every 2 weeks until December 1, 2026"."""
    unit = repeat.every if repeat.interval == 1 else f"{repeat.interval} {repeat.every}s"
    until = f" until {repeat.until:%B} {repeat.until.day}, {repeat.until.year}" if repeat.until else ""
    return f"again every {unit}{until}"


def changes(before: Document, after: Document, channels: Mapping[int, str], now: datetime) -> list[Change]:
    """Every difference that readers or the calendar would notice."""
    pairs = [
        ("Text", before.text, after.text),
        ("Link", before.link, after.link),
        ("Card", f"{before.card.title}\n{before.card.description}", f"{after.card.title}\n{after.card.description}"),
        ("Channels", _names(before, channels), _names(after, channels)),
        ("Pictures", _pictures(before), _pictures(after)),
        ("When", when(before, now).partition(" (")[0], when(after, now).partition(" (")[0]),
    ]
    for key in sorted({*before.variants, *after.variants}):
        one, other = before.variant(key), after.variant(key)
        name = channels.get(key, "a channel that was removed")
        pairs += [
            (f"Text on {name}", one.text or "", other.text or ""),
            (f"Link on {name}", one.link or "", other.link or ""),
            (f"Content warning on {name}", one.warning, other.warning),
            (f"Visibility on {name}", one.visibility, other.visibility),
        ]
    return [Change(what, old.strip(), new.strip()) for what, old, new in pairs if old.strip() != new.strip()]


def _names(document: Document, channels: Mapping[int, str]) -> str:
    return ", ".join(channels.get(key, "a channel that was removed") for key in document.channels)


def _pictures(document: Document) -> str:
    said = [f"[{use.reason and 'decoration' if use.is_decorative else use.alt}]" for use in document.pictures]
    return "\n".join(f"{words} {use.token[:6]}" for words, use in zip(said, document.pictures, strict=True))
