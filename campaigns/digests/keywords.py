"""Keyword rules of a source: which entries are kept, which skipped, and why in a sentence. No patterns, only words."""

from collections.abc import Iterable, Sequence

from campaigns.markup import one_line
from campaigns.search import WORD, fold

MOST = 50
LONGEST = 60


def read(text: str) -> list[str]:
    """The words and phrases in what a person typed, one a line or between commas; each once."""
    parts = (one_line(part) for part in text.replace(",", "\n").splitlines())
    found: dict[str, str] = {}
    for part in parts:
        if folded(part).strip():
            found.setdefault(fold(part), part)
    return list(found.values())


def folded(*texts: str) -> str:
    """Texts for `mentions`: words without case, accents and punctuation, each with a space around it."""
    return f" {' '.join(word for text in texts for word in WORD.findall(fold(text)))} "


def mentions(text: str, phrase: str) -> bool:
    """Whether a folded text holds the phrase as whole words; a star at the end takes every ending ("traffick*")."""
    words = folded(phrase).rstrip()
    return bool(words) and (words if phrase.endswith("*") else f"{words} ") in text


def first_mentioned(text: str, phrases: Iterable[str]) -> str:
    """The first of the phrases that a folded text holds, or ""."""
    return next((phrase for phrase in phrases if mentions(text, phrase)), "")


def why_skipped(keep: Sequence[str], skip: Sequence[str], *texts: str) -> str:
    """Why an entry with these texts is skipped, in a sentence; "" when it is kept. Skipping goes before keeping."""
    if not keep and not skip:
        return ""
    text = folded(*texts)
    if found := first_mentioned(text, skip):
        return f"It mentions “{found}”, which this source skips."
    if keep and not first_mentioned(text, keep):
        return "It mentions none of the words that this source keeps."
    return ""
