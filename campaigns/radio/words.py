"""What kinds of scripts there are, and how radio's things are called. Pure."""

from dataclasses import dataclass

from campaigns.radio.models import ChangeKind, ScriptKind


@dataclass(frozen=True)
class ScriptForm:
    """A kind of script: `seconds` is the length that it must keep, 0 for none."""

    title: str
    hint: str
    seconds: int


SCRIPTS: dict[str, ScriptForm] = {
    ScriptKind.PSA_15: ScriptForm("Announcement, 15 seconds", "About 37 spoken words: what, when, where.", 15),
    ScriptKind.PSA_30: ScriptForm("Announcement, 30 seconds", "About 75 spoken words: add why it matters.", 30),
    ScriptKind.PSA_60: ScriptForm("Announcement, 60 seconds", "About 150 spoken words: add an example.", 60),
    ScriptKind.HOST: ScriptForm("Host read", "What the host says about the episode, in their own tone.", 0),
    ScriptKind.PRESS: ScriptForm("Note to the press", "One paragraph for editors, with a contact.", 0),
}

CHANGES: dict[str, tuple[str, str]] = {
    ChangeKind.MOVED: ("Moved", "It is on the air at another time."),
    ChangeKind.CANCELED: ("Canceled", "It does not take place."),
    ChangeKind.PREEMPTED: ("Pre-empted", "The station broadcasts something else at that time."),
    ChangeKind.SPECIAL: ("Special", "An extra broadcast outside the usual times."),
}

ROLES = {"host": "Host", "guest": "Guest", "reporter": "Reporter", "producer": "Producer"}
LENGTHS = (15, 30, 60)
