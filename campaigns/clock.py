"""The one door to the time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from campaigns.errors import Invalid


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; raises Invalid for a name that the time zone database lacks."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid({"zone": f"We do not know the time zone “{name}”."}) from error


def today(zone_name: str) -> date:
    """The calendar day in that zone."""
    return now().astimezone(zone(zone_name)).date()


def instant_of(wall: datetime, zone_name: str) -> datetime:
    """The UTC instant of a wall time (naive) in a zone.

    A time that the clocks skip in spring becomes the same distance after the gap; of a time that exists twice in
    autumn the first is meant (PEP 495, fold=0).
    """
    local = wall.replace(tzinfo=zone(zone_name), fold=0)
    return local.astimezone(UTC)


def wall_time_of(instant: datetime, zone_name: str) -> datetime:
    """The naive wall time that clocks in the zone show at that instant."""
    return instant.astimezone(zone(zone_name)).replace(tzinfo=None)


def is_skipped(wall: datetime, zone_name: str) -> bool:
    """Whether the clocks of the zone never show that wall time (the hour lost in spring)."""
    return wall_time_of(instant_of(wall, zone_name), zone_name) != wall


def friendly(instant: datetime, zone_name: str, reference: datetime) -> str:
    """An instant as people say it: "Thu 3 Dec, 8:00 am PT (in 2 days)"; the year is added when it differs."""
    local = instant.astimezone(zone(zone_name))
    now_local = reference.astimezone(zone(zone_name))
    year = "" if local.year == now_local.year else f" {local.year}"
    hour = local.strftime("%I").lstrip("0")
    abbreviation = zone_word(instant, zone_name)
    half = local.strftime("%p").lower()
    return (
        f"{local:%a} {local.day} {local:%b}{year}, {hour}:{local:%M} {half} {abbreviation} "
        f"({distance(instant, reference)})"
    )


def distance(instant: datetime, reference: datetime) -> str:
    """How far an instant lies from another in words: "in 2 days", "5 minutes ago", "now"."""
    seconds = int((instant - reference).total_seconds())
    size = abs(seconds)
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if size >= length:
            count = round(size / length)
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"in {words}" if seconds > 0 else f"{words} ago"
    return "now"


def zone_word(instant: datetime, zone_name: str) -> str:
    """How people call the zone's time at that instant: "PT" the whole year."""
    return _generic(instant.astimezone(zone(zone_name)).tzname() or zone_name)


def _generic(abbreviation: str) -> str:
    # Americans say PT the whole year; PST and PDT are a trap when the clocks change before the date.
    if len(abbreviation) == 3 and abbreviation[0] in "PMCE" and abbreviation[1] in "SD" and abbreviation[2] == "T":
        return abbreviation[0] + "T"
    return abbreviation


def day_start(day: date, zone_name: str) -> datetime:
    """The UTC instant at which a calendar day begins in the zone."""
    return instant_of(datetime(day.year, day.month, day.day), zone_name)


DAY = timedelta(days=1)
