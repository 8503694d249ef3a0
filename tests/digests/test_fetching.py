"""A polite reader: the requests that arrive at a real server, over simulated hours and days (rules F1 to F19)."""

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from flask import Flask

from campaigns.db import db
from campaigns.digests import refresh
from campaigns.digests.actions import fetching, sources
from campaigns.digests.fetching import Target
from campaigns.digests.models import Feed, Trouble
from campaigns.digests.parsers import Parsers
from campaigns.digests.queries.sources import is_outage
from campaigns.staff.models import AuditEntry
from tests.digests.newsroom import Clock, entries, get, good, http_date, item, rss, run, source, until_due
from tests.websites import Asked, Says, Website


def test_a_feed_is_read_once_and_then_only_asked_whether_it_changed(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    website.pages["/feed"] = good(rss(item(1), item(2)), 'W/"odd, \\tag"', "Mon, 23 Nov 2026 10:00:00 GMT")
    feed = source(f"{website.url}/feed", clock)
    assert run(clock, parsers) == 1
    assert [entry.title for entry in entries(feed)] == ["Story 1", "Story 2"]
    until_due(feed, clock)
    assert run(clock, parsers) == 1
    first, second = website.asked
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == 'W/"odd, \\tag"'
    assert second.headers["if-modified-since"] == "Mon, 23 Nov 2026 10:00:00 GMT"
    assert "HEATWatch/" in first.headers["user-agent"]
    assert "+http" in first.headers["user-agent"]
    assert first.headers["accept-encoding"] == "gzip"
    assert "rss+xml" in first.headers["accept"]
    assert not {"cookie", "referer"} & set(first.headers)
    assert (get(feed.id).title, get(feed.id).site_url) == ("The Tribune", "https://paper.example/")


def test_nothing_is_fetched_again_within_the_hour_whatever_restarts(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    website.pages["/feed"] = good(rss(item(1)))
    feed = source(f"{website.url}/feed", clock)
    run(clock, parsers)
    for _restart in range(20):
        clock.forward(minutes=2)
        assert run(clock, parsers) == 0
    # A process that dies between asking and recording has asked all the same.
    until_due(feed, clock)
    (target,) = fetching.claim(clock(), 4)
    assert target.url == feed.url
    clock.forward(minutes=50)
    assert run(clock, parsers) == 0
    assert len(website.asked) == 1
    clock.forward(minutes=15)
    assert run(clock, parsers) == 1


def test_validators_are_replaced_as_a_pair_and_belong_to_their_address(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    website.pages["/feed"] = good(rss(item(1)), '"one"', "Mon, 23 Nov 2026 10:00:00 GMT")
    feed = source(f"{website.url}/feed", clock)
    run(clock, parsers)
    website.pages["/feed"] = good(rss(item(2)), '"two"')
    until_due(feed, clock)
    run(clock, parsers)
    assert (get(feed.id).etag, get(feed.id).last_modified) == ('"two"', "")
    website.pages["/other"] = good(rss(item(3)), '"three"')
    values = sources.Values(url=f"{website.url}/other", title="Tribune")
    sources.change(feed.id, get(feed.id).version, values, None, clock())
    clock.forward(seconds=5)
    run(clock, parsers)
    assert "if-none-match" not in website.asked[-1].headers
    assert [entry.title for entry in entries(feed)] == ["Story 1", "Story 2", "Story 3"]


def test_the_same_bytes_are_not_read_again_and_a_304_says_how_long_it_is_fresh(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    body = rss(*(item(number) for number in range(200)))
    website.pages["/feed"] = good(body, "")
    feed = source(f"{website.url}/feed", clock)
    run(clock, parsers)
    hash_before = get(feed.id).body_hash
    until_due(feed, clock)
    broken = Parsers()
    broken.read = None  # type: ignore[method-assign, assignment]
    refresh.run(threading.Event(), clock, parsers=broken)
    assert (get(feed.id).body_hash, get(feed.id).trouble) == (hash_before, "")
    website.pages["/feed"] = lambda _asked: Says(status=304, headers={"Cache-Control": "max-age=36000"})
    until_due(feed, clock)
    run(clock, parsers)
    assert get(feed.id).interval_s == 36_000


def test_a_permanent_redirect_is_adopted_only_once_it_has_proved_itself(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    website.pages["/new"] = good(rss(item(1)))
    website.pages["/old"] = Says(status=301, headers={"Location": "/new"})
    feed = source(f"{website.url}/old", clock)
    for _time in range(2):
        until_due(feed, clock)
        run(clock, parsers)
    assert get(feed.id).moved_to.endswith("/new")
    # Days pass in which it is only found to lead elsewhere for a while.
    website.pages["/old"] = Says(status=302, headers={"Location": "/new"})
    until_due(feed, clock)
    run(clock, parsers)
    assert get(feed.id).moved_count == 0
    website.pages["/old"] = Says(status=308, headers={"Location": "/new"})
    began = clock()
    while get(feed.id).url.endswith("/old"):
        until_due(feed, clock)
        run(clock, parsers)
    assert clock() - began >= timedelta(hours=48)
    moved = get(feed.id)
    assert (moved.url, moved.moved_from) == (f"{website.url}/new", f"{website.url}/old")
    assert [row.action for row in db.session.query(AuditEntry).filter_by(object_kind="feed")][-1] == "feed.moved"
    # Staff can take it back, and then it stays.
    sources.move_back(feed.id, None, clock())
    for _time in range(8):
        until_due(feed, clock)
        run(clock, parsers)
    assert get(feed.id).url.endswith("/old")


CHAINS = [
    ({"/1a": (301, "/1b"), "/1b": (302, "/c")}, "/1b"),
    ({"/2a": (302, "/2b"), "/2b": (301, "/c")}, "/2a"),
    ({"/3a": (307, "/c")}, "/3a"),
    ({"/4a": (303, "/c")}, "/4a"),
    ({"/5a": (301, "/page")}, "/5a"),
]


def test_only_a_chain_that_is_permanent_from_its_beginning_counts(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    website.pages["/c"] = good(rss(item(1)))
    website.pages["/page"] = Says(b"<!doctype html><html><body>We moved", headers={"Content-Type": "text/html"})
    feeds = []
    for number, (pages, _adopted) in enumerate(CHAINS, 1):
        for path, (status, target) in pages.items():
            website.pages[path] = Says(status=status, headers={"Location": target})
        feeds.append(source(f"http://127.0.0.{number}:{website.port}/{number}a", clock))
    for _time in range(4):
        for feed in feeds:
            until_due(feed, clock)
        run(clock, parsers)
    assert [get(feed.id).url.partition(f":{website.port}")[2] for feed in feeds] == [adopted for _, adopted in CHAINS]


def test_gone_stops_and_not_found_only_slows_down_and_asks_the_site(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feeds/new.xml"></head></html>'
    website.pages["/"] = Says(page)
    website.pages["/gone"] = Says(status=410)
    gone = source(f"{website.url}/gone", clock, title="Gone")
    lost = source(f"{website.url}/lost", clock, title="Lost", site_url=f"{website.url}/")
    run(clock, parsers)
    assert get(gone.id).gone_at is not None
    assert (get(lost.id).trouble, get(lost.id).offers_url) == (Trouble.NOT_FOUND, f"{website.url}/feeds/new.xml")
    assert website.paths().count("/") == 1
    for _time in range(9):
        until_due(lost, clock)
        run(clock, parsers)
    assert website.paths().count("/gone") == 1
    assert website.paths().count("/lost") == 10
    # The site is asked at once, and not with every try.
    assert website.paths().count("/") == 1
    website.pages["/feeds/new.xml"] = good(rss(item(1)))
    sources.take_offer(lost.id, None, clock())
    run(clock, parsers)
    assert (get(lost.id).trouble, get(lost.id).failing_since) == ("", None)
    assert get(lost.id).moved_from == f"{website.url}/lost"


def test_a_server_that_asks_to_come_back_later_is_obeyed(ctx: Flask, website: Website, parsers: Parsers) -> None:
    clock = Clock()
    asked_for = timedelta(hours=30)
    forms = {"seconds": str(int(asked_for.total_seconds())), "date": http_date(clock() + asked_for)}
    feeds = []
    for number, (status, form) in enumerate([(429, "seconds"), (429, "date"), (503, "seconds"), (503, "date")], 1):
        website.pages[f"/{number}"] = Says(status=status, headers={"Retry-After": forms[form]})
        feeds.append(source(f"http://127.0.0.{number}:{website.port}/{number}", clock))
    run(clock, parsers)
    for _time in range(4):
        clock.forward(hours=7)
        run(clock, parsers)
    assert len(website.asked) == 4
    assert {get(feed.id).trouble for feed in feeds} == {Trouble.LIMITED}
    for number in range(1, 5):
        website.pages[f"/{number}"] = good(rss(item(1)))
    clock.forward(hours=6)
    run(clock, parsers)
    assert len(website.asked) == 8
    assert {get(feed.id).trouble for feed in feeds} == {""}


def test_a_whole_host_is_spared_only_after_it_asked_so_for_two_feeds(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    for name in "ab":
        website.pages[f"/{name}"] = Says(status=429, headers={"Retry-After": "7200"})
        source(f"{website.url}/{name}", clock)
    website.pages["/c"] = good(rss(item(1)))
    one = refresh.run(threading.Event(), clock, parsers=parsers)
    source(f"{website.url}/c", clock)
    clock.forward(seconds=3)
    assert one == 1
    run(clock, parsers)
    # Both were asked; the third must wait, although it is due.
    assert sorted(website.paths()) in (["/a", "/b"], ["/a", "/b", "/c"])
    seen = len(website.asked)
    clock.forward(minutes=30)
    run(clock, parsers)
    assert len(website.asked) == seen
    clock.forward(hours=3)
    run(clock, parsers)
    assert "/c" in website.paths()


def test_failures_are_asked_ever_more_rarely_and_never_given_up(ctx: Flask, website: Website, parsers: Parsers) -> None:
    clock = Clock()
    website.pages["/feed"] = Says(status=500)
    feed = source(f"{website.url}/feed", clock)
    gaps = []
    for _time in range(8):
        run(clock, parsers)
        gaps.append(round(get(feed.id).interval_s / 3600))
        until_due(feed, clock)
    assert gaps == [1, 2, 4, 8, 16, 24, 24, 24]
    clock.forward(days=60)
    website.pages["/feed"] = good(rss(item(1)))
    run(clock, parsers)
    assert (get(feed.id).failures, get(feed.id).problem) == (0, "")


ANSWERS = [
    (Says(status=403, headers={"cf-mitigated": "challenge"}), Trouble.CHALLENGED, 24),
    (Says(status=403), Trouble.REFUSED, 1),
    (Says(status=418), Trouble.REFUSED, 1),
    (Says(status=429), Trouble.LIMITED, 4),
    (Says(status=503), Trouble.SERVER, 1),
    (Says(b"<html><body>Hello"), Trouble.WEB_PAGE, 1),
    (Says(b"no feed at all"), Trouble.NOT_A_FEED, 1),
    (Says(b""), Trouble.NOT_A_FEED, 1),
    (Says(b"x" * 5_000_001), Trouble.TOO_LARGE, 1),
    (Says(status=302, headers={"Location": "http://10.0.0.1/"}), Trouble.BLOCKED, 1),
    (Says(b"cut", headers={"Content-Length": "100"}), Trouble.UNREACHABLE, 1),
    (Says(status=304), Trouble.NONE, 24),
]


def test_each_kind_of_answer_is_named_in_a_sentence(ctx: Flask, website: Website, parsers: Parsers) -> None:
    clock = Clock()
    feeds = []
    for number, (says, _trouble, _hours) in enumerate(ANSWERS, 1):
        website.pages[f"/{number}"] = says
        feeds.append(source(f"http://127.0.0.{number}:{website.port}/{number}", clock))
    assert run(clock, parsers) == len(ANSWERS)
    found = [get(feed.id) for feed in feeds]
    assert [(each.trouble, round(each.interval_s / 3600)) for each in found] == [
        (trouble, hours) for _, trouble, hours in ANSWERS
    ]
    assert [each.problem.endswith(".") for each in found] == [bool(each.trouble) for each in found]


def test_a_web_page_in_place_of_a_feed_keeps_the_entries_and_offers_what_it_names(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    website.pages["/feed"] = good(rss(item(1)), '"one"')
    feed = source(f"{website.url}/feed", clock)
    run(clock, parsers)
    page = b'<html><link rel="alternate" type="application/atom+xml" href="/atom"><body>New site'
    website.pages["/feed"] = Says(page, headers={"Content-Type": "text/html", "ETag": '"page"'})
    until_due(feed, clock)
    run(clock, parsers)
    assert len(entries(feed)) == 1
    assert (get(feed.id).etag, get(feed.id).offers_url) == ('"one"', f"{website.url}/atom")


def test_when_nothing_answers_it_is_our_own_line_and_no_feed_is_blamed(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    website.pages["/f"] = good(rss(item(1)))
    feeds = [source(f"http://127.0.0.{number}:{website.port}/f", clock) for number in range(1, 7)]
    run(clock, parsers)
    assert not is_outage(clock())
    # From now on every connection is dropped without a word.
    website.pages["/f"] = Says(raw=True)
    for _hour in range(6):
        clock.at = max(clock.at, *(get(feed.id).next_fetch_at for feed in feeds))
        run(clock, parsers)
    assert is_outage(clock())
    assert sum(get(feed.id).failures for feed in feeds) <= 2
    website.pages["/f"] = good(rss(item(1), item(2)))
    clock.at = max(clock.at, *(get(feed.id).next_fetch_at for feed in feeds))
    run(clock, parsers)
    assert not is_outage(clock())
    assert [get(feed.id).failures for feed in feeds] == [0] * 6


def test_one_request_at_a_time_reaches_a_host_and_four_run_at_once(
    ctx: Flask, website: Website, parsers: Parsers
) -> None:
    clock = Clock()
    at_work, most, lock = set(), [0], threading.Lock()
    meeting = threading.Barrier(4, timeout=20)

    def slow(asked: Asked) -> Says:
        host = asked.headers["host"]
        with lock:
            assert host not in at_work
            at_work.add(host)
            most[0] = max(most[0], len(at_work))
        if asked.path == "/first":
            meeting.wait()
        with lock:
            at_work.discard(host)
        return Says(rss(item(asked.path)))

    for path in ("/first", "/second", "/third"):
        website.pages[path] = slow
        for number in range(1, 5):
            source(f"http://127.0.0.{number}:{website.port}{path}", clock)
    assert run(clock, parsers) == 12
    assert most[0] == 4
    assert not meeting.broken


def test_stopping_gives_back_what_was_not_begun(
    ctx: Flask, website: Website, parsers: Parsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    stop, given_back = threading.Event(), threading.Event()
    all_at_work = threading.Barrier(refresh.WORKERS)

    def stopping(_asked: Asked) -> Says:
        all_at_work.wait(20)
        stop.set()
        assert given_back.wait(20)
        return Says(rss(item(1)))

    release = fetching.release

    def note(targets: list[Target], at: datetime) -> None:
        # Called again in each round from then on; the first time holds what was canceled.
        release(targets, at)
        given_back.set()

    monkeypatch.setattr(fetching, "release", note)
    website.pages["/f"] = stopping
    feeds = [source(f"http://127.0.0.{number}:{website.port}/f", clock) for number in range(1, 9)]
    assert refresh.run(stop, clock, parsers=parsers) == 4
    assert [get(feed.id).last_status for feed in feeds] == [200] * 4 + [None] * 4
    stop.clear()
    assert refresh.run(stop, clock, parsers=parsers) == 4


def test_two_weeks_with_many_restarts_breaks_no_rule(ctx: Flask, website: Website, parsers: Parsers) -> None:
    clock = Clock()
    stories = {f"/{name}": [item(f"{name}-0")] for name in ("busy", "daily", "quiet")}

    def page(asked: Asked) -> Says:
        return good(rss(*stories[asked.path]))(asked)  # type: ignore[return-value]

    feeds: dict[str, Feed] = {}
    for path in stories:
        website.pages[path] = page
        feeds[path] = source(f"http://127.0.0.{len(feeds) + 1}:{website.port}{path}", clock)
    end = clock() + timedelta(days=14)
    times: dict[str, list[object]] = {path: [] for path in stories}
    unconditional: Counter[str] = Counter()
    number = 0
    while clock() < end:
        number += 1
        before = len(website.asked)
        run(clock, parsers)
        for asked in website.asked[before:]:
            times[asked.path].append(clock())
            unconditional[asked.path] += "if-none-match" not in asked.headers
        stories["/busy"].append(item(f"busy-{number}"))
        if number % 5 == 0:
            stories["/daily"].append(item(f"daily-{number}"))
        clock.forward(hours=7)
    for path, feed in feeds.items():
        assert unconditional[path] == 1
        gaps = [later - earlier for earlier, later in zip(times[path], times[path][1:], strict=False)]
        assert min(gaps) >= timedelta(minutes=59), path
        assert {entry.title for entry in entries(feed)} >= {f"Story {path[1:]}-0"}
    assert len(times["/busy"]) > len(times["/quiet"]) >= 11
