"""What a script sounds like: written text becomes the words that are read aloud, and those become seconds. Pure.

"21" is two words, 1-510-208-4959 eleven, info@heatwatch.org five: counting what is written would let every script with
a telephone number run over. What stands in [brackets] is for the reader's eyes and is not counted.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from campaigns.radio import numbers

WORDS_A_MINUTE = 150
# Names that look like initials and are read as words.
SAID_AS_WORDS = frozenset(
    {"AIDS", "AMBER", "COVID", "DARE", "FEMA", "HIPAA", "HUD", "NASA", "NATO", "NIMBY", "OSHA", "PIN", "RADAR"}
    | {"SWAT", "UNESCO", "UNICEF", "VOCA", "ZIP"}
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_SHORT = {
    "dr.": "doctor", "mr.": "mister", "mrs.": "missus", "ms.": "miz", "st.": "saint", "vs.": "versus", "no.": "number",
    "etc.": "et cetera", "e.g.": "for example", "i.e.": "that is", "a.m.": "a m", "p.m.": "p m", "u.s.": "u s",
    "ave.": "avenue", "blvd.": "boulevard", "jr.": "junior", "sr.": "senior", "ext.": "extension", "approx.": "about",
}  # fmt: skip
_SIGNS = {"&": "and", "+": "plus", "=": "equals", "%": "percent", "@": "at", "#": "number", "°": "degrees"}
_UNITS = {"k": ["thousand"], "m": ["million"], "b": ["billion"], "bn": ["billion"]}


@dataclass(frozen=True)
class Reading:
    """How long a text takes. `words` are the spoken ones."""

    words: int
    seconds: float


def reading(text: str, words_a_minute: int, pronunciations: Mapping[str, str] | None = None) -> Reading:
    """The spoken words of a text and the seconds that a reader of that pace takes."""
    count = len(spoken_words(text, pronunciations))
    return Reading(count, round(count * 60 / words_a_minute, 1))


def words_in(seconds: int, words_a_minute: int) -> int:
    """How many spoken words fit."""
    return seconds * words_a_minute // 60


def spoken_words(text: str, pronunciations: Mapping[str, str] | None = None) -> list[str]:
    """The words of an English text as they are read aloud, in order, in lower case.

    `pronunciations` maps what is written to how it is read ("H.E.A.T." -> "heat"); it goes before every other rule.
    """
    text = re.sub(r"\[[^\[\]]*\]", " ", unicodedata.normalize("NFKC", text)).replace("’", "'")
    if _shouts(text):
        text = text.lower()
    for written in sorted(pronunciations or {}, key=len, reverse=True):
        said = (pronunciations or {})[written]
        text = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", f" {said} ", text)
    found: list[str] = []
    at = 0
    for match in _TOKEN.finditer(text):
        found += _plain(text[at : match.start()])
        kind = match.lastgroup or ""
        found += _READERS[kind](match[0])
        at = match.end()
    return found + _plain(text[at:])


def _shouts(text: str) -> bool:
    """Whether all of it is in capitals, as some stations want scripts: then capitals tell nothing of initials."""
    letters = [character for character in text if character.isalpha()]
    return len(letters) > 30 and sum(map(str.isupper, letters)) > 0.8 * len(letters)


def _plain(text: str) -> list[str]:
    words: list[str] = []
    for piece in text.split():
        words += _piece(piece)
    return words


def _piece(piece: str) -> list[str]:
    bare = piece.strip("\"“”()…,;:!?'*_")
    if (known := _SHORT.get(bare.lower())) is not None:
        return known.split()
    if re.fullmatch(r"(?:[A-Za-z]\.){2,}[A-Za-z]?", bare):
        return [letter.lower() for letter in bare if letter != "."]
    bare = bare.strip(".")
    if (sign := _SIGNS.get(bare)) is not None:
        return [sign]
    words = []
    for part in re.split(r"[-–—/_.]+", bare):
        words += _word(part)
    return words


def _word(part: str) -> list[str]:
    if not any(character.isalnum() for character in part):
        return []
    if part.isdecimal():
        return numbers.cardinal(int(part)) if len(part) < 16 else numbers.digits(part)
    letters = part[:-2] if part.endswith("'s") else part
    # More than five capitals are a word that somebody stresses.
    if 2 <= len(letters) <= 5 and letters.isascii() and letters.isalpha() and letters.isupper():
        return [letters.lower()] if letters in SAID_AS_WORDS else list(letters.lower())
    if mixed := re.fullmatch(r"([A-Za-z]+)(\d+)|(\d+)([A-Za-z]+)", part):
        words: list[str] = []
        for half in filter(None, mixed.groups()):
            words += _word(half)
        return words
    return [part.lower()]


def _address(text: str) -> list[str]:
    """A web or mail address: letters between the signs are words, the signs have names."""
    text = re.sub(r"^https?://", "", text).rstrip("/")
    names = {".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", "?": "question mark", "=": "equals",
             "#": "hashtag", "&": "and", "+": "plus", ":": "colon", "%": "percent", "~": "tilde"}  # fmt: skip
    words: list[str] = []
    for part in re.findall(r"[A-Za-z]+|\d+|.", text):
        if part.isdecimal():
            words += numbers.digits(part) if len(part) > 2 else numbers.cardinal(int(part))
        elif part.lower() == "www":
            words += ["w", "w", "w"]
        elif part in names:
            words += names[part].split()
        else:
            words.append(part.lower())
    return words


def _date(text: str) -> list[str]:
    month, day, *rest = re.findall(r"[A-Za-z]+|\d+", text)
    words = [_month(month), *numbers.ordinal(int(day))]
    years = [part for part in rest if part.isdecimal()]
    return words + (numbers.year(int(years[0])) if years else [])


def _month(text: str) -> str:
    return next(name for name in _MONTHS if name.lower().startswith(text.lower()[:3])).lower()


def _numeric_date(text: str) -> list[str]:
    month, day, *rest = (int(part) for part in text.split("/"))
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return [word for part in text.split("/") for word in numbers.cardinal(int(part))]
    years = numbers.year(rest[0] if rest[0] > 99 else 2000 + rest[0]) if rest else []
    return [_MONTHS[month - 1].lower(), *numbers.ordinal(day), *years]


def _iso_date(text: str) -> list[str]:
    whole, month, day = (int(part) for part in text.split("-"))
    return [_MONTHS[month - 1].lower(), *numbers.ordinal(day), *numbers.year(whole)]


def _time(text: str) -> list[str]:
    hour, minute, half = re.fullmatch(r"(\d{1,2})(?::(\d\d))?\s*([AaPp]?)\.?[Mm]?\.?", text).groups()  # type: ignore[union-attr]
    return [*numbers.clock_time(int(hour), int(minute or 0)), *([half.lower(), "m"] if half else [])]


def _money(text: str) -> list[str]:
    found = re.fullmatch(r"([$€£])\s?([\d,]*\d(?:\.\d+)?)\s*(k|m|b|bn|thousand|million|billion)?", text, re.IGNORECASE)
    sign, amount, scale = found.groups()  # type: ignore[union-attr]
    one, small = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}[sign]
    amount = amount.replace(",", "")
    if scale:
        return [*numbers.decimal(amount), *_UNITS.get(scale.lower(), [scale.lower()]), f"{one}s"]
    return numbers.money(amount, one, small)


def _number(text: str) -> list[str]:
    plain, percent = text.replace(",", "").rstrip("%"), text.endswith("%")
    words = numbers.decimal(plain) if "." in plain else numbers.cardinal(int(plain))
    return [*words, *(["percent"] if percent else [])]


def _year(text: str) -> list[str]:
    return numbers.year(int(text.rstrip("s'")))


def _always(text: str) -> list[str]:
    return [word for part in text.split("/") for word in numbers.cardinal(int(part))]


def _code(text: str) -> list[str]:
    word, number = text.split()
    return [word.lower(), *numbers.digits(number)]


def _ordinal(text: str) -> list[str]:
    return numbers.ordinal(int(re.sub(r"\D", "", text)))


def _frequency(text: str) -> list[str]:
    number, band = text.split()
    return [*numbers.decimal(number), *band.lower()]


_READERS: dict[str, Callable[[str], list[str]]] = {
    "address": _address,
    "phone": numbers.digits,
    "short": numbers.digits,
    "code": _code,
    "date": _date,
    "slashed": _numeric_date,
    "iso": _iso_date,
    "time": _time,
    "money": _money,
    "always": _always,
    "frequency": _frequency,
    "ordinal": _ordinal,
    "year": _year,
    "number": _number,
}
_ENDINGS = "com|org|net|gov|edu|info|io|us|fm|tv|social"
_ADDRESS = (
    r"https?://[^\s<>\"“”]+[\w/]"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?:www\.)?[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*"
    rf"\.(?:{_ENDINGS})\b(?:/[\w./?=&%#-]*[\w/])?"
)
_PHONE = (
    r"(?<![\w.])(?:\+?1[-. ])?(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}(?!\d)"
    r"|(?<![\w.])\d{3}-\d{4}(?!\d)"
)
_TOKEN = re.compile(
    "|".join(
        (
            rf"(?P<address>{_ADDRESS})",
            rf"(?P<phone>{_PHONE})",
            r"(?P<short>(?<![\w.,$-])[2-9]11(?![\w,-]|\.\d))",
            r"(?P<code>\b(?:text|dial|code)\s+\d{3,6}\b)",
            rf"(?P<date>\b{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}}\b)?)",
            r"(?P<iso>\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b)",
            r"(?P<always>\b(?:24/7|9/11)\b)",
            r"(?P<slashed>\b\d{1,2}/\d{1,2}(?:/(?:\d{4}|\d{2}))?\b)",
            r"(?P<time>\b(?:[01]?\d|2[0-3]):[0-5]\d(?:\s*[AaPp]\.?[Mm]\b\.?)?|\b(?:1[0-2]|[1-9])\s*[AaPp]\.?[Mm]\b\.?)",
            r"(?P<money>[$€£]\s?\d[\d,]*(?:\.\d+)?(?:\s*(?:k|m|bn|b|thousand|million|billion)\b)?)",
            r"(?P<frequency>\b\d{2,4}(?:\.\d)?\s+(?:FM|AM)\b)",
            r"(?P<ordinal>\b\d+(?:st|nd|rd|th)\b)",
            r"(?P<year>(?<![\w.,$-])(?:19|20)\d\d(?:'?s)?(?![\w,]\d|\w|\.\d|%))",
            r"(?P<number>(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?%?|(?<![\w.])\d{1,15}(?:\.\d+)?%|(?<![\w.])\d{1,15}\.\d+)",
        )
    ),
    re.IGNORECASE,
)
