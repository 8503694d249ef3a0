"""Which entries tell the same story: the same article, or the same event by tf-idf against a story's first entry; pure.

An entry joins the best-matching first entry ("leader") within 72 hours and is never compared with later ones: chains
of small likenesses would make one story of many. What contradicts is kept apart, and what people decided stands.
"""

import bisect
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from campaigns.digests.facts import STOP, WINDOW_WORDS, Facts, bare_title, conflict, facts_of, words

WINDOW = timedelta(hours=72)
# Towards precision: a wrong merge hides a story, a missed one costs one key press.
ALIKE = 0.65


class Why(StrEnum):
    """Why an entry belongs to its story."""

    FIRST = "first"
    SAME_ARTICLE = "same_article"
    ALIKE = "alike"
    BY_HAND = "by_hand"


@dataclass(frozen=True)
class Item:
    """One entry as clustering sees it. `key` names the article (`keys.key_of`), `at` is when it was news."""

    id: int
    key: str
    title: str
    text: str
    at: datetime
    publisher: str = ""


@dataclass(frozen=True)
class Placement:
    """Where an entry belongs: with the leader `leader_id`, which is its own id when it begins a story."""

    item_id: int
    leader_id: int
    why: Why
    score: float


@dataclass(frozen=True)
class Known:
    """What is there already: leaders that may be joined, whose leader each known article has, and what people decided.

    `together` leads from an article to the leaders that it was merged with by hand, `apart` to those it must not join.
    """

    leaders: Sequence[Item] = ()
    leader_of_key: Mapping[str, int] = field(default_factory=dict)
    together: Mapping[str, int] = field(default_factory=dict)
    apart: Mapping[str, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Read:
    """An item read once: how often each term stands in it, and what it claims."""

    item: Item
    terms: Mapping[str, float]
    facts: Facts


def place(fresh: Iterable[Item], known: Known | None = None) -> list[Placement]:
    """Place new entries, the earliest first, each with its leader, the reason and the likeness (0 to 1)."""
    known = known or Known()
    old = [_read(item) for item in known.leaders]
    new = [_read(item) for item in sorted(fresh, key=lambda item: (item.at, item.id))]
    index = _Index([*old, *new])
    for read in sorted(old, key=lambda read: read.item.at):
        index.add(read)
    by_key = dict(known.leader_of_key)
    placed = []
    for read in new:
        placement = _place(read, index, by_key, known)
        placed.append(placement)
        if read.item.key:
            by_key.setdefault(read.item.key, placement.leader_id)
        if placement.why is Why.FIRST:
            index.add(read)
    return placed


def nearest(item: Item, leaders: Sequence[Item], most: int) -> list[tuple[int, float, str]]:
    """The leaders that are most alike, with the likeness and what contradicts, for a person to judge; none below .2."""
    old, new = [_read(leader) for leader in leaders], _read(item)
    index = _Index([*old, new])
    for read in old:
        index.add(read)
    found = [
        (read.item.id, score, conflict(new.facts, read.facts)) for read, score in index.scored(new) if score >= 0.2
    ]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:most]


def _place(read: _Read, index: "_Index", by_key: Mapping[str, int], known: Known) -> Placement:
    item = read.item
    if item.key in by_key:
        return Placement(item.id, by_key[item.key], Why.SAME_ARTICLE, 1.0)
    if item.key in known.together:
        return Placement(item.id, known.together[item.key], Why.BY_HAND, 1.0)
    leader_id, score = index.best(read, known.apart.get(item.key, frozenset()))
    if leader_id is None:
        return Placement(item.id, item.id, Why.FIRST, 1.0)
    return Placement(item.id, leader_id, Why.ALIKE, score)


def _read(item: Item) -> _Read:
    title = bare_title(item.title, item.publisher)
    heading = [word for word in words(title) if word not in STOP]
    body = [word for word in words(item.text)[:WINDOW_WORDS] if word not in STOP]
    counts = Counter(body)
    for word in heading:
        counts[word] += 2
    counts.update(f"{one} {two}" for one, two in itertools.pairwise(heading))
    terms = {term: 1 + math.log(count) for term, count in counts.items()}
    return _Read(item, terms, facts_of(title, item.text))


class _Index:
    """Leaders by their terms. Looks only where a leader that is alike enough must be found."""

    def __init__(self, everything: Sequence[_Read]) -> None:
        counts: Counter[str] = Counter()
        for read in everything:
            counts.update(read.terms.keys())
        total = len(everything)
        self.idf = {term: math.log((1 + total) / (1 + count)) + 1 for term, count in counts.items()}
        # One order for all, the rarest first: what two that are alike share then stands at the front of both.
        self.rank = {term: at for at, term in enumerate(sorted(counts, key=lambda term: (counts[term], term)))}
        self.postings: dict[str, list[int]] = defaultdict(list)
        self.leaders: list[_Read] = []
        self.vectors: list[Mapping[str, float]] = []

    def add(self, read: _Read) -> None:
        """Let others join this one."""
        number = len(self.leaders)
        self.leaders.append(read)
        vector = self._vector(read)
        self.vectors.append(vector)
        for term in self._telling(vector):
            self.postings[term].append(number)

    def best(self, read: _Read, apart: frozenset[int]) -> tuple[int | None, float]:
        """The leader that is most alike, and how much; None when none is alike enough."""
        vector = self._vector(read)
        likely = set().union(*[self._recent(term, read.item.at) for term in self._telling(vector)])
        found: int | None = None
        highest = ALIKE
        for number in sorted(likely):
            other = self.vectors[number]
            # Of some seventy terms few are shared, and finding those is no work for Python.
            score = math.fsum([vector[term] * other[term] for term in vector.keys() & other.keys()])
            if score >= highest and self._may_join(read, number, apart):
                found, highest = number, score
        return (None, 0.0) if found is None else (self.leaders[found].item.id, min(highest, 1.0))

    def scored(self, read: _Read) -> Iterable[tuple[_Read, float]]:
        """Every leader within the window and its likeness."""
        vector = self._vector(read)
        for leader, other in zip(self.leaders, self.vectors, strict=True):
            if abs(read.item.at - leader.item.at) <= WINDOW:
                yield leader, sum(weight * other.get(term, 0.0) for term, weight in vector.items())

    def _may_join(self, read: _Read, number: int, apart: frozenset[int]) -> bool:
        leader = self.leaders[number]
        if leader.item.id in apart or abs(read.item.at - leader.item.at) > WINDOW:
            return False
        return not conflict(read.facts, leader.facts)

    def _telling(self, vector: Mapping[str, float]) -> list[str]:
        """The rarest terms, of which two that are alike share at least one.

        What is left out weighs less than ALIKE in all, so that by the inequality of Cauchy and Schwarz nothing reaches
        ALIKE through it alone; and since both were cut in the same order, the shared term is among those of both.
        """
        common = sorted(vector, key=self.rank.__getitem__, reverse=True)
        rest = 0.0
        for at, term in enumerate(common):
            rest += vector[term] ** 2
            if rest >= ALIKE**2:
                return common[at:]
        return []

    def _recent(self, term: str, at: datetime) -> list[int]:
        numbers = self.postings.get(term, [])
        # Leaders come in order of time, so that those within the window are the last ones.
        first = bisect.bisect_left(numbers, at - WINDOW, key=lambda number: self.leaders[number].item.at)
        return numbers[first:]

    def _vector(self, read: _Read) -> Mapping[str, float]:
        weights = {term: count * self.idf[term] for term, count in read.terms.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {term: weight / length for term, weight in weights.items()}
