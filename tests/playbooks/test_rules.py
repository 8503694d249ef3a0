"""When lines are due on the station's clock, and what a changed broadcast does to what announces it."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.errors import Invalid
from campaigns.planning.models import ItemState
from campaigns.playbooks import rules
from campaigns.playbooks.rules import Line

START = datetime(2027, 3, 14, 18, 30)
NOW = datetime(2027, 3, 1, tzinfo=UTC)
LA = "America/Los_Angeles"


@pytest.mark.parametrize(
    ("line", "wall", "words"),
    [
        # The clocks go forward that morning; a day before is the same time of day all the same.
        (Line("alert", days=-1), datetime(2027, 3, 13, 18, 30), "1 day before"),
        (Line("stations", days=-7), datetime(2027, 3, 7, 18, 30), "7 days before"),
        (Line("social", minutes=-120), datetime(2027, 3, 14, 16, 30), "2 hours before"),
        (Line("on_air"), START, "at the start"),
        (Line("again", days=1, minutes=90), datetime(2027, 3, 15, 20, 0), "1 day 1 hour 30 minutes after"),
    ],
)
def test_lines_are_due_on_the_wall_clock(line: Line, wall: datetime, words: str) -> None:
    assert rules.due_wall(START, line) == wall
    assert rules.distance_words(line.days, line.minutes) == words


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "alert", "days": 1, "minutes": 0},
        {"kind": "again", "days": -1, "minutes": 0},
        {"kind": "on_air", "days": 0, "minutes": -5},
        {"kind": "social", "days": -90, "minutes": 0},
        {"kind": "pigeon", "days": 0, "minutes": 0},
    ],
)
def test_lines_that_make_no_sense_are_refused(row: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        rules.read_lines([row])


def test_nothing_that_announces_a_show_is_true_after_it_began() -> None:
    starts = datetime(2027, 3, 15, 1, 30, tzinfo=UTC)
    ends = starts + timedelta(minutes=30)
    assert rules.stale_at("alert", starts, ends) == starts
    assert rules.stale_at("on_air", starts, ends) == ends
    assert rules.stale_at("again", starts, ends) is None
    assert rules.lateness("social", starts - timedelta(minutes=20), starts, ends) == timedelta(minutes=20)
    assert rules.lateness("social", starts - timedelta(hours=3), starts, ends) == timedelta(minutes=60)
    assert rules.lateness("on_air", starts, starts, ends) == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("state", "kind", "new_start", "what"),
    [
        (ItemState.DRAFT, "alert", START + timedelta(days=1), "rescheduled"),
        (ItemState.SCHEDULED, "alert", None, "withdrawn"),
        (ItemState.APPROVED, "stations", datetime(2027, 3, 5, 18, 30), "late"),
        (ItemState.SENT, "alert", START + timedelta(days=1), "corrected"),
        (ItemState.SENT, "alert", None, "corrected"),
        (ItemState.SENT, "again", START + timedelta(days=1), "kept"),
        (ItemState.MISSED, "social", None, "kept"),
    ],
)
def test_a_changed_broadcast_changes_what_announces_it(
    state: str, kind: str, new_start: datetime | None, what: str
) -> None:
    days = {"alert": -1, "stations": -7, "again": 1}.get(kind, 0)
    assert rules.effect_of(state, Line(kind, days), new_start, LA, NOW)[0] == what
