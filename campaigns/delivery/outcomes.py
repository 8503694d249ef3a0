"""Every state of a run, a copy and a try, with its name and the sentence that explains it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from campaigns.delivery.models import Delivery, Outcome, Retry, RunState
from campaigns.delivery.replies import KINDS, SENTENCES, Cause, Kind


class Group(StrEnum):
    """What became of a copy, as people look it up."""

    SENT = "sent"
    WAITING = "waiting"
    UNDECIDED = "undecided"
    POLICY = "policy"
    GAVE_UP = "gave_up"
    ADDRESS = "address"
    MAILBOX = "mailbox"
    UNCLEAR = "unclear"
    SKIPPED = "skipped"
    TWICE = "twice"
    LEFT = "left"


@dataclass(frozen=True)
class Words:
    """The name of a state, what it means, and the icon and tone of its chip."""

    name: str
    sentence: str
    icon: str = ""
    tone: str = ""


GROUPS: dict[Group, Words] = {
    Group.SENT: Words(
        "Handed over", "The mail server of the reader took it. Most of these are in the inbox.", "tick", "good"
    ),
    Group.WAITING: Words(
        "To be tried again", "The mail server said “later”. We try again by ourselves; nothing is to be done.", "clock"
    ),
    Group.UNDECIDED: Words(
        "Waiting for a decision",
        "The connection or the program ended before the answer came, so these may have arrived or not. This newsletter "
        "leaves them to a person: send them again, which may make two copies, or leave it.",
        "question",
        "caution",
    ),
    Group.POLICY: Words(
        "Refused because of us",
        "Something about our mail or our mail server was not accepted: it says nothing about the readers, and none of "
        "them is counted as unreachable. When the cause is mended, send these again.",
        "alert",
        "stop",
    ),
    Group.GAVE_UP: Words(
        "Given up",
        "The mail server said “later”, or did not answer, until the time for trying was over. They can be sent again.",
        "clock",
        "stop",
    ),
    Group.ADDRESS: Words(
        "No such address",
        "The mail server said that nobody has this address. It is counted there; we stop writing to such addresses.",
        "person",
        "stop",
    ),
    Group.MAILBOX: Words(
        "Mailbox full or off",
        "The address exists, but its mailbox is full or switched off. After several such answers over weeks we stop "
        "writing to it.",
        "sandbox",
        "stop",
    ),
    Group.UNCLEAR: Words(
        "Refused, no clear reason",
        "The mail server said no for good and its words do not say why. They stand beside each.",
        "alert",
        "stop",
    ),
    Group.SKIPPED: Words("Left out", "They left, paused or must not be written to since the sending began.", "minus"),
    Group.TWICE: Words(
        "Perhaps twice",
        "The connection or the program ended before the answer came, so the mail was sent again. Both copies carry the "
        "same mark, so that most mail programs show it once.",
        "question",
        "caution",
    ),
    Group.LEFT: Words(
        "Left as it is", "It may have arrived or not, and somebody here decided not to send it again.", "question"
    ),
}

RUNS: dict[RunState, Words] = {
    RunState.RUNNING: Words("Sending", "It is on its way, group by group.", "send", "info"),
    RunState.PAUSED: Words(
        "Paused",
        "Somebody here holds it. Whoever has it keeps it; the others get it once it goes on.",
        "pause",
        "caution",
    ),
    RunState.STOPPED: Words(
        "Stopped by itself", "It goes on when somebody has looked at the reason and lets it.", "hand", "stop"
    ),
    RunState.FINISHED: Words("Sent", "Everybody has been dealt with.", "tick", "good"),
    RunState.CANCELED: Words("Canceled", "Somebody ended it for good. Nobody else gets it.", "close"),
}
ONLY_WAITING = Words(
    "Trying again",
    "Everybody else has been dealt with; a few are tried again until their time is over.",
    "clock",
    "info",
)

_FAILED = {
    Kind.ADDRESS: Group.ADDRESS,
    Kind.MAILBOX: Group.MAILBOX,
    Kind.TEMPORARY: Group.GAVE_UP,
    Kind.POLICY: Group.POLICY,
    Kind.UNKNOWN: Group.UNCLEAR,
}
CAUSES: dict[Group, list[str]] = {
    group: [str(cause) for cause in Cause if KINDS.get(cause, Kind.POLICY) == kind] for kind, group in _FAILED.items()
}
# Copies without a cause were refused before causes were kept, or could not be written at all.
CAUSES[Group.UNCLEAR].append("")
FAILED = tuple(CAUSES)
# What may well succeed at another time, once what was wrong is mended.
RETRIABLE = (Group.GAVE_UP, Group.POLICY)


def group_of(copy: Delivery | Retry) -> Group:
    """Where a copy belongs."""
    if isinstance(copy, Retry):
        return Group.WAITING
    if copy.outcome == Outcome.FAILED:
        return next((group for group, causes in CAUSES.items() if copy.cause in causes), Group.UNCLEAR)
    if copy.outcome == Outcome.UNCERTAIN:
        return Group.LEFT if copy.left_at else Group.UNDECIDED
    if copy.outcome == Outcome.SKIPPED:
        return Group.SKIPPED
    return Group.TWICE if copy.is_uncertain else Group.SENT


def sentence_of(copy: Delivery | Retry) -> str:
    """Why it is so, in plain words: the cause where there is one, otherwise what the state means."""
    if copy.cause in list(Cause):
        return SENTENCES[Cause(copy.cause)]
    if isinstance(copy, Retry) and not copy.attempts:
        return "Somebody here had it sent again."
    return GROUPS[group_of(copy)].sentence


def words_of(run_state: str, is_cut: bool, has_batches: bool, waiting: int) -> Words:
    """What a run is doing."""
    if run_state == RunState.RUNNING and is_cut and waiting and not has_batches:
        return ONLY_WAITING
    return RUNS[RunState(run_state)]
