"""Reading feeds: what comes out of good, odd and hostile bytes, in this process and in the worker with its limits."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.digests.parsers import Parsers
from campaigns.digests.reading import cleaning, dates, scan
from campaigns.digests.reading.found import FoundEntry, FoundFeed, Unreadable
from campaigns.digests.reading.reader import read
from tests.digests.newsroom import item, rss

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
URL = "https://paper.example/feed.xml"
XML = {"content-type": "application/xml"}


def parse(body: bytes | str, headers: dict[str, str] | None = None) -> FoundFeed:
    return read(body.encode() if isinstance(body, str) else body, URL, headers or XML, NOW)


def only(body: bytes | str) -> FoundEntry:
    (entry,) = parse(body).entries
    return entry


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 23 Nov 2026 10:00:00 GMT", "2026-11-23T10:00"),
        ("Mon, 23 Nov 2026 10:00:00 -0800", "2026-11-23T18:00"),
        ("23 Nov 2026 10:00 PST", "2026-11-23T18:00"),
        ("Mon, 23 Nov 2026 10:00:00 HST", "2026-11-23T20:00"),
        ("Mon, 23 Nov 2026 10:00:00 AKST", "2026-11-23T19:00"),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00"),
        ("2026-11-23T10:00:00.1234567+01:00", "2026-11-23T09:00"),
        ("2026-11-23 10:00:00 +0200", "2026-11-23T08:00"),
        ("2026-11-23", "2026-11-23T00:00"),
        ("Nov 23, 2026 10:00 AM", "2026-11-23T10:00"),
        ("Monday, November 23, 2026 12:30 pm EST", "2026-11-23T17:30"),
        ("2016/6/29 15:07:41", "2016-06-29T15:07"),
        ("1700000000", "2023-11-14T22:13"),
        ("Mon, 23 Nov 2026 10:00:00 XYZT", None),
        ("6/7/2026 10:00", None),
        ("Tue, 01 Jan 2099 00:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Wed, 31 Feb 2026 10:00:00 GMT", None),
        ("2026-13-45", None),
        ("yesterday", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_only_complete_and_plausible_dates_become_instants(text: str, expected: str | None) -> None:
    found = dates.plausible(text, NOW)
    assert (found.strftime("%Y-%m-%dT%H:%M") if found else None) == expected


@given(st.text(max_size=80))
def test_any_text_is_a_plausible_instant_or_none(text: str) -> None:
    found = dates.plausible(text, NOW)
    assert found is None or dates.EARLIEST <= found <= NOW + dates.AHEAD


EVIL = [
    "<script>alert(1)</script>",
    '<img src="https://t.example/p.gif" width="1" height="1">',
    '<p onclick="x()">a</p>',
    '<a href="javascript:alert(1)">a</a>',
    '<a href=" java&#10;script:alert(1)">a</a>',
    "<svg onload=alert(1)>",
    "<iframe src=x>",
    '<a href="data:text/html,x">a</a>',
    "<style>p{}</style>",
    '<math><mi//xlink:href="data:x,<script>">',
    '<b><noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<form action=x><input>",
    "<meta http-equiv=refresh content=0>",
    '<a href="vbscript:x">a</a>',
    "<!--><script>x</script>-->",
    '<div style="background:url(x)">a</div>',
    "<base href=x>",
    "<p><<script>script>",
]
KEPT = "a|strong|em|br|code|p|ul|ol|li|blockquote|h2|h3"
FORBIDDEN = re.compile(
    rf"<(?!/?(?:{KEPT})[ >])|<[^>]*\s(?:on\w+|style)=|<[^>]*href=.?(?:javascript|vbscript|data):", re.IGNORECASE
)


def feeds_with(evil: str) -> list[bytes]:
    """The same text at every place of every kind of feed."""
    escaped = evil.replace("&", "&amp;").replace("<", "&lt;")
    found = [
        rss(item(1, f"A {text} title", text, author=text, category=text, guid=text, link=text))
        for text in (escaped, f"<![CDATA[{evil}]]>", f"<![CDATA[{escaped}]]>")
    ]
    quoted = escaped.replace('"', "&quot;")
    for kind in ("html", "text", "xhtml"):
        parts = "".join(
            f'<{name} type="{kind}">A {escaped}</{name}>' for name in ("title", "summary", "content", "rights")
        )
        entry = f'<entry><id>1</id><link href="{quoted}"/><author><name>{escaped}</name></author>{parts}</entry>'
        found.append(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{escaped}</title>{entry}</feed>'.encode())
    names = ("id", "url", "title", "content_html", "content_text", "summary", "image")
    document = {"title": evil, "home_page_url": evil, "items": [dict.fromkeys(names, evil)]}
    found.append(json.dumps({"version": "https://jsonfeed.org/version/1.1", **document}).encode())
    return found


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_dangerous_comes_through_any_part_of_any_kind_of_feed(evil: str) -> None:
    for body in feeds_with(evil):
        feed = parse(body)
        assert feed.entries
        for entry in feed.entries:
            assert not FORBIDDEN.search(entry.summary), entry.summary
            for address in (entry.url, entry.image_url, feed.site_url):
                assert address == "" or address.startswith("https://"), address
            for words in (entry.title, entry.author, entry.text, feed.title, *entry.categories):
                assert not re.search(r"<[a-z/!?]", words, re.IGNORECASE), words


def test_links_become_absolute_and_pictures_and_trackers_stay_out() -> None:
    text = (
        '<![CDATA[<div>One <b>two</b></div><a href="/x?a=1&amp;b=2">here</a>'
        '<img src="https://t.example/1.gif" width="1"><img src="/big.jpg" width="600">'
        '<a href="mailto:a@example.org">write</a>]]>'
    )
    entry = only(rss(item(1, text=text)))
    assert "<p>One <strong>two</strong></p>" in entry.summary
    assert 'href="https://paper.example/x?a=1&amp;b=2"' in entry.summary
    assert 'href="mailto:a@example.org"' in entry.summary
    assert "img" not in entry.summary
    assert entry.image_url == "https://paper.example/big.jpg"
    assert entry.text.splitlines()[0] == "One two"


def test_atom_is_read_with_its_own_base_label_and_full_text() -> None:
    entry = only(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="es-MX" xml:base="https://a.example/b/"><title>T</title>'
        '<entry><id>tag:1</id><title type="html">Caf&amp;eacute; &amp;amp; more</title><link href="one"/>'
        '<updated>2026-11-23T10:00:00Z</updated><author><name>Ana</name></author><category term="c" label="Courts"/>'
        "<summary>Short.</summary><content type='html'>&lt;p&gt;The whole text.&lt;/p&gt;</content></entry></feed>"
    )
    assert (entry.title, entry.url, entry.author) == ("Café & more", "https://a.example/b/one", "Ana")
    assert (entry.summary, entry.text) == ("<p>Short.</p>", "The whole text.")
    assert (entry.categories, entry.language) == (("Courts",), "es")
    assert entry.published_at == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_a_body_that_is_the_name_of_a_file_is_not_opened(tmp_path: object) -> None:
    for body in (b"/etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1:9/feed", str(tmp_path).encode()):
        with pytest.raises(Unreadable):
            parse(body)
    entity = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    found = parse(entity + rss(item(1, "T &x; T")).decode().partition("?>")[2])
    assert found.entries[0].title in ("T T", "T &x; T")


def test_odd_encodings_and_broken_xml_still_give_entries() -> None:
    text = rss(item(1, "Núñez")).decode()
    assert parse(text.encode("utf-16")).entries[0].title == "Núñez"
    latin = text.replace('version="1.0"', 'version="1.0" encoding="iso-8859-1"', 1).encode("latin-1")
    assert parse(latin).entries[0].title == "Núñez"
    broken = parse(rss(item(1), "<item><title>A & B</title>").replace(b"</channel></rss>", b""))
    assert broken.entries
    assert broken.warning


def test_entries_with_one_id_for_all_are_told_apart_and_doubles_are_one() -> None:
    feed = parse(rss(*(item(number, guid="same") for number in (1, 2)), item(1, guid="same")))
    assert [entry.url[-2:] for entry in feed.entries] == ["/1", "/2"]
    assert len({entry.guid for entry in feed.entries}) == 2
    bare = rss(*["<item><title>a</title><link>https://paper.example/1</link></item>"] * 3)
    assert len(parse(bare).entries) == 1
    bare = parse(rss("<item><title>No link</title></item>"))
    assert bare.entries[0].guid


def test_what_a_feed_asks_for_is_understood() -> None:
    extra = (
        "<ttl>90</ttl><skipDays><day>Sunday</day></skipDays><skipHours><hour>0</hour><hour>1</hour></skipHours>"
        "<language>en-us</language>"
    )
    feed = parse(rss(item(1), extra=extra))
    assert (feed.ttl_s, feed.language) == (5_400, "en")
    assert {0, 1, 24, 25} <= set(feed.quiet_hours)
    assert set(range(144, 168)) <= set(feed.quiet_hours)
    assert 2 not in feed.quiet_hours
    every = "".join(f"<hour>{number}</hour>" for number in range(24))
    assert parse(rss(item(1), extra=f"<skipHours>{every}</skipHours>")).quiet_hours == ()


def test_no_more_than_500_entries_are_looked_at_and_the_rest_is_cut_before_the_parser() -> None:
    for body in (
        rss(*(item(number) for number in range(40_000))),
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>T</title>'
        b"</channel>" + b"<item><title>a</title></item>" * 900 + b"</rdf:RDF>",
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>' + b"<entry><id>1</id></entry>" * 900 + b"</feed>",
    ):
        short, is_cut = scan.cut(body)
        assert is_cut
        assert len(scan.ITEM.findall(short)) == 500
        assert parse(body).cut
    assert len(parse(rss(*(item(number) for number in range(700)))).entries) == 500


BEGINNINGS = [b"", b"<rss><channel><item>", b"<feed><entry>", b"{", b'{"version":"https://jsonfeed.org/version/1"']


@given(st.sampled_from(BEGINNINGS), st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_entries_or_a_sentence(beginning: bytes, body: bytes) -> None:
    sentence = ""
    try:
        assert isinstance(parse(beginning + body), FoundFeed)
    except Unreadable as error:
        sentence = f"{error.kind}: {error}"
    assert re.fullmatch(r"|(web_page|not_a_feed): .+\.", sentence)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "id",
    "url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "image",
    "tags",
    "authors",
    "date_published",
    "author",
]


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=6), max_size=3), ANYTHING)
@settings(max_examples=150, deadline=None)
def test_a_json_feed_may_hold_anything_at_every_place(items: list[dict[str, object]], other: object) -> None:
    document = {"version": "https://jsonfeed.org/version/1.1", "title": other, "home_page_url": other, "items": items}
    for entry in parse(json.dumps(document)).entries:
        assert entry.guid
        assert not FORBIDDEN.search(entry.summary)


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_clean_html_stays_clean(html: str) -> None:
    once = cleaning.safe_html(html, URL)
    assert not FORBIDDEN.search(once)
    assert cleaning.safe_html(once, URL) == once


def test_a_worker_process_reads_and_a_feed_that_hangs_or_eats_costs_only_its_worker(parsers: Parsers) -> None:
    assert parsers.read(rss(item(1)), URL, XML, NOW).entries[0].title == "Story 1"
    with Parsers(seconds=0.5) as hasty, pytest.raises(Unreadable, match="longer than"):
        hasty.read(b"<rss><channel><item><title>" + b"&" * 4_000_000, URL, XML, NOW)
    big = b"<rss version='2.0'><channel><item " + b"a='1' " * 700_000 + b">"
    with pytest.raises(Unreadable, match="too large"):
        parsers.read(big, URL, XML, NOW)
    assert parsers.read(rss(item(2)), URL, XML, NOW).entries[0].title == "Story 2"


def test_a_worker_that_was_killed_is_replaced_without_anybody_noticing(parsers: Parsers) -> None:
    with Parsers() as own:
        own.read(rss(item(1)), URL, XML, NOW)
        own._idle[0]._process.kill()
        own._idle[0]._process.wait()
        assert own.read(rss(item(2)), URL, XML, NOW).entries[0].title == "Story 2"
