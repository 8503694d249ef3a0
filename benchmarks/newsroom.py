"""Made-up news for comparisons: words as frequent as in a language, events with people, places and numbers, some told
again by other papers in other words. The same seed gives the same news."""

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from campaigns.digests.clustering import Item

BEGAN = datetime(2026, 11, 2, tzinfo=UTC)
SPAN = timedelta(days=10)
AGAIN = 0.2
_SYLLABLES = [first + second for first in "bdfghklmnpr" for second in "aeio"]


def items(count: int, seed: int = 7) -> list[Item]:
    """So many entries over ten days, a fifth of them about an event that was told before within two days."""
    chance = random.Random(seed)  # noqa: S311 - made-up news guards nothing
    words = _Words(chance)
    told: list[tuple[list[str], list[str], datetime]] = []
    found = []
    for number in range(count):
        at = BEGAN + SPAN * number / count
        recent = [one for one in told[-40:] if at - one[2] < timedelta(days=2)]
        if recent and chance.random() < AGAIN:
            heading, body, _ = chance.choice(recent)
            heading, body = words.retold(heading, 0.15), words.retold(body, 0.25)
        else:
            heading, body = words.heading(), words.body()
            told.append((heading, body, at))
        title, text = " ".join(heading).capitalize(), " ".join(body)
        found.append(Item(number + 1, f"https://paper{number % 100}.example/{number}", title, text, at, ""))
    return found


class _Words:
    """Words by rank, as often as their rank says (Zipf), and names that hardly anybody shares."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.words = ["".join(parts) for parts in itertools.islice(_combined(), 20_000)]
        chance.shuffle(self.words)
        self.weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(self.words))))

    def some(self, count: int) -> list[str]:
        """So many words."""
        return self.chance.choices(self.words, cum_weights=self.weights, k=count)

    def name(self) -> str:
        """A person or a place."""
        return "".join(self.chance.choices(_SYLLABLES, k=4)).capitalize()

    def heading(self) -> list[str]:
        """Nine words of an event: what happened, who, where, how many."""
        return [*self.some(5), self.name(), self.name(), str(self.chance.randrange(2, 90)), *self.some(1)]

    def body(self) -> list[str]:
        """The first sentences."""
        return [
            *self.some(50),
            self.name(),
            self.name(),
            self.name(),
            str(self.chance.randrange(2, 900)),
            *self.some(20),
        ]

    def retold(self, told: list[str], part: float) -> list[str]:
        """The same with a part of the words in lower case replaced."""
        return [self.some(1)[0] if word.islower() and self.chance.random() < part else word for word in told]


def _combined() -> Iterator[tuple[str, ...]]:
    for length in (2, 3):
        yield from itertools.product(_SYLLABLES, repeat=length)
