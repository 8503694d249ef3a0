"""Wall times across the changes of the clocks."""

from datetime import UTC, datetime

import pytest

from campaigns import clock
from campaigns.errors import Invalid

ZONE = "America/Los_Angeles"


def test_an_hour_that_does_not_exist_moves_past_the_gap() -> None:
    wall = datetime(2027, 3, 14, 2, 30)
    assert clock.is_skipped(wall, ZONE)
    assert clock.wall_time_of(clock.instant_of(wall, ZONE), ZONE) == datetime(2027, 3, 14, 3, 30)


def test_of_an_hour_that_exists_twice_the_first_is_meant() -> None:
    assert clock.instant_of(datetime(2027, 11, 7, 1, 30), ZONE) == datetime(2027, 11, 7, 8, 30, tzinfo=UTC)


def test_times_are_said_as_people_say_them() -> None:
    instant = datetime(2026, 12, 3, 16, 0, tzinfo=UTC)
    reference = datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
    assert clock.friendly(instant, ZONE, reference) == "Thu 3 Dec, 8:00 am PT (in 2 days)"
    assert clock.distance(reference, reference) == "now"
    assert clock.distance(reference, instant) == "2 days ago"


def test_an_unknown_zone_is_a_sentence() -> None:
    with pytest.raises(Invalid, match="We do not know the time zone"):
        clock.zone("America/Atlantis")
