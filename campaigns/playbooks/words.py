"""What drafts say at first; a person makes them good, and a second one approves them. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.radio.rhythm import clock_words


@dataclass(frozen=True)
class Facts:
    """All that a draft says about one broadcast. `wall` is the start on the station's clock, `zone_word` its zone."""

    show: str
    tagline: str
    episode: str
    summary: str
    guests: tuple[str, ...]
    station: str
    frequency: str
    stream_url: str
    wall: datetime
    minutes: int
    zone_word: str
    page_url: str
    episode_url: str
    contact: str
    help_line: str
    office: str
    office_email: str

    @property
    def time(self) -> str:
        """ "Thursday, December 3 at 6:30 pm PT"."""
        return f"{self.wall:%A}, {self.wall:%B} {self.wall.day} at {clock_words(self.wall)} {self.zone_word}"

    @property
    def place(self) -> str:
        """ "Radio Oakland, 90.7 FM"."""
        return f"{self.station}, {self.frequency}" if self.frequency else self.station

    @property
    def who(self) -> str:
        """ " With Maria." for those who agreed to be named, or nothing."""
        return f" With {', '.join(self.guests)}." if self.guests else ""


def station_letter(facts: Facts) -> tuple[str, str]:
    """Subject and text of the letter that a station gets a week ahead."""
    return (
        f"{facts.show}, {facts.wall:%B} {facts.wall.day}: {facts.episode}",
        (
            f"Hello,\n\nthis is what we bring to your listeners on {facts.time} ({facts.minutes} minutes):\n\n"
            f"{facts.show}: {facts.episode}\n{facts.summary}{facts.who}\n\n"
            f"You may read this on the air: “{facts.episode}, on {facts.show}, {facts.time}.”\n\n"
            f"{_end(facts)}"
        ),
    )


def press_letter(facts: Facts) -> tuple[str, str]:
    """Subject and text of the note to a news desk."""
    return (
        f"On the air {facts.wall:%B} {facts.wall.day}: {facts.episode}",
        (
            f"Hello,\n\n{facts.show} presents {facts.episode} on {facts.time} on {facts.place}.\n\n"
            f"{facts.summary}{facts.who}\n\nMore: {facts.page_url}\n\n{_end(facts)}"
        ),
    )


def _end(facts: Facts) -> str:
    contact = f"Contact: {facts.contact}\n" if facts.contact else ""
    return f"{contact}Thank you.\n{facts.office}\n{facts.office_email}\n"


def alert(facts: Facts) -> tuple[str, str, list[dict[str, Any]]]:
    """Subject, preview line and blocks of the alert by mail."""
    listen = [{"id": "listen", "kind": "button", "label": "Listen live", "url": facts.stream_url}]
    what = f"{facts.summary}{facts.who}".strip()
    page = [{"id": "page", "kind": "button", "label": "About the show", "url": facts.page_url}]
    return (
        f"Tomorrow on the air: {facts.episode}",
        f"{facts.time} on {facts.place}",
        [
            {"id": "title", "kind": "heading", "level": 2, "text": facts.episode},
            {"id": "when", "kind": "text", "text": f"**{facts.time}** on {facts.place}"},
            {"id": "what", "kind": "text", "text": what or facts.tagline or facts.show},
            *(listen if facts.stream_url else page),
            {"id": "help", "kind": "safety", "title": "Need help, or worried about someone?"},
        ],
    )


def block(facts: Facts, mark: str) -> list[dict[str, Any]]:
    """The episode as a part of any newsletter; `mark` keeps the ids of its blocks apart from others."""
    said = f"{facts.summary}{facts.who}\n\n**{facts.time}** on {facts.place}".strip()
    return [
        {"id": f"{mark}a", "kind": "heading", "level": 3, "text": f"On the air: {facts.episode}"},
        {"id": f"{mark}b", "kind": "text", "text": said},
        {"id": f"{mark}c", "kind": "button", "label": "About the show", "url": facts.page_url},
    ]


def before(facts: Facts) -> tuple[str, str]:
    """What a post says before the broadcast: short, and at length."""
    short = f"{facts.episode}, on {facts.show}. {facts.time} on {facts.place}."
    return short, f"{short}\n\n{facts.summary}{facts.who}".strip()


def on_air(facts: Facts) -> tuple[str, str]:
    """What a post says at the start."""
    short = f"On the air now: {facts.episode}, on {facts.place}."
    return short, f"{short}\n\n{facts.summary}{facts.who}".strip()


def again(facts: Facts) -> tuple[str, str]:
    """What a post says afterwards."""
    short = f"Did you miss it? {facts.episode} can be heard again."
    return short, f"{short}\n\n{facts.summary}{facts.who}".strip()


def correction(facts: Facts, new_time: str, reason: str) -> tuple[str, str]:
    """Subject and text that tell people who heard something else. `new_time` is empty when it does not take place."""
    because = f" ({reason})" if reason else ""
    if not new_time:
        return (
            f"Correction: {facts.episode} is not on the air",
            f"{facts.episode}, on {facts.show}, will not be on the air on {facts.time}{because}. We are sorry.",
        )
    return (
        f"Correction: {facts.episode} moves",
        f"{facts.episode}, on {facts.show}, moves from {facts.time} to {new_time} on {facts.place}{because}.",
    )
