"""Numbers as they are read aloud in English: cardinals, ordinals, years, digits, clock times, money. Pure."""

from decimal import Decimal

ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
LARGEST = 10**15


def cardinal(value: int) -> list[str]:
    """1204 -> one thousand two hundred four; a number beyond the trillions is read digit by digit."""
    if value >= LARGEST:
        return digits(str(value))
    if value < 20:
        return [ONES[value]]
    if value < 100:
        return [TENS[value // 10], *([ONES[value % 10]] if value % 10 else [])]
    if value < 1000:
        return [ONES[value // 100], "hundred", *(cardinal(value % 100) if value % 100 else [])]
    scale, name = next((scale, name) for scale, name in SCALES if value >= scale)
    return [*cardinal(value // scale), name, *(cardinal(value % scale) if value % scale else [])]


def ordinal(value: int) -> list[str]:
    """21 -> twenty first."""
    *rest, last = cardinal(value)
    if last in ORDINALS:
        return [*rest, ORDINALS[last]]
    return [*rest, last[:-1] + "ieth" if last.endswith("y") else last + "th"]


def digits(text: str) -> list[str]:
    """ "911" -> nine one one; anything that is no digit is passed over."""
    return [ONES[int(character)] for character in text if character.isascii() and character.isdigit()]


def year(value: int) -> list[str]:
    """1999 -> nineteen ninety nine, 2005 -> two thousand five, 2026 -> twenty twenty six, 1900 -> nineteen hundred."""
    century, rest = divmod(value, 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(value)
    if rest == 0:
        return [*cardinal(century), "hundred"]
    if rest < 10:
        return [*cardinal(century), "oh", ONES[rest]]
    return [*cardinal(century), *cardinal(rest)]


def clock_time(hour: int, minute: int) -> list[str]:
    """8:00 -> eight, 8:05 -> eight oh five, 18:30 -> eighteen thirty; what stands behind ("am") is said apart."""
    if minute == 0:
        return cardinal(hour)
    return [*cardinal(hour), *(["oh", ONES[minute]] if minute < 10 else cardinal(minute))]


def decimal(text: str) -> list[str]:
    """ "3.25" -> three point two five."""
    whole, _, rest = text.partition(".")
    return [*cardinal(int(whole or 0)), *(["point", *digits(rest)] if rest else [])]


def money(text: str, one: str = "dollar", small: str = "cent") -> list[str]:
    """ "1204.50" -> one thousand two hundred four dollars and fifty cents."""
    amount = Decimal(text)
    whole, cents = int(amount), int(amount * 100) % 100
    words = [*cardinal(whole), one if whole == 1 else f"{one}s"] if whole or not cents else []
    if cents:
        words += [*(["and"] if words else []), *cardinal(cents), small if cents == 1 else f"{small}s"]
    return words
