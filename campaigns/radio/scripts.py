"""What a script says at first, how long it takes, and which stations it fits. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from campaigns.radio import spoken
from campaigns.radio.models import Episode, Script, ScriptKind, Show, Station
from campaigns.radio.words import SCRIPTS

# A reader's breath: so much over the length still fits.
TOLERANCE_S = 0.5
_CALLS = frozenset({"call", "visit", "text", "dial", "join", "donate", "sign", "go", "click", "volunteer", "register"})


@dataclass(frozen=True)
class Measure:
    """How long a text takes; `over` is in seconds, below 0 for room that is left, 0 where no length is set."""

    words: int
    seconds: float
    over: float
    sentence: str
    said: str

    @property
    def is_over(self) -> bool:
        """Whether it does not fit."""
        return self.over > TOLERANCE_S


@dataclass(frozen=True)
class Fit:
    """Whether a station takes a script, and why not."""

    station: Station
    problems: list[str]


def measure(kind: str, text: str, words_a_minute: int, pronunciations: Mapping[str, str]) -> Measure:
    """Count a script of that kind."""
    said = spoken.spoken_words(text, pronunciations)
    seconds = round(len(said) * 60 / words_a_minute, 1)
    target = SCRIPTS[kind].seconds if kind in SCRIPTS else 0
    over = round(seconds - target, 1) if target else 0.0
    return Measure(len(said), seconds, over, _sentence(len(said), seconds, target, words_a_minute), " ".join(said))


def _sentence(words: int, seconds: float, target: int, words_a_minute: int) -> str:
    spent = f"{words:,} spoken {'word' if words == 1 else 'words'}, {seconds:g} seconds"
    if not target:
        return f"{spent}."
    room = spoken.words_in(target, words_a_minute) - words
    if seconds - target > TOLERANCE_S:
        return f"{spent}: {seconds - target:.1f} seconds too long. Leave out about {-room} words."
    return f"{spent}: it fits, with room for {max(room, 0)} more."


def fits(kind: str, text: str, show: Show, stations: Iterable[Station]) -> list[Fit]:
    """What each station's own rules say about a script."""
    form = SCRIPTS[kind]
    if not form.seconds:
        return []
    said = spoken.spoken_words(text, show.pronunciations)
    found = []
    for station in stations:
        problems = []
        if form.seconds not in station.psa_lengths:
            problems.append(f"It takes no announcements of {form.seconds} seconds.")
        if station.psa_words and len(said) > station.psa_words:
            problems.append(f"It takes {station.psa_words} words at most; this has {len(said)}.")
        calls = [word for word in dict.fromkeys(said) if word in _CALLS]
        if not station.may_call_to_action and calls:
            problems.append(f"It reads no calls to action; this says “{calls[0]}”.")
        found.append(Fit(station, problems))
    return found


def first_draft(kind: str, episode: Episode, show: Show) -> str:
    """Words to begin with; a person makes them good."""
    name = show.title
    summary = " ".join(episode.summary.split())
    opening = summary.split(". ")[0].rstrip(".") if summary else episode.title
    if kind == ScriptKind.PSA_15:
        return f"{episode.title}, on {name}. {_when(show)}"
    if kind == ScriptKind.PSA_30:
        return f"{opening}. Hear {episode.title} on {name}. {_when(show)}\n\n{show.help_line}".strip()
    if kind == ScriptKind.PSA_60:
        return f"{summary or opening}\n\nHear {episode.title} on {name}. {_when(show)}\n\n{show.help_line}".strip()
    if kind == ScriptKind.HOST:
        return f"Welcome to {name}. Today: {episode.title}.\n\n{summary}\n\n{show.help_line}".strip()
    contact = f"\n\nContact: {show.contact}" if show.contact else ""
    return f"{name} presents {episode.title}.\n\n{summary}{contact}".strip()


def _when(show: Show) -> str:
    return f"[say the day, the time and the station] {show.tagline}".strip()


def plain_text(script: Script, episode: Episode, show: Show, office: str) -> str:
    """A script as stations like to get it: head, text, end mark."""
    kill = f"Do not use after {_day(script.kill_on)}" if script.kill_on else "No end date"
    counted = measure(script.kind, script.text, script.words_a_minute, show.pronunciations)
    lines = [
        f"{SCRIPTS[script.kind].title}",
        f"{office}: {show.title}, {episode.title}",
        f"{kill}. {counted.words} words, {counted.seconds:g} seconds at {script.words_a_minute} words a minute.",
        *([f"Contact: {show.contact}"] if show.contact else []),
        *[f"Say: {written} = {said}" for written, said in show.pronunciations.items() if written in script.text],
        "",
        script.text,
        "",
        "# # #",
        "",
    ]
    return "\n".join(lines)


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
