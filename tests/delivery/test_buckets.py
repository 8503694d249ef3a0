"""Token buckets: never more than the limit in any hour or day, and no token lost."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.delivery import buckets
from campaigns.delivery.buckets import Limit, Span

NOW = datetime(2026, 12, 3, 18, 0, 20, tzinfo=UTC)
LENGTH = {Span.HOUR: timedelta(hours=1), Span.DAY: timedelta(days=1)}
LATE = {Span.HOUR: timedelta(minutes=1), Span.DAY: timedelta(minutes=15)}


@given(
    span=st.sampled_from(Span),
    most=st.integers(1, 200),
    steps=st.lists(st.tuples(st.integers(0, 7_200), st.integers(1, 64)), max_size=60),
)
def test_no_hour_and_no_day_ever_sees_more_than_the_limit(span: Span, most: int, steps: list[tuple[int, int]]) -> None:
    limit, takes, now, log = Limit("relay:1", span, most), [], NOW, []
    for wait, wanted in steps:
        now += timedelta(seconds=wait)
        count = min(wanted, buckets.free(limit, takes, now))
        takes = buckets.taken(takes, span, count, now) if count else takes
        log.append((now, count))
        assert sum(count for at, count in log if now - LENGTH[span] < at <= now) <= most


@given(
    span=st.sampled_from(Span),
    most=st.integers(1, 50),
    steps=st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 64)), min_size=1, max_size=40),
)
def test_the_instant_that_is_named_is_when_the_next_token_comes_back(
    span: Span, most: int, steps: list[tuple[int, int]]
) -> None:
    limit, takes, now = Limit("relay:1", span, most), [], NOW
    for wait, wanted in steps:
        now += timedelta(seconds=wait)
        count = min(wanted, buckets.free(limit, takes, now))
        takes = buckets.taken(takes, span, count, now) if count else takes
    at = buckets.free_at(limit, takes, now)
    assert now <= at <= now + LENGTH[span] + LATE[span]
    assert buckets.free(limit, takes, at) > 0
    assert at == now or buckets.free(limit, takes, at - timedelta(seconds=1)) == 0


def test_a_lowered_limit_waits_until_enough_came_back() -> None:
    takes = buckets.taken([], Span.HOUR, 60, NOW)
    takes = buckets.taken(takes, Span.HOUR, 40, NOW + timedelta(minutes=30))
    lower = Limit("relay:1", Span.HOUR, 40)
    assert buckets.free(lower, takes, NOW + timedelta(minutes=31)) == 0
    assert buckets.free_at(lower, takes, NOW + timedelta(minutes=31)) == datetime(2026, 12, 3, 19, 31, tzinfo=UTC)


def test_what_did_not_leave_is_given_back_the_latest_first() -> None:
    takes = buckets.taken([], Span.HOUR, 5, NOW)
    takes = buckets.taken(takes, Span.HOUR, 5, NOW + timedelta(minutes=2))
    takes = buckets.taken(takes, Span.HOUR, -7, NOW + timedelta(minutes=2))
    assert [count for _, count in takes] == [3]
    assert buckets.taken(takes, Span.HOUR, -9, NOW) == []


@pytest.mark.parametrize(
    ("domains", "relay_left", "domain_left", "granted", "aside", "reached"),
    [
        ("aaa", None, {}, [0, 1, 2], [], 3),
        ("aaa", 2, {}, [0, 1], [], 2),
        ("aaa", 0, {}, [], [], 0),
        ("aba", None, {"a": 1}, [0, 1], [2], 3),
        ("aab", 1, {"a": 0}, [2], [0, 1], 3),
        ("abab", 1, {"a": 1}, [0], [], 1),
        ("aa ba", 1, {"a": 0}, [2, 3], [0, 1, 4], 5),
    ],
)
def test_tokens_are_dealt_in_order_and_a_full_domain_holds_up_nobody_else(
    domains: str,
    relay_left: int | None,
    domain_left: dict[str, int],
    granted: list[int],
    aside: list[int],
    reached: int,
) -> None:
    found = buckets.share([one.strip() for one in domains], relay_left, domain_left)
    assert (found.granted, found.aside, found.reached) == (granted, aside, reached)
