"""Decisions about posts: what is missing, what a state allows, where a post stands as a whole; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz import fuzz

from campaigns import clock
from campaigns.planning.models import ItemState as State
from campaigns.social import links
from campaigns.social.documents import Document
from campaigns.social.messages import Message
from campaigns.social.models import ChannelState
from campaigns.social.models import PublicationState as P
from campaigns.social.resolving import Place

STOP_WINDOW = timedelta(seconds=60)
BIN_DAYS = 30
ALIKE_DAYS = 30
ALIKE = 80
WATCH_AFTER = timedelta(minutes=5)
WARN_DAYS = (1, 7, 14)

_BEFORE_LAUNCH = frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED})
# What one publication still has before it, and what it needs a person for.
OPEN = frozenset({P.WAITING, P.SENDING, P.RETRY, P.CHECKING})
MOVABLE = frozenset({P.WAITING, P.RETRY, P.HELD, P.MISSED, P.FAILED})
_WORST_FIRST = (
    (P.UNKNOWN, State.UNKNOWN),
    (P.FAILED, State.FAILED),
    (P.MISSED, State.MISSED),
    (P.HELD, State.HELD),
    (P.BY_HAND, State.HELD),
    (P.SENDING, State.SENDING),
    (P.CHECKING, State.SENDING),
    (P.RETRY, State.SENDING),
    (P.WAITING, State.SENDING),
    (P.PUBLISHED, State.SENT),
)


@dataclass(frozen=True)
class Problem:
    """Something to put right. A "must" keeps the post from being submitted, a "should" is advice."""

    severity: str
    title: str
    text: str
    channel_id: int = 0
    field: str = ""

    @property
    def is_must(self) -> bool:
        """Whether nothing goes on before it is put right."""
        return self.severity == "must"


def may_edit(state: str) -> bool:
    """Whether its text may be changed; past a draft that takes back what was decided."""
    return state in _BEFORE_LAUNCH


def may_submit(state: str) -> bool:
    """Whether it may be sent for approval."""
    return state == State.DRAFT


def may_decide(state: str) -> bool:
    """Whether somebody may approve it or ask for changes."""
    return state == State.IN_REVIEW


def may_take_back(state: str) -> bool:
    """Whether it may become a draft again."""
    return state in _BEFORE_LAUNCH - {State.DRAFT}


def may_send(state: str) -> bool:
    """Whether a person may schedule it again after it was stopped."""
    return state == State.APPROVED


def may_stop(state: str) -> bool:
    """Whether the launch can still be stopped."""
    return state == State.SCHEDULED


def may_bin(state: str) -> bool:
    """Whether it may go to the bin; what was launched stays for the record."""
    return state in (State.DRAFT, State.IN_REVIEW, State.APPROVED)


def launch_time(send_at: datetime | None, now: datetime) -> datetime:
    """When it leaves: at its time, and never before a person had a minute to stop it."""
    earliest = now + STOP_WINDOW
    return max(send_at, earliest) if send_at else earliest


def state_of(states: Iterable[str]) -> State:
    """Where a launched post stands as a whole: what needs a person first; canceled only when all of it is."""
    found = set(states)
    return next((state for one, state in _WORST_FIRST if one in found), State.CANCELED)


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many tries in vain, when the network itself says nothing."""
    return timedelta(seconds=min(30 * 2 ** max(tries - 1, 0), 900))


def warning_due(expires_at: datetime | None, warned_days: int | None, now: datetime) -> int | None:
    """Which warning about the end of access is due: 14, 7 or 1 (days before), each once; None for none."""
    if expires_at is None:
        return None
    days = (expires_at - now) / clock.DAY
    step = next((one for one in WARN_DAYS if days <= one), None)
    return step if step is not None and (warned_days is None or step < warned_days) else None


def post_problems(document: Document, now: datetime) -> Iterator[Problem]:
    """What is missing about channels, link, pictures and time."""
    if not document.channels:
        yield _must("No channel is chosen", "Choose where it is to be posted.", field="channels")
    if sentence := links.fault(document.link):
        yield _must("The link cannot be used", sentence, field="link")
    for number, use in enumerate(document.pictures, 1):
        where = f"Picture {number}" if len(document.pictures) > 1 else "The picture"
        if not use.is_decorative and not use.alt:
            text = "Say what it shows, for those who cannot see it, or mark it as decoration with a reason."
            yield _must(f"{where} has no description", text, field=f"alt-{use.token}")
        if use.is_decorative and not use.reason:
            text = "Say why nobody misses anything who cannot see it."
            yield _must(f"{where} is marked as decoration without a reason", text, field=f"reason-{use.token}")
    yield from _time_problems(document, now)


def _time_problems(document: Document, now: datetime) -> Iterator[Problem]:
    if document.send_mode != "at":
        if document.repeat:
            text = "What comes again needs a day and a time to begin with."
            yield _must("The time is missing", text, field="send_day")
        return
    if document.send_at is None or document.wall is None:
        yield _must("The time is missing", "Choose a day and a time, or let it leave on approval.", field="send_day")
    elif document.send_at <= now:
        yield _must("The chosen time has passed", "Choose a later one.", field="send_day")
    elif clock.is_skipped(document.wall, document.send_zone):
        text = "The clocks go forward that night and skip this hour. Choose another one."
        yield _must("There is no such time on that day", text, field="send_time")


def channel_problems(document: Document, place: Place, parts: list[Message], state: str) -> Iterator[Problem]:
    """What one channel would refuse or lose."""
    takes, key, name = place.network.takes, place.channel_id, place.name
    variant = document.variant(key)
    if variant.link and (sentence := links.fault(variant.link)):
        yield _must(f"The link for {name} cannot be used", sentence, key, "link")
    if not any(part.text.strip() or part.pictures for part in parts):
        yield _must(f"There is nothing to post on {name}", "Write a text, or add a picture.", key, "text")
    for part in parts:
        for measure in place.network.measures(part, place.limits):
            if measure.is_over:
                told = f"It has {measure.used:,} of {measure.limit:,} {measure.unit}."
                advice = "Shorten it here" + (", or let it become a thread." if takes.has_thread else ".")
                yield _must(f"The text is too long for {name}", f"{told} {advice}", key, "text")
    yield from _picture_problems(place, parts)
    if variant.warning and not takes.has_warning:
        yield _should(f"{name} has no content warnings", "Readers there see the post without it.", key, "warning")
    if state == ChannelState.NEEDS_SIGN_IN:
        text = "Until an administrator signs in to it again, the post is held there."
        yield _should(f"{name} must be signed in to again", text, key)


def _picture_problems(place: Place, parts: list[Message]) -> Iterator[Problem]:
    takes, key, name = place.network.takes, place.channel_id, place.name
    pictures = [shown for part in parts for shown in part.pictures]
    most = int(place.limits.get("pictures", takes.pictures))
    if len(pictures) > most:
        text = "Choose fewer for this channel." if most else "This network carries none from here."
        yield _must(f"{name} takes {most} pictures, and here are {len(pictures)}", text, key, "pictures")
    longest = int(place.limits.get("alt", takes.alt_limit))
    if takes.has_alt and any(len(shown.alt) > longest for shown in pictures):
        yield _must(f"A description is too long for {name}", f"It takes {longest:,} characters.", key, "alts")
    if pictures and not takes.has_alt:
        text = "Say in the text what matters in the picture."
        yield _should(f"{name} carries no descriptions of pictures", text, key)


@dataclass(frozen=True)
class Neighbor:
    """Another post on the same channel: when it is or was out, and what it says there."""

    post_id: int
    title: str
    at: datetime
    text: str


def neighbor_problems(
    channel_id: int, name: str, text: str, at: datetime, others: Iterable[Neighbor], spacing: timedelta
) -> Iterator[Problem]:
    """What lies too close on a channel: in time, or in words within 30 days."""
    close, alike = [], []
    for other in others:
        if abs(other.at - at) < spacing:
            close.append(other)
        if abs(other.at - at) <= timedelta(days=ALIKE_DAYS) and is_alike(text, other.text):
            alike.append(other)
    if close:
        minutes = int(spacing.total_seconds() // 60)
        told = f"“{close[0].title}” is posted within {minutes} minutes of it."
        yield _should(f"Two posts lie close together on {name}", told, channel_id, "send_day")
    if alike:
        told = f"“{alike[0].title}” says nearly the same within {ALIKE_DAYS} days. Some networks refuse that."
        yield _should(f"{name} has nearly the same post", told, channel_id, "text")


def is_alike(one: str, other: str) -> bool:
    """Whether two texts say nearly the same, whatever the order of their words."""
    return bool(one and other) and fuzz.token_sort_ratio(one, other) >= ALIKE


def cost_problems(
    name: str, channel_id: int, price: int, spent: int, cap: int | None, has_address: bool
) -> Iterator[Problem]:
    """What to say about a price in thousandths of a dollar."""
    if cap is not None and price and spent + price > cap:
        told = f"This month {money(spent)} of {money(cap)} are used or planned, and this post costs {money(price)}."
        yield _must(f"The monthly limit of {name} does not allow it", told, channel_id)
    elif price >= 100 and has_address:
        yield _should(f"{name} asks {money(price)} for this post", "Without a link it would be far less.", channel_id)


def money(mills: int) -> str:
    """Thousandths of a dollar as people read them: "$0.015", "$1.20"."""
    return f"${mills / 1000:.3f}" if mills % 10 else f"${mills / 1000:.2f}"


def summary(name: str, channels: list[str], when: str) -> str:
    """What, where and when, in one sentence. `when` is "now" or words such as "on Thu 3 Dec, 8:00 am PT"."""
    places = channels[0] if len(channels) == 1 else f"{', '.join(channels[:-1])} and {channels[-1]}" if channels else ""
    return f"“{name}” goes to {places or 'no channel yet'}, {when}."


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """What must be put right first, each sentence once."""
    once: Mapping[Problem, None] = dict.fromkeys(problems)
    return sorted(once, key=lambda problem: not problem.is_must)


def _must(title: str, text: str, channel_id: int = 0, field: str = "") -> Problem:
    return Problem("must", title, text, channel_id, field)


def _should(title: str, text: str, channel_id: int = 0, field: str = "") -> Problem:
    return Problem("should", title, text, channel_id, field)
