"""Search of our own, the same on every engine: words cut to prefixes, Chinese and its like to characters and pairs."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Index, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql import Select

from campaigns.db import Base

# Scripts written without spaces: Han, kana, Thai, Lao, Burmese, Khmer; in Hangul particles cling to the words.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]+"
)
# Vowel signs of Indic, Thai, Burmese and Khmer are marks, which \w leaves out, and still part of the word.
WORD = re.compile("(?:[^\\W_]|[\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])+")
# Letters whose stroke or ring is no separate accent in Unicode, and which people type without it.
PLAIN = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})


class SearchWord(Base):
    """One word of one thing; `kind` is a table's name and `ref` the id of a row in it."""

    __tablename__ = "search_word"
    __table_args__ = (Index(None, "kind", "ref"), Index(None, "kind", "word", "ref"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ref: Mapped[int]
    word: Mapped[str]


def words_of(text: str) -> set[str]:
    """The words under which a text is found: folded (NFKC, lower case, no accents); unspaced scripts also as pairs."""
    found: set[str] = set()
    for word in WORD.findall(fold(text)):
        found.add(word)
        for stretch in UNSPACED.findall(word):
            found.update(stretch)
            found.update(stretch[i : i + 2] for i in range(len(stretch) - 1))
    return found


def fold(text: str) -> str:
    """A text without case, width and accents: "Núñez" and "NUNEZ" become the same."""
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(PLAIN)
    spread = unicodedata.normalize("NFKD", lowered)
    return unicodedata.normalize("NFC", "".join(c for c in spread if not unicodedata.combining(c) or _belongs(c)))


def _belongs(character: str) -> bool:
    # Vowel signs of Indic and Khmer scripts are combining too, but a word without them is another word.
    return (
        unicodedata.category(character) == "Mc"
        or "\u0900" <= character <= "\u0dff"
        or "\u1780" <= character <= "\u17ff"
    )


def put(session: Session, kind: str, ref: int, *texts: str) -> None:
    """Record under which words a thing is found, in the caller's transaction; what was there before goes."""
    session.execute(delete(SearchWord).where(SearchWord.kind == kind, SearchWord.ref == ref))
    words = set().union(*(words_of(text) for text in texts if text))
    if words:
        session.execute(insert(SearchWord), [{"kind": kind, "ref": ref, "word": word} for word in sorted(words)])


def put_many(session: Session, kind: str, texts: Mapping[int, Sequence[str]]) -> None:
    """Record many things that are new, in the caller's transaction: one statement for all of them."""
    rows = [
        {"kind": kind, "ref": ref, "word": word}
        for ref, parts in texts.items()
        for word in sorted(set().union(*(words_of(text) for text in parts if text)))
    ]
    if rows:
        session.execute(insert(SearchWord.__table__), rows)  # type: ignore[arg-type]


def remove(session: Session, kind: str, ref: int) -> None:
    """Forget a thing, in the caller's transaction."""
    put(session, kind, ref)


def remove_many(session: Session, kind: str, refs: Sequence[int]) -> None:
    """Forget many things, in the caller's transaction."""
    session.execute(delete(SearchWord).where(SearchWord.kind == kind, SearchWord.ref.in_(refs)))


def matching(kind: str, question: str) -> list[Select[Any]]:
    """One sub-select of ids per word of the question; a thing matches when its id is in every one of them.

    A word matches by its beginning; a stretch of an unspaced script by each pair in it.
    """
    return [
        select(SearchWord.ref).where(
            SearchWord.kind == kind, SearchWord.word >= word, SearchWord.word < word + "\U0010ffff"
        )
        for word in _asked(question)
    ]


def _asked(question: str) -> list[str]:
    asked: list[str] = []
    for word in WORD.findall(fold(question)):
        stretches = UNSPACED.findall(word)
        if not stretches:
            asked.append(word)
        for stretch in stretches:
            asked.extend(stretch[i : i + 2] for i in range(len(stretch) - 1)) if len(stretch) > 1 else asked.append(
                stretch
            )
    return asked
