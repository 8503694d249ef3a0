"""How templates say times, numbers and counts."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask, g

from campaigns import clock


def page_zone() -> str:
    """The zone in which times are shown: the organization's."""
    return g.get("zone") or "UTC"


def friendly_time(instant: datetime) -> str:
    """ "Thu 3 Dec, 8:00 am PT (in 2 days)"."""
    return clock.friendly(instant, page_zone(), clock.now())


def exact_time(instant: datetime) -> str:
    """The exact instant, in the page's zone with its offset."""
    return instant.astimezone(clock.zone(page_zone())).strftime("%Y-%m-%d %H:%M:%S %Z (UTC%z)")


def clock_time(instant: datetime) -> str:
    """ "8:00 am", in the page's zone, where the day stands beside it."""
    local = instant.astimezone(clock.zone(page_zone()))
    return f"{local:%I:%M} {local:%p}".lstrip("0").lower()


def day(value: date | datetime) -> str:
    """ "December 3, 2026"; an instant is taken in the page's zone."""
    if isinstance(value, datetime):
        value = value.astimezone(clock.zone(page_zone())).date()
    return f"{value:%B} {value.day}, {value.year}"


def zoneinfo(name: str) -> ZoneInfo:
    """The zone of that name, for times on somebody else's clock."""
    return clock.zone(name)


def zone_word(instant: datetime, name: str) -> str:
    """ "PT": how people call a zone's time at that instant."""
    return clock.zone_word(instant, name)


def number(value: int) -> str:
    """1,204"""
    return f"{value:,}"


def plural(count: int, one: str, many: str) -> str:
    """ "1 person", "1,204 people"."""
    return f"{count:,} {one if count == 1 else many}"


def init(app: Flask) -> None:
    """Make the filters known to the templates."""
    app.jinja_env.filters.update(
        friendly_time=friendly_time,
        exact_time=exact_time,
        clock_time=clock_time,
        day=day,
        number=number,
        zoneinfo=zoneinfo,
        zone_word=zone_word,
        plural=plural,
    )
