"""What goes into an issue of a digest, in which order and with which words; pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from campaigns import clock, search

HORIZON_DAYS = 35
_SENTENCE_END = re.compile(r"[.!?…。！？][”\"')\]]*$")


class Order(StrEnum):
    """What comes first within a section, after what was picked."""

    NEWEST = "newest"
    MOST_SOURCES = "most_sources"
    NEAREST = "nearest"


class Credit(StrEnum):
    """How the line below a story names its source."""

    SOURCE = "source"
    SOURCE_DATE = "source_date"
    SOURCE_AUTHOR_DATE = "source_author_date"


class Little(StrEnum):
    """What to do when there is little news."""

    SKIP = "skip"
    WAIT = "wait"


@dataclass(frozen=True)
class Part:
    """A section: its heading, which categories belong in it (none: everything that is left), at most how many."""

    title: str
    categories: tuple[str, ...] = ()
    most: int = 0


@dataclass(frozen=True)
class Recipe:
    """What a digest asks for. No categories means all; keywords are words or phrases, any of which must occur."""

    categories: frozenset[str] = frozenset()
    keywords: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    most: int = 10
    most_per_source: int = 0
    order: Order = Order.NEWEST
    only_picked: bool = False
    # Which trust a story needs to go in without being picked.
    trusted: frozenset[str] = frozenset({"own", "partner", "press"})
    only_trusted: bool = False


@dataclass(frozen=True)
class Candidate:
    """A story that no issue printed yet, as the best of its sources tells it."""

    story_id: int
    title: str
    text: str
    url: str
    source: str
    at: datetime
    trust: str
    author: str = ""
    categories: frozenset[str] = frozenset()
    is_picked: bool = False
    is_backlog: bool = False
    sources: int = 1
    summary: str = ""
    words: str = field(default="", compare=False)


@dataclass(frozen=True)
class Section:
    """Chosen stories under one heading; no heading when the digest has no sections."""

    title: str
    stories: list[Candidate]


NEARNESS = {"own": 0, "partner": 1, "press": 2, "other": 3}


def fits(recipe: Recipe, story: Candidate) -> bool:
    """Whether a story belongs in this digest at all."""
    if recipe.categories and not recipe.categories & story.categories:
        return False
    if recipe.only_trusted and story.trust not in recipe.trusted:
        return False
    if recipe.keywords and not any(mentions(story.words, word) for word in recipe.keywords):
        return False
    return not any(mentions(story.words, word) for word in recipe.without)


def mentions(folded: str, phrase: str) -> bool:
    """Whether a text, given as `folded_words`, holds a word or phrase; whole words, except in unspaced scripts."""
    wanted = folded_words(phrase).strip()
    if not wanted:
        return False
    return wanted in folded if search.UNSPACED.search(wanted) else f" {wanted} " in folded


def folded_words(*texts: str) -> str:
    """Texts as one line of folded words with a space around each."""
    return f" {' '.join(word for text in texts for word in search.WORD.findall(search.fold(text)))} "


def choose(recipe: Recipe, stories: Iterable[Candidate]) -> list[Section]:
    """The sections of an issue, picked stories first in each; a section without a story is left out."""
    found = sorted((story for story in stories if _may_enter(recipe, story)), key=lambda story: _rank(recipe, story))
    parts = recipe.parts or (Part(""),)
    chosen: dict[int, list[Candidate]] = {at: [] for at in range(len(parts))}
    total, by_source = 0, Counter[str]()
    for story in found:
        place = _place(parts, chosen, story)
        is_full = recipe.most_per_source and by_source[story.source] >= recipe.most_per_source and not story.is_picked
        if place is None or total >= recipe.most or is_full:
            continue
        chosen[place].append(story)
        by_source[story.source] += 1
        total += 1
    return [Section(part.title, chosen[at]) for at, part in enumerate(parts) if chosen[at]]


def _may_enter(recipe: Recipe, story: Candidate) -> bool:
    if not fits(recipe, story):
        return False
    return story.is_picked or not (recipe.only_picked or story.is_backlog or story.trust not in recipe.trusted)


def _rank(recipe: Recipe, story: Candidate) -> tuple[bool, int, float, int]:
    first = {Order.NEWEST: 0, Order.MOST_SOURCES: -story.sources, Order.NEAREST: NEARNESS.get(story.trust, 9)}
    return not story.is_picked, first[recipe.order], -story.at.timestamp(), story.story_id


def _place(parts: Sequence[Part], chosen: dict[int, list[Candidate]], story: Candidate) -> int | None:
    """The first section with room that names the story's category; else the first with room that takes anything."""
    named = [at for at, part in enumerate(parts) if set(part.categories) & story.categories]
    rest = [at for at, part in enumerate(parts) if not part.categories]
    return next((at for at in named + rest if not parts[at].most or len(chosen[at]) < parts[at].most), None)


def quotation(text: str, most_words: int) -> str:
    """The beginning of a text, at most so many words, up to the end of a sentence where that keeps half of them."""
    words = text.split()
    if most_words <= 0 or not words:
        return ""
    if len(words) <= most_words:
        return " ".join(words)
    kept = words[:most_words]
    for at in range(len(kept) - 1, most_words // 2 - 1, -1):
        if _SENTENCE_END.search(kept[at]):
            return " ".join(kept[: at + 1])
    return f"{' '.join(kept).rstrip(',;:–—-')}…"


def credit(style: str, source: str, author: str, at: datetime | None, zone: str) -> str:
    """The line that says where a story comes from; "" when nobody knows."""
    parts = [source]
    if style == Credit.SOURCE_AUTHOR_DATE and author and author != source:
        parts.append(author)
    if style in (Credit.SOURCE_DATE, Credit.SOURCE_AUTHOR_DATE) and at is not None and source:
        day = clock.wall_time_of(at, zone)
        parts.append(f"{day:%B} {day.day}, {day.year}")
    return ", ".join(filter(None, parts))
