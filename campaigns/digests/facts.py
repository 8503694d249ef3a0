"""What a headline claims: its numbers and names, and whether two reports contradict each other; pure."""

import re
from dataclasses import dataclass
from functools import lru_cache

from campaigns import search

WINDOW_WORDS = 60
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
_TOKEN = re.compile(r"[^\W_][\w’'.-]*")
_SUFFIX = re.compile(r"\s+[-–—|·:]\s+([^-–—|·]{2,60})$")
_CAPITALIZED_SHARE = 0.6
# "One" is left out: it counts people as seldom as it does not.
_COUNTING = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
)
_COUNTS = {word: str(number) for number, word in enumerate(_COUNTING.split(), 2)}
_FILLING = (
    "a an and are as at be been but by for from had has have he her his in into is it its more new no not of off on or "
    "our out over said say says she than that the their them they this to up was we were what when where who will with "
    "you your after about el la los las de del en y un una por para con que se su al es"
)
STOP = frozenset(_FILLING.split())
# Words that begin with a capital and name nobody.
_GENERAL = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december police court judge jury county city state man woman men women"
)
_NO_NAMES = frozenset(_GENERAL.split())


@dataclass(frozen=True)
class Facts:
    """What one report says: numbers of the headline and of the first sentence, names in the headline, all words."""

    headline: frozenset[str]
    lead: frozenset[str]
    names: frozenset[str]
    words: frozenset[str]


def bare_title(title: str, publisher: str) -> str:
    """A headline without the publisher's name that many feeds put behind it ("Nine freed - The Tribune")."""
    found = _SUFFIX.search(title)
    if found is None or not publisher:
        return title
    said, known = set(words(found[1])), set(words(publisher))
    return title[: found.start()] if said and known and (said <= known or known <= said) else title


def facts_of(title: str, text: str) -> Facts:
    """The facts of a report; `text` is plain words."""
    lead = _SENTENCE.split(text, maxsplit=1)[0] if text else ""
    return Facts(
        headline=_numbers(title),
        lead=_numbers(lead),
        names=_names(title, text),
        words=frozenset(words(title)) | frozenset(words(text)),
    )


def conflict(one: Facts, other: Facts) -> str:
    """Why two reports cannot be about the same event, in words; "" when nothing speaks against it."""
    if one.headline and other.headline and not (one.headline <= other.headline or other.headline <= one.headline):
        return "the headlines name different numbers"
    if one.lead and other.lead and not one.lead & other.lead:
        return "the first sentences name different numbers"
    if one.names - other.words and other.names - one.words:
        return "each headline names something that the other report does not"
    return ""


def words(text: str) -> list[str]:
    """The words of a text in order, folded; stretches of scripts without spaces as pairs."""
    found: list[str] = []
    for word in search.WORD.findall(search.fold(text)):
        stretches = [] if word.isascii() else search.UNSPACED.findall(word)
        if not stretches:
            found.append(_stem(word))
        for stretch in stretches:
            found += [stretch[i : i + 2] for i in range(len(stretch) - 1)] or [stretch]
    return found


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    # Plural and genitive only; more would take names apart.
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def _numbers(text: str) -> frozenset[str]:
    found = {number.replace(",", "") for number in _NUMBER.findall(text)}
    return frozenset(found | {_COUNTS[word] for word in text.lower().split() if word in _COUNTS})


def _names(title: str, text: str) -> frozenset[str]:
    tokens = _TOKEN.findall(title)
    telling = [token for token in tokens if len(token) > 3]
    capitalized = [token for token in telling if token[0].isupper()]
    if not telling or title.isupper():
        return frozenset()
    in_text = _capitalized_inside(text)
    if len(capitalized) > _CAPITALIZED_SHARE * len(telling):
        # "Man Sentenced For Trafficking": here capitals say nothing, only the text tells names apart.
        return frozenset(name for token in tokens if token[0].isupper() and (name := _name(token)) in in_text)
    first = {_name(tokens[0])} & in_text if tokens and tokens[0][0].isupper() else set()
    return frozenset({name for token in tokens[1:] if token[0].isupper() and (name := _name(token))} | first)


def _capitalized_inside(text: str) -> set[str]:
    found = set()
    for sentence in _SENTENCE.split(text):
        found |= {_name(token) for token in _TOKEN.findall(sentence)[1:] if token[0].isupper()}
    return found - {""}


def _name(token: str) -> str:
    said = words(token)
    return said[0] if len(said) == 1 and len(said[0]) > 2 and said[0] not in STOP and said[0] not in _NO_NAMES else ""
