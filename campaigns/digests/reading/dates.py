"""Dates in feeds, which lie silently: only what is complete, understood and plausible becomes an instant."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=2)
LONGEST = 60

# Hours from UTC of zone names that are in use and that RFC 822 does not know; names with two meanings are left out.
ZONES = {
    "HST": -10, "HDT": -9, "AKST": -9, "AKDT": -8, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "WET": 0, "WEST": 1,
    "BST": 1, "MSK": 3, "JST": 9, "KST": 9, "HKT": 8, "SGT": 8, "PHT": 8, "AEST": 10, "AEDT": 11, "ACST": 9.5,
    "AWST": 8, "NZST": 12, "NZDT": 13, "CHST": 10, "SST": -11,
}  # fmt: skip
NAMED = {"UT", "UTC", "GMT", "Z", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"}
NAMES_OF_MONTHS = (
    "jan january", "feb february", "mar march", "apr april", "may", "jun june",
    "jul july", "aug august", "sep sept september", "oct october", "nov november", "dec december",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(NAMES_OF_MONTHS, 1) for name in names.split()}
# "Nov 23, 2026 10:00 AM", with or without the day's name before and a zone behind.
AMERICAN = re.compile(
    r"(?:[A-Za-z]+,?\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})"
    r"(?:,?\s+(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp]\.?[Mm]\.?)?\s*([A-Za-z]{1,5}|[+-]\d{2}:?\d{2})?)?"
)
# Year first is the only order of figures alone that has one meaning.
FIGURES = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
RFC822 = re.compile(r"(?:[A-Za-z]+,?\s+)?\d{1,2}[\s-][A-Za-z]{3,9}[\s-]\d{2,4}\s+\d{1,2}:\d{2}")
ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def plausible(text: str, now: datetime) -> datetime | None:
    """The instant that a text says, or None when it is not understood, before 1995, or more than two days ahead."""
    text = " ".join(text[: LONGEST + 1].split())
    if not text or len(text) > LONGEST:
        return None
    try:
        found = _read(text)
        return found if found is not None and EARLIEST <= found <= now + AHEAD else None
    except (ValueError, OverflowError, TypeError):
        return None


def _read(text: str) -> datetime | None:
    if ISO.match(text):
        return _utc(datetime.fromisoformat(_iso(text)))
    if text.isascii() and text.isdigit() and len(text) == 10:
        return datetime.fromtimestamp(int(text), UTC)
    if RFC822.match(text):
        return _rfc822(text)
    if found := AMERICAN.fullmatch(text):
        return _american(*found.groups())
    if found := FIGURES.fullmatch(text):
        return datetime(*(int(part or 0) for part in found.groups()), tzinfo=UTC)  # type: ignore[arg-type, misc]
    return None


def _iso(text: str) -> str:
    # "2026-11-23 10:00:00 +0000" and "2026-11-23T10:00:00.1234567Z" are common, and a little beside the standard.
    text = re.sub(r"\s+([+-]\d|Z)", r"\1", text)
    text = re.sub(r"\s*(?:UTC|GMT)$", "Z", text)
    return re.sub(r"(\.\d{6})\d+", r"\1", text)


def _rfc822(text: str) -> datetime | None:
    zone = text.rpartition(" ")[2].strip("()").upper()
    parts = parsedate_tz(text)
    if parts is None:
        return None
    if zone in ZONES:
        offset = timezone(timedelta(hours=ZONES[zone]))
    elif zone.isalpha() and zone not in NAMED:
        # A zone that nobody knows would shift the instant by up to half a day.
        return None
    else:
        offset = timezone(timedelta(seconds=parts[9] or 0))
    return _utc(datetime(*parts[:6], tzinfo=offset))


def _american(
    month: str, day: str, year: str, hour: str | None, minute: str | None, second: str | None, half: str | None,
    zone: str | None,
) -> datetime | None:  # fmt: skip
    number = MONTHS.get(month.lower())
    if number is None:
        return None
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    offset = _offset(zone)
    if offset is None:
        return None
    return _utc(datetime(int(year), number, int(day), hours, int(minute or 0), int(second or 0), tzinfo=offset))


def _offset(zone: str | None) -> timezone | None:
    if zone is None:
        return UTC
    if zone.upper() in ZONES:
        return timezone(timedelta(hours=ZONES[zone.upper()]))
    parts = parsedate_tz(f"1 Jan 2000 00:00:00 {zone}")
    if parts is None or (zone.isalpha() and zone.upper() not in NAMED):
        return None
    return timezone(timedelta(seconds=parts[9] or 0))


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
