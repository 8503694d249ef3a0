"""Decisions about newsletters: what is missing, what a state allows, what an approval covers; pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns import clock
from campaigns.newsletters import links, merge
from campaigns.newsletters.blocks import Block, Button, Divider, Heading, Image, Quote, Safety, Story, TextBlock
from campaigns.newsletters.documents import Document, Text
from campaigns.newsletters.frame import Picture
from campaigns.newsletters.render import MAX_BYTES, WARN_BYTES
from campaigns.planning.models import ItemState as State

STOP_WINDOW = timedelta(seconds=60)
LATENESS = timedelta(minutes=60)
BIN_DAYS = 30
COUNT_TOLERANCE = 0.10
LONG_SUBJECT = 78

_BEFORE_LAUNCH = frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.HELD, State.MISSED})
_UNDER_WAY = frozenset({State.SENDING, State.PAUSED})


@dataclass(frozen=True)
class Problem:
    """Something to put right. A "must" keeps the newsletter from being submitted, a "should" is advice."""

    severity: str
    title: str
    text: str
    block_id: str = ""
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
    """Whether a person may start or schedule the sending."""
    return state in (State.APPROVED, State.HELD)


def may_stop(state: str) -> bool:
    """Whether the launch can still be stopped."""
    return state in (State.SCHEDULED, State.HELD)


def may_pause(state: str) -> bool:
    """Whether the sending can be held."""
    return state == State.SENDING


def may_resume(state: str) -> bool:
    """Whether a held sending can go on."""
    return state == State.PAUSED


def may_cancel(state: str) -> bool:
    """Whether a sending under way can be ended for good."""
    return state in _UNDER_WAY


def may_follow(state: str) -> bool:
    """Whether it is clear who got it, so that a correction can go to exactly those."""
    return state in (State.SENT, State.PAUSED, State.CANCELED)


def may_retry(state: str) -> bool:
    """Whether copies of it can be sent again."""
    return state in _UNDER_WAY | {State.SENT}


def may_bin(state: str) -> bool:
    """Whether it may go to the bin: not while it is on its way, and what was sent stays for the record."""
    return state in (State.DRAFT, State.APPROVED, State.IN_REVIEW, State.MISSED)


def count_differs(approved: int, now: int) -> bool:
    """Whether the number of people is more than a tenth away from the one that was approved."""
    return abs(now - approved) > approved * COUNT_TOLERANCE


def launch_time(send_at: datetime | None, now: datetime) -> datetime:
    """When it leaves: at its time, and never before a person had a minute to stop it."""
    earliest = now + STOP_WINDOW
    return max(send_at, earliest) if send_at else earliest


def is_missed(launch_at: datetime, now: datetime) -> bool:
    """Whether so much time has passed that sending it unasked would be wrong."""
    return now - launch_at > LATENESS


def is_stale(stale_at: datetime | None, now: datetime) -> bool:
    """Whether it would announce what has begun already."""
    return stale_at is not None and now >= stale_at


def summary(subject: str, list_names: list[str], minus_names: list[str], people: int, when: str) -> str:
    """What, to whom and when, in one sentence. `when` is "now" or words such as "on Thu 3 Dec, 8:00 am PT"."""
    lists = _and(list_names) or "nobody yet"
    without = f", without those on {_and(minus_names)}" if minus_names else ""
    count = f"{people:,} {'person' if people == 1 else 'people'}"
    return f"“{subject}” goes to {count} on {lists}{without}, {when}."


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def content_hash(document: Document, forms: Mapping[str, str], pictures: Mapping[str, Picture]) -> str:
    """What an approval covers: the compiled form of each language, images by content, audience rule and send time.

    `forms` holds the JSON of each language's form, which includes headers and footer.
    """
    covered: dict[str, object] = {
        "forms": dict(forms),
        "images": {token: picture.digest for token, picture in pictures.items()},
        "lists": document.lists,
        "minus": document.minus,
        "send": [document.send_mode, document.send_wall if document.send_mode == "at" else "", document.send_zone],
    }
    if document.rhythm:
        covered["rhythm"] = document.rhythm
    if document.reached:
        covered["reached"] = document.reached
    if document.leaves_uncertain:
        covered["leaves_uncertain"] = True
    return hashlib.sha256(json.dumps(covered, sort_keys=True).encode()).hexdigest()


def problems_of(text: Text, pictures: Mapping[str, Picture]) -> list[Problem]:
    """What is missing or doubtful in one language version."""
    found = list(_lines(text))
    for number, block in enumerate(text.blocks, 1):
        found += _block_problems(block, f"block {number}", pictures)
    if not any(not isinstance(block, Divider | Safety) for block in text.blocks):
        found.append(_must("There is nothing to read yet", "Add a text, a heading or an image.", field="blocks"))
    return found


def _lines(text: Text) -> Iterator[Problem]:
    if not text.subject:
        yield _must("The subject is missing", "It is the first thing that people read.", field="subject")
    elif len(merge.shown(text.subject)) > LONG_SUBJECT:
        yield _should("The subject is long", "Telephones show about the first 40 characters.", field="subject")
    if not text.preheader:
        yield _should(
            "There is no preview line", "Without it, mail programs show the first words they find.", field="preheader"
        )
    for field, value in (("subject", text.subject), ("preheader", text.preheader)):
        yield from _merge_problems(value, f"the {'subject' if field == 'subject' else 'preview line'}", field=field)


def _block_problems(block: Block, where: str, pictures: Mapping[str, Picture]) -> Iterator[Problem]:
    match block:
        case Heading() | TextBlock():
            word = "heading" if isinstance(block, Heading) else "text"
            if not block.text:
                yield _must(f"The {word} in {where} is empty", "Write something, or remove the block.", block.id)
            yield from _merge_problems(block.text, where, block.id)
        case Quote():
            if not block.text:
                yield _must(f"The quote in {where} is empty", "Write something, or remove the block.", block.id)
            yield from _merge_problems(block.text, where, block.id)
        case Button():
            yield from _button_problems(block, where)
        case Image():
            yield from _image_problems(block, where, pictures)
        case Story():
            yield from _story_problems(block, where)
        case Divider() | Safety():
            return


def _story_problems(block: Story, where: str) -> Iterator[Problem]:
    if not block.title:
        yield _must(f"The story in {where} has no headline", "Write one, or remove the block.", block.id)
    if not block.source:
        yield _must(f"The story in {where} names no source", "Say whose news it is.", block.id)
    if not block.url:
        yield _must(f"The story in {where} leads nowhere", "Add the address where it can be read.", block.id)
    elif not links.web(block.url):
        text = "It must begin with https:// or http://."
        yield _must(f"The address of the story in {where} cannot be used", text, block.id)
    if block.image and not block.alt:
        text = "Say what it shows, for those who cannot see it."
        yield _must(f"The picture of the story in {where} has no description", text, block.id)


def _button_problems(block: Button, where: str) -> Iterator[Problem]:
    if not block.label:
        yield _must(f"The button in {where} has no words", "Say what happens: “Read the guide”.", block.id)
    if not block.url:
        yield _must(f"The button in {where} leads nowhere", "Add the address of the page it opens.", block.id)
    elif fault := links.fault(block.url):
        yield _must(f"The address of the button in {where} cannot be used", fault, block.id)
    yield from _merge_problems(block.label, where, block.id)


def _image_problems(block: Image, where: str, pictures: Mapping[str, Picture]) -> Iterator[Problem]:
    if block.image not in pictures:
        yield _must(f"The image in {where} is missing", "Choose a picture, or remove the block.", block.id)
    if not block.alt and not block.is_decorative:
        yield _must(
            f"The image in {where} has no description",
            "Say what it shows, for those who cannot see it, or mark it as decoration.",
            block.id,
        )
    if fault := links.fault(block.link):
        yield _must(f"The link of the image in {where} cannot be used", fault, block.id)


def _merge_problems(text: str, where: str, block_id: str = "", field: str = "") -> Iterator[Problem]:
    for sentence in merge.faults(text):
        yield _must(f"A merge field in {where} is unknown", sentence, block_id, field)
    for found in merge.fields_of(text):
        if not found.fallback:
            advice = f"Write {{{{ {found.name} | friend }}}}, so that nobody reads an empty place."
            yield _should(f"A merge field in {where} has nothing to fall back on", advice, block_id, field)
    if "](" in text and any("{{" in part.partition(")")[0] for part in text.split("](")[1:]):
        yield _must(f"A link in {where} holds a merge field", "Fields cannot be part of an address.", block_id, field)


def size_problems(size: int) -> list[Problem]:
    """What to say about the bytes of the encoded HTML."""
    told = f"It is {-(-size // 1024)} KB; mail programs cut messages at about 100 KB."
    if size > MAX_BYTES:
        return [_must("The newsletter is too long", f"{told} Please shorten it or split it in two.")]
    return [_should("The newsletter is long", told)] if size > WARN_BYTES else []


def plan_problems(
    document: Document, people: int, has_sender: bool, now: datetime, is_practice: bool = False
) -> list[Problem]:
    """What is missing about sender, audience and time. `people` is how many would get it now."""
    found = []
    if not has_sender:
        # A newcomer's first practice must not wait for an administrator to add senders.
        text = "For practice it comes from the organization." if is_practice else "Choose who it comes from."
        severity = "should" if is_practice else "must"
        found.append(Problem(severity, "Nobody is named as the sender", text, field="sender_id"))
    if not document.lists:
        found.append(_must("No list is chosen", "Choose at least one list of readers.", field="lists"))
    elif not people:
        found.append(_must("Nobody would get it", "Nobody on the chosen lists can be written to now.", field="lists"))
    if document.send_mode == "at":
        if document.send_at is None:
            text = "Choose a day and a time, or send it by hand."
            found.append(_must("The time is missing", text, field="send_wall"))
        elif document.send_at <= now:
            found.append(_must("The chosen time has passed", "Choose a later one.", field="send_wall"))
        elif document.wall and clock.is_skipped(document.wall, document.send_zone):
            text = "The clocks go forward that night and skip this hour. Choose another one."
            found.append(_must("There is no such time on that day", text, field="send_wall"))
    return found


def imprint_problems(postal_address: str, is_practice: bool) -> list[Problem]:
    """What the law asks for in every newsletter."""
    if postal_address.strip():
        return []
    text = "The law asks for it in every newsletter. An administrator can add it under Settings, Organization."
    return [Problem("should" if is_practice else "must", "Our postal address is missing", text)]


def archived_list_problems(names: list[str]) -> list[Problem]:
    """What to say about chosen lists that were put away."""
    return [_must(f"The list {name} is archived", "Choose another one.", field="lists") for name in names]


def list_id(organization: str, lists: list[tuple[str, str]], address: str) -> str:
    """The List-Id (RFC 2919): the list's own when there is one list (slug, name), else the organization's."""
    domain = address.rpartition("@")[2] or "localhost"
    slug, name = lists[0] if len(lists) == 1 else ("all", "")
    phrase = f"{organization} {name}".replace("<", "").replace(">", "").strip()
    return f"{phrase} <{slug}.{domain}>"


def in_order(problems: list[Problem]) -> list[Problem]:
    """What must be put right first."""
    return sorted(problems, key=lambda problem: not problem.is_must)


def _must(title: str, text: str, block_id: str = "", field: str = "") -> Problem:
    return Problem("must", title, text, block_id, field)


def _should(title: str, text: str, block_id: str = "", field: str = "") -> Problem:
    return Problem("should", title, text, block_id, field)
