"""What people choose becomes a rule, and a rule becomes words."""

from datetime import datetime

import pytest

from campaigns.errors import Invalid
from campaigns.radio.rhythm import Rhythm, clock_words, rhythm_of, rule_of, words_of

THURSDAY = datetime(2026, 12, 3, 18, 30)


@pytest.mark.parametrize(
    ("rhythm", "first", "rule", "words"),
    [
        (Rhythm("once"), THURSDAY, "", "Once, on December 3, 2026"),
        (Rhythm("weekly", (3,)), THURSDAY, "FREQ=WEEKLY;BYDAY=TH", "Every Thursday"),
        (Rhythm("weekly", (3, 0)), THURSDAY, "FREQ=WEEKLY;BYDAY=MO,TH", "Every Monday and Thursday"),
        (Rhythm("weekly", (3,), 2), THURSDAY, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", "Every second week on Thursday"),
        (Rhythm("weekday", nth=1), THURSDAY, "FREQ=MONTHLY;BYDAY=1TH", "On the first Thursday of each month"),
        (
            Rhythm("weekday", nth=-1),
            datetime(2026, 12, 31, 9),
            "FREQ=MONTHLY;BYDAY=-1TH",
            "On the last Thursday of each month",
        ),
        (Rhythm("date"), THURSDAY, "FREQ=MONTHLY;BYMONTHDAY=3", "On day 3 of each month"),
    ],
)
def test_a_choice_becomes_a_rule_and_words(rhythm: Rhythm, first: datetime, rule: str, words: str) -> None:
    assert rule_of(rhythm, first) == rule
    assert words_of(rule, first) == words
    assert rhythm_of(rule).kind == rhythm.kind


@pytest.mark.parametrize(
    ("rhythm", "first"),
    [
        (Rhythm("weekly", (0,)), THURSDAY),
        (Rhythm("weekday", nth=2), THURSDAY),
        (Rhythm("weekday", nth=-1), datetime(2026, 12, 24, 9)),
    ],
)
def test_a_first_day_that_is_none_of_its_days_is_refused(rhythm: Rhythm, first: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        rule_of(rhythm, first)
    assert "first day is" in refused.value.fields["first_on"]


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;COUNT=3", "x"])
def test_a_rule_that_nobody_can_choose_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="not a rhythm"):
        rhythm_of(rule)


def test_clock_times_read_as_people_say_them() -> None:
    assert [clock_words(datetime(2026, 1, 1, hour, 5)) for hour in (0, 9, 12, 18)] == [
        "12:05 am",
        "9:05 am",
        "12:05 pm",
        "6:05 pm",
    ]
