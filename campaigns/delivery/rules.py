"""Decisions about mail on its way: what a reply means, when to try again. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns import clock
from campaigns.delivery.hours import Hours
from campaigns.delivery.models import Outcome, Relay

_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"@=]+@[^\s<>()\[\]:;,\"'@=]+")
LONGEST_HOURS = 120
MOST_STEPS = 12
SERVER_STEPS = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900))
LEASE = timedelta(minutes=2)
# Renewed with every group and every look: whoever is silent for this long is dead, and another takes the batch.
BATCH_LEASE = timedelta(seconds=30)
# So long a sender keeps in memory what it could not write down: less than the lease, or another would not know of it.
DATABASE_PATIENCE = timedelta(seconds=20)
# A group ends early after this long, far within the lease, so that nobody else takes it meanwhile.
LONGEST_GROUP = timedelta(seconds=20)
# Between two groups of a slow server: look at the pause switch, and renew the lease.
LOOK_EVERY = timedelta(seconds=0.5)
# A group of a quick server is written down whole.
WRITE_EVERY = timedelta(milliseconds=50)
# A group that was made ready longer ago is made anew: somebody may have left meanwhile.
READY_FOR = timedelta(seconds=1)
# The batch to follow is taken so early at most: well within its lease, which nobody renews until it is begun.
KEPT_AHEAD = timedelta(seconds=5)
# Then another run gets its turn.
LONGEST_TURN = timedelta(seconds=5)


@dataclass(frozen=True)
class Tries:
    """When somebody is tried again whose server says later: minutes between tries (the last repeats), for how long."""

    steps: tuple[int, ...] = (5, 15, 30, 60, 120, 240)
    hours: int = 24


USUAL = Tries()


def told(text: str) -> str:
    """A mail server's words as they are kept: without the addresses in them, which not everybody here may read."""
    return (_ADDRESS.sub("[address]", text) if "@" in text else text)[:300]


def outcome_of(code: int) -> Outcome | None:
    """What an SMTP reply to a message means for its recipient; None for "come back later" (4xx)."""
    if 200 <= code < 300:
        return Outcome.SENT
    return None if 400 <= code < 500 else Outcome.FAILED


def next_try_at(
    attempts: int, first_at: datetime, now: datetime, tries: Tries = USUAL, hours: Hours | None = None
) -> datetime | None:
    """When to try a recipient again after `attempts` tries; None when it counts as failed.

    Where mail leaves only within `hours`, only these count: a night or a weekend in which nobody is tried must not use
    up the time for trying.
    """
    again = now + timedelta(minutes=tries.steps[min(attempts, len(tries.steps)) - 1])
    used = again - first_at if hours is None else hours.open_between(first_at, again)
    return again if used <= timedelta(hours=tries.hours) else None


def read_steps(text: str) -> tuple[int, ...]:
    """Minutes between tries from "5, 15, 30"; raises ValueError with a sentence."""
    parts = [part for part in re.split(r"[\s,;]+", text.strip()) if part]
    if not parts:
        raise ValueError("Enter at least one number of minutes, such as 5, 15, 30.")
    if not all(part.isascii() and part.isdigit() and 1 <= int(part[:6]) <= 1440 for part in parts):
        raise ValueError("Enter whole minutes from 1 to 1440 (a day), with commas between them, such as 5, 15, 30.")
    steps = tuple(int(part) for part in parts)
    if len(steps) > MOST_STEPS:
        raise ValueError(f"Enter at most {MOST_STEPS} numbers; the last one repeats until the time is over.")
    if list(steps) != sorted(steps):
        raise ValueError("Each wait must be at least as long as the one before it, so that a busy server gets air.")
    return steps


def plan_words(tries: Tries) -> str:
    """The plan in a sentence."""
    *front, last = (span_words(minutes) for minutes in tries.steps)
    first = f"after {', then '.join(front)}, then every {_each(last)}" if front else f"every {_each(last)}"
    if tries.steps[-1] >= tries.hours * 60 and front:
        first = f"after {', then '.join(front)}"
    return (
        f"We try again {first}, for {span_words(tries.hours * 60)} after the first try. Then the copy counts as failed."
    )


def _each(span: str) -> str:
    """ "hour" for "1 hour": every hour."""
    return span.removeprefix("1 ")


def span_words(minutes: int) -> str:
    """ "5 minutes", "4 hours", "2 days"."""
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0 and minutes // size:
            count = minutes // size
            return f"{count} {word}{'' if count == 1 else 's'}" if (word, count) != ("day", 1) else "24 hours"
    return "no time"


def server_try_at(failures: int, now: datetime) -> datetime:
    """When to try a mail server again that did not answer so many times in a row."""
    return now + SERVER_STEPS[min(failures, len(SERVER_STEPS)) - 1]


# A wait whose end nobody knows is looked at again after this long.
LOOK_AGAIN = timedelta(seconds=5)
ALL_HELD = "Every mail server is on hold. An administrator can let one work again under Settings, Mail servers."
# So long one sender tries a mail server that failed before, alone.
TRIAL = timedelta(seconds=30)
NEWS_AFTER = timedelta(minutes=1)


def is_usable(relay: Relay, now: datetime) -> bool:
    """Whether a mail server may be given mail now: neither held nor retired, nor left alone because it fails."""
    is_resting = relay.resting_until is not None and relay.resting_until > now
    return relay.held_at is None and relay.retired_at is None and not is_resting


def is_news(relay: Relay, now: datetime) -> bool:
    """Whether it is worth writing down that a mail server works: it did not before, or it was long ago."""
    return relay.failures > 0 or relay.carried_at is None or now - relay.carried_at > NEWS_AFTER


def wait_words(until: datetime, now: datetime) -> str:
    """How long something still waits: "in 5 minutes"."""
    return clock.distance(until, now) if until - now >= timedelta(minutes=1) else "in less than a minute"


def first_part(expected: int, percent: int, least: int) -> int:
    """How many people the first part of a newsletter to so many goes to; 0 when it is too small to have one."""
    return 0 if expected <= 2 * least else max(least, -(-expected * percent // 100))


def first_part_until(now: datetime, minutes: int) -> datetime:
    """How long the rest waits for what the first part shows."""
    return now + timedelta(minutes=minutes)


def first_part_fault(seen: Mapping[str, int], percent: int, least: int, is_sent: bool) -> str:
    """What speaks against sending the rest, in a sentence; "" when nothing does.

    Of a part that is still leaving, as few answers as the smallest part has would say nothing.
    """
    complaints, refused, tried = seen["complaints"], seen["refused"], seen["tried"]
    if complaints:
        who = "Somebody reports" if complaints == 1 else f"{complaints:,} people report"
        return f"{who} it as spam. Nobody else gets it until a person has looked."
    if refused * 100 > tried * percent and (is_sent or tried >= least):
        return (
            f"Of the first {tried:,} copies {refused:,} {'was' if refused == 1 else 'were'} refused, more than "
            f"{percent} %. Nobody else gets it until a person has looked."
        )
    return ""
