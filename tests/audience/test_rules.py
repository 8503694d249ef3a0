"""Rules of the audience, by tables."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.audience import rules
from campaigns.audience.models import MembershipState
from campaigns.delivery.models import SuppressionReason

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "may"),
    [
        (None, True),
        (SuppressionReason.ERASED, True),
        (SuppressionReason.NOT_ME, False),
        (SuppressionReason.COMPLAINT, False),
        (SuppressionReason.BOUNCED, False),
        (SuppressionReason.BY_HAND, False),
    ],
)
def test_only_the_erased_may_come_back_by_themselves(reason: SuppressionReason | None, may: bool) -> None:
    assert rules.may_join(reason) is may


@pytest.mark.parametrize(
    ("state", "may"),
    [
        (None, True),
        (MembershipState.PENDING, True),
        (MembershipState.REMOVED, True),
        (MembershipState.CONFIRMED, False),
        (MembershipState.LEFT, False),
    ],
)
def test_nobody_is_put_back_on_a_list_that_they_left(state: MembershipState | None, may: bool) -> None:
    assert rules.may_put_on_list(state) is may


def test_a_link_is_open_until_it_is_used_or_expires() -> None:
    later = NOW + timedelta(seconds=1)
    assert rules.is_open(later, None, NOW)
    assert not rules.is_open(later, NOW, NOW)
    assert not rules.is_open(NOW, None, NOW)


def test_a_change_can_be_taken_back_once_and_for_thirty_days() -> None:
    assert rules.may_undo(NOW - timedelta(days=30), None, NOW)
    assert not rules.may_undo(NOW - timedelta(days=30, seconds=1), None, NOW)
    assert not rules.may_undo(NOW, NOW, NOW)
    assert not rules.may_undo(None, None, NOW)


@pytest.mark.parametrize(
    ("name", "taken", "slug"),
    [
        ("Radio show alerts", set(), "radio-show-alerts"),
        ("Niños y jóvenes", set(), "ninos-y-jovenes"),
        ("新闻", set(), "list"),
        ("Thanks", set(), "thanks-2"),
        ("a" * 59 + " news", set(), "a" * 59),
        ("News", {"news", "news-2"}, "news-3"),
    ],
)
def test_a_slug_is_plain_and_free(name: str, taken: set[str], slug: str) -> None:
    assert rules.slug_of(name, taken) == slug


@pytest.mark.parametrize("text", ["José Núñez", "J.R.", "O'Brien-Smith", "Dr. Amara/Okafor", "陳美玲", "St. John", ""])
def test_a_name_may_be_written_in_many_ways(text: str) -> None:
    assert rules.is_name(text)


@pytest.mark.parametrize("text", ["http://x.example", "win at www.x.example", "x.example/prize now", "me@x.example"])
def test_an_address_is_no_name(text: str) -> None:
    assert not rules.is_name(text)
