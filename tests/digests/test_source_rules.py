"""Rules of sources by tables: addresses that are the same, words that fit, when to look again, how it is said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.digests import discovery, keywords, links
from campaigns.digests.models import Feed, Trouble
from campaigns.digests.rules import health, timing
from campaigns.errors import Invalid
from tests.digests.newsroom import http_date

NOW = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://Paper.example/a", "http://www.paper.example/a/"),
        ("https://paper.example:443/a", "http://paper.example:80/a#top"),
        ("https://paper.example/a?utm_source=x&b=2&a=1", "https://paper.example/a?a=1&b=2&fbclid=z&gclid=1&mc_cid=3"),
        ("https://m.paper.example/a", "https://paper.example/a/amp/"),
        ("https://amp.paper.example/a", "https://paper.example/a?amp=1"),
        ("https://paper.example/amp/a", "https://mobile.paper.example/a"),
    ],
)
def test_two_links_to_one_article_are_one(one: str, other: str) -> None:
    assert links.canonical(one) == links.canonical(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://paper.example/a", "https://paper.example/b"),
        ("https://paper.example/?p=1", "https://paper.example/?p=2"),
        ("https://paper.example/A", "https://paper.example/a"),
        ("https://news.paper.example/a", "https://paper.example/a"),
        ("https://m.example/a", "https://example/a"),
    ],
)
def test_links_to_two_articles_stay_two(one: str, other: str) -> None:
    assert links.canonical(one) != links.canonical(other)


@given(st.text(max_size=60))
def test_any_text_has_a_canonical_address_or_none_and_finding_it_twice_changes_nothing(text: str) -> None:
    for url in (text, f"https://paper.example/{text}", f"http://{text}/x"):
        found = links.canonical(url)
        assert found == "" or links.canonical(found) == found


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("example.org", "https://example.org"),
        ("  http://example.org/feed#x ", "http://example.org/feed"),
        ("feed://example.org/rss", "https://example.org/rss"),
        ("feed:https://example.org/rss", "https://example.org/rss"),
    ],
)
def test_what_people_type_becomes_an_address(text: str, url: str) -> None:
    assert links.typed(text) == url


@pytest.mark.parametrize(
    "text", ["", "hello", "javascript:alert(1)", "http://a b", "http://x.example:99999", "http://[::1"]
)
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(Invalid):
        links.typed(text)


@pytest.mark.parametrize(
    ("keep", "skip", "text", "is_kept"),
    [
        ([], [], "anything", True),
        (["trafficking"], [], "Human TRAFFICKING, again", True),
        (["traffic"], [], "Human trafficking", False),
        (["traffic*"], [], "Human trafficking", True),
        (["car wash"], [], "The car-wash case", True),
        (["nunez"], [], "Judge Núñez", True),
        ([], ["sponsored"], "Sponsored: gifts", False),
        (["gifts"], ["sponsored"], "Sponsored: gifts", False),
        (["人口"], [], "打击人口贩运", False),
        (["人口*"], [], "人口贩运", True),
    ],
)
def test_keyword_rules_keep_and_skip_whole_words(keep: list[str], skip: list[str], text: str, is_kept: bool) -> None:
    assert (keywords.why_skipped(keep, skip, text) == "") == is_kept


def test_words_are_read_from_lines_and_commas_once() -> None:
    assert keywords.read("One, two\n\n one \n ,; ,three words") == ["One", "two", "three words"]


@pytest.mark.parametrize(
    ("per_week", "ttl_s", "headers", "hours"),
    [
        (0, 0, {}, 24),
        (7, 0, {}, 24),
        (14, 0, {}, 12),
        (168, 0, {}, 1),
        (5_000, 0, {}, 1),
        (5_000, 7_200, {}, 2),
        (5_000, 10**7, {}, 24),
        (5_000, 0, {"cache-control": "public, max-age=10800"}, 3),
        (5_000, 0, {"cache-control": "max-age=10800, no-cache"}, 1),
        (5_000, 0, {"cache-control": "max-age=60"}, 1),
        (5_000, 0, {"expires": "0"}, 1),
        (5_000, 0, {"expires": http_date(NOW + 4 * HOUR), "date": http_date(NOW)}, 4),
        (5_000, 0, {"expires": http_date(NOW + 4 * HOUR)}, 1),
        (5_000, 0, {"expires": http_date(NOW - HOUR), "date": http_date(NOW)}, 1),
        (5_000, 0, {"expires": http_date(NOW + 9 * HOUR), "date": http_date(NOW), "cache-control": "max-age=7200"}, 2),
    ],
)
def test_how_long_a_feed_is_left_alone(per_week: int, ttl_s: int, headers: dict[str, str], hours: int) -> None:
    found, why = timing.interval(per_week, ttl_s, headers)
    assert found == hours * HOUR
    assert why


def test_a_thousand_feeds_never_march_in_step() -> None:
    at = [timing.next_at(NOW, HOUR, number, number % 10 / 10) for number in range(1_000)]
    assert min(at) >= NOW + HOUR
    assert max(at) <= NOW + HOUR * 1.1 + timedelta(minutes=8)
    assert not [each for each in at if each.minute == 0]
    assert len({each.replace(microsecond=0) for each in at}) > 250


def test_the_quiet_hours_of_a_feed_are_kept() -> None:
    # A Thursday: hours 13 to 15 and the whole of Friday are quiet.
    quiet = [3 * 24 + hour for hour in (13, 14, 15)] + [4 * 24 + hour for hour in range(24)]
    at = timing.next_at(NOW, HOUR, 5, 0.0, quiet)
    assert (at.weekday(), at.hour) == (3, 16)
    late = timing.next_at(NOW + 11 * HOUR, HOUR, 5, 0.0, quiet)
    assert (late.weekday(), late.hour) == (5, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta(0)),
        ("999999999", timedelta(days=7)),
        (http_date(NOW + 5 * HOUR), 5 * HOUR),
        (http_date(NOW - 5 * HOUR), timedelta(0)),
        (http_date(NOW + timedelta(days=90)), timedelta(days=7)),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_a_wish_to_come_back_later_is_understood(text: str, expected: timedelta | None) -> None:
    found = timing.retry_after(text, NOW.replace(microsecond=0))
    assert found == expected


@given(st.text(max_size=40))
def test_any_header_is_a_wish_or_none(text: str) -> None:
    found = timing.retry_after(text, NOW)
    assert found is None or timedelta(0) <= found <= timedelta(days=7)
    assert timing.freshness({"cache-control": text, "expires": text, "date": text}) >= timedelta(0)


def test_a_limit_without_a_time_doubles_from_four_hours() -> None:
    waits = [timing.pause_after(Trouble.LIMITED, failures, None)[0] / HOUR for failures in range(1, 6)]
    assert waits == [4, 8, 16, 24, 24]


def feed(**values: object) -> Feed:
    return Feed(**({"title": "The Tribune", "is_active": True, "trouble": "", "offers_url": ""} | values))


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, "hiccup"), (6.9, "hiccup"), (7, "yellow"), (29.9, "yellow"), (30, "red"), (400, "red")],
)
def test_a_failing_source_is_yellow_after_a_week_and_red_after_a_month(days: float, expected: str) -> None:
    failing = feed(failing_since=NOW - timedelta(days=days), trouble=Trouble.SERVER)
    assert health.of(failing, NOW, lambda _at: "since then").health == expected


@pytest.mark.parametrize("trouble", [each for each in Trouble if each])
def test_each_trouble_is_a_sentence(trouble: Trouble) -> None:
    state = health.of(feed(failing_since=NOW, trouble=trouble), NOW, lambda _at: "since Tuesday")
    assert state.sentence.startswith("The Tribune has ")
    assert "since Tuesday" in state.sentence
    assert state.sentence.endswith(".")


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(hours=1), "since today"),
        (timedelta(days=1), "since yesterday"),
        (timedelta(days=2), "since Tuesday"),
        (timedelta(days=20), "since November 6"),
        (timedelta(days=400), "since October 22, 2025"),
    ],
)
def test_since_when_is_said_as_people_do(ago: timedelta, words: str) -> None:
    assert health.since_words(NOW - ago, NOW, lambda at: at) == words


def test_the_feeds_that_a_page_names_are_found_and_comments_left_out() -> None:
    rss = b'<link rel="alternate" type="application/rss+xml" '
    page = (
        (
            b'<base href="https://cdn.example/x/">' + rss + b'title="All" href="feed.xml">'
            b'<link rel="ALTERNATE" type="application/atom+xml; charset=utf-8" href="https://o.example/atom">'
            b'<link rel="alternate" hreflang="es" href="/es">' + rss + b'href="/comments/feed">'
        )
        + rss
        + b'href="javascript:alert(1)">'
    )
    found = discovery.links_in(page, "https://site.example/")
    assert [(each.url, each.title) for each in found] == [
        ("https://cdn.example/x/feed.xml", "All"),
        ("https://o.example/atom", ""),
    ]
    likely = discovery.links_in(b'<a href="/rss.xml">RSS</a><a href="/about">About</a>', "https://site.example/")
    assert [each.url for each in likely] == ["https://site.example/rss.xml"]


@given(st.binary(max_size=200))
def test_any_page_names_feeds_or_none(body: bytes) -> None:
    for each in discovery.links_in(
        b"<link rel=alternate type=application/rss+xml href=" + body, "https://site.example/"
    ):
        assert each.url.startswith(("http://", "https://"))
