"""How a newsletter's audience and time are said in words on staff pages; pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import SequenceMatcher

from campaigns import clock
from campaigns.audience.rhythms import NAMES as RHYTHMS
from campaigns.newsletters.documents import Document

NO_TIME = "at a time that is still to be chosen"
ON_APPROVAL = "one minute after it is approved"
ON_SENDING = "one minute after somebody presses Send"
ALIKE = 0.4
# From here on words that come again and again are no longer compared one by one, since that takes their square.
MANY = 600


def when(document: Document, now: datetime, is_approved: bool = False) -> str:
    """When it leaves: "on Thu 3 Dec, 8:00 am PT (in 2 days)", in the zone that the author chose."""
    if document.send_mode == "now":
        return ON_SENDING if is_approved else ON_APPROVAL
    return at(document.send_at, document, now) if document.send_at else NO_TIME


def at(instant: datetime, document: Document, now: datetime) -> str:
    """ "on Thu 3 Dec, 8:00 am PT (in 2 days)", in the zone that the author chose."""
    return f"on {clock.friendly(instant, document.send_zone, now)}"


def capital(sentence: str) -> str:
    """The words with a large first letter."""
    return sentence[:1].upper() + sentence[1:]


def names(ids: Iterable[int], known: Mapping[int, str]) -> list[str]:
    """The names of lists, in the order of the ids; a list that is gone is named so."""
    return [known.get(number, "a list that was removed") for number in ids]


def joined(words: Iterable[str]) -> str:
    """ "Newsletter, Coalition and Youth"."""
    *front, last = list(words) or [""]
    return f"{', '.join(front)} and {last}" if front else last


def audience(document: Document, known: Mapping[int, str], reached: str = "") -> str:
    """ "Newsletter and Coalition, without Youth"; a sentence when no list is chosen.

    `reached` is the name of the newsletter that its readers got, where it is only for those.
    """
    if not document.lists:
        return "No list chosen yet"
    without = f", without {joined(names(document.minus, known))}" if document.minus else ""
    return joined(names(document.lists, known)) + readers(document, reached) + without


def readers(document: Document, reached: str = "") -> str:
    """ " (who chose once a week)", " (only who got “December news”)", or nothing for everybody."""
    chose = [f"who chose {RHYTHMS.get(document.rhythm, document.rhythm).lower()}"] if document.rhythm else []
    got = [f"only who got “{reached or 'another newsletter'}”"] if document.reached else []
    return f" ({', '.join(chose + got)})" if chose or got else ""


def doubt(leaves_uncertain: bool) -> str:
    """What happens to a copy of which nobody knows whether it arrived."""
    if leaves_uncertain:
        return "It is left to a person, who decides. Nobody gets two copies unasked, but somebody may get none."
    return "It is sent again with the same mark: nobody is left out, and most mail programs show two copies as one."


def saved(state: str, at: datetime, zone: str) -> str:
    """ "Draft, saved 9:41 am"."""
    local = at.astimezone(clock.zone(zone))
    hour = local.strftime("%I").lstrip("0")
    return f"{state.replace('_', ' ').capitalize()}, saved {hour}:{local:%M} {local.strftime('%p').lower()}"


def pieces(before: str, after: str) -> list[tuple[str, str]]:
    """Two texts as one: ("same" | "gone" | "new", words). Texts with little in common stay apart."""
    # A space goes with the word after it: thousands of equal pieces would take seconds to compare.
    old, new = re.findall(r"\s*\S+|\s+", before), re.findall(r"\s*\S+|\s+", after)
    matcher = SequenceMatcher(None, old, new, autojunk=len(new) > MANY)
    if not before or not after or matcher.ratio() < ALIKE:
        between = "\n" if before and after else ""
        return [pair for pair in (("gone", before), ("same", between), ("new", after)) if pair[1]]
    found = []
    for kind, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(old[from_old:to_old])))
            continue
        found += [("gone", "".join(old[from_old:to_old]))] if to_old > from_old else []
        found += [("new", "".join(new[from_new:to_new]))] if to_new > from_new else []
    return found
