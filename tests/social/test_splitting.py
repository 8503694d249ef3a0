"""Threads are cut where a reader would take a breath."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.social.splitting import split


def at_most(limit: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= limit


@pytest.mark.parametrize(
    ("text", "limit", "wanted"),
    [
        ("Short.", 10, ["Short."]),
        ("One two. Three four. Five.", 20, ["One two. Three four.", "Five."]),
        ("First paragraph.\n\nSecond one.", 20, ["First paragraph.", "Second one."]),
        ("A.\n\nB.\n\nC is here.", 12, ["A.\n\nB.", "C is here."]),
        ("Ask Dr. Lee about it. She knows.", 24, ["Ask Dr. Lee about it.", "She knows."]),
        ("At 7 p.m. We meet. Come.", 18, ["At 7 p.m. We meet.", "Come."]),
        ("He said “Stop.” She ran.", 16, ["He said “Stop.”", "She ran."]),
        ("これは一。これは二。", 6, ["これは一。", "これは二。"]),
        ("one two three four", 9, ["one two", "three", "four"]),
        ("aaaaaaaaaa", 4, ["aaaa", "aaaa", "aa"]),
    ],
)
def test_a_text_is_cut_at_its_ends(text: str, limit: int, wanted: list[str]) -> None:
    assert split(text, at_most(limit)) == wanted


@given(st.text(alphabet="ab .!?\n", max_size=300), st.integers(5, 40))
def test_nothing_is_lost_and_everything_fits(text: str, limit: int) -> None:
    parts = split(text, at_most(limit))
    assert all(len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
