"""Who may approve, what an approval covers, and how months are laid out."""

from datetime import UTC, date, datetime

import pytest

from campaigns.planning import days, rules
from campaigns.planning.models import Approval, PlanItem


def approval(**fields: object) -> Approval:
    return Approval(**{"content_hash": "a", "is_approved": True, "is_practice": False, "voided_at": None, **fields})


@pytest.mark.parametrize(
    ("made", "content", "is_practice", "covers"),
    [
        (approval(), "a", False, True),
        (approval(), "b", False, False),
        (approval(is_approved=False), "a", False, False),
        (approval(voided_at=datetime(2026, 1, 1, tzinfo=UTC)), "a", False, False),
        (approval(is_practice=True), "a", True, True),
        (approval(is_practice=True), "a", False, False),
        (approval(content_hash=""), "", False, False),
        (None, "a", False, False),
    ],
)
def test_an_approval_covers_exactly_what_was_read(
    made: Approval | None, content: str, is_practice: bool, covers: bool
) -> None:
    assert rules.covers(made, content, is_practice) is covers


def test_authors_never_approve_their_own_work_outside_practice() -> None:
    assert not rules.may_approve(1, [2, 1], is_practice=False)
    assert rules.may_approve(3, [2, 1, None], is_practice=False)
    assert rules.may_approve(1, [1], is_practice=True)


@pytest.mark.parametrize(
    ("month", "first", "last", "count"),
    [
        (date(2026, 11, 23), date(2026, 11, 1), date(2026, 12, 5), 5),
        (date(2026, 2, 1), date(2026, 2, 1), date(2026, 2, 28), 4),
        (date(2027, 1, 31), date(2026, 12, 27), date(2027, 2, 6), 6),
    ],
)
def test_a_month_is_shown_in_whole_weeks_from_sunday(month: date, first: date, last: date, count: int) -> None:
    weeks = rules.weeks_of(month)
    assert (weeks[0][0], weeks[-1][-1], len(weeks)) == (first, last, count)
    assert {len(week) for week in weeks} == {7}


def test_months_step_over_the_end_of_a_year() -> None:
    assert rules.next_month(date(2026, 12, 31)) == date(2027, 1, 1)
    assert rules.previous_month(date(2027, 1, 15)) == date(2026, 12, 1)


def test_an_item_stands_on_the_day_that_people_in_the_zone_name() -> None:
    late = PlanItem(title="Late", due_at=datetime(2026, 12, 4, 6, 30, tzinfo=UTC))
    laid = days.lay_out(
        [date(2026, 12, 3), date(2026, 12, 4)], [late], "America/Los_Angeles", today=date(2026, 12, 4), month=None
    )
    assert [len(day.items) for day in laid] == [1, 0]
    assert (laid[0].is_past, laid[1].is_today) == (True, True)
