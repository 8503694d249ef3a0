"""A long text cut into the messages of a thread: between paragraphs, sentences, or words if need be. Pure."""

import re
from collections.abc import Callable

Fits = Callable[[str], bool]

_PARAGRAPH = re.compile(r"\n\s*\n\s*")
# The next sentence must begin like one; Chinese and Japanese leave no space between them.
_SENTENCE = re.compile(r"[.!?…]+[\"”’)\]]*\s+(?=[\"“‘(\[]*[^\Wa-z_])|[。！？]+[”」』）]*\s*|\n+")
_WORD = re.compile(r"\s+")
# A full stop in these ends no sentence.
_SHORT = re.compile(r"(?:\b[A-Z]|\b(?:Dr|Mr|Ms|Mrs|St|Jr|Sr|vs|No|e\.g|i\.e))\.\s+$")


def split(text: str, fits: Fits) -> list[str]:
    """The text in as few messages as its ends allow, each of which `fits`; one message when it fits as a whole."""
    text = text.strip()
    if fits(text):
        return [text]
    return [found for part in _pack(text, [_PARAGRAPH, _SENTENCE, _WORD], fits) if (found := part.strip())]


def _pack(text: str, ends: list[re.Pattern[str]], fits: Fits) -> list[str]:
    """Pieces put together again as long as they fit; one that does not fit alone is cut at the next smaller ends."""
    if not ends:
        return _by_force(text, fits)
    found: list[str] = []
    for piece in _pieces(text, ends[0]):
        if found and fits((found[-1] + piece).strip()):
            found[-1] += piece
        elif fits(piece.strip()):
            found.append(piece)
        else:
            found += _pack(piece, ends[1:], fits)
    return found


def _pieces(text: str, end: re.Pattern[str]) -> list[str]:
    """The stretches of a text, each with the space behind it."""
    found, start = [], 0
    for match in end.finditer(text):
        piece = text[start : match.end()]
        if end is _SENTENCE and _SHORT.search(piece):
            continue
        found.append(piece)
        start = match.end()
    return [*found, text[start:]] if start < len(text) else found


def _by_force(text: str, fits: Fits) -> list[str]:
    """A single word that is longer than a message; it is cut where it must be."""
    found = []
    while text:
        low, high = 1, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(text[:middle].strip()) else (low, middle - 1)
        found.append(text[:low])
        text = text[low:]
    return found
