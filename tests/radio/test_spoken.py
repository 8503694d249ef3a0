"""Scripts are counted as they are read aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.radio.spoken import reading, spoken_words, words_in


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("21", "twenty one"),
        ("1,204 people", "one thousand two hundred four people"),
        ("10,000,000", "ten million"),
        ("(312) 222-2222", "three one two two two two two two two two"),
        ("1-510-208-4959", "one five one zero two zero eight four nine five nine"),
        ("208-4959", "two zero eight four nine five nine"),
        ("Dial 911.", "dial nine one one"),
        ("9/11", "nine eleven"),
        ("Text 233733.", "text two three three seven three three"),
        ("info@heatwatch.org", "info at heatwatch dot org"),
        ("www.heatwatch.org/help", "w w w dot heatwatch dot org slash help"),
        ("https://heatwatch.org/a-b/", "heatwatch dot org slash a dash b"),
        ("Thursday, Dec 3, 2026", "thursday december third twenty twenty six"),
        ("May 1st", "may first"),
        ("12/3/2026", "december third twenty twenty six"),
        ("2026-12-03", "december third twenty twenty six"),
        ("6:30 pm", "six thirty p m"),
        ("8 a.m. sharp", "eight a m sharp"),
        ("8:05", "eight oh five"),
        ("$1,204.50", "one thousand two hundred four dollars and fifty cents"),
        ("$1", "one dollar"),
        ("$3 million", "three million dollars"),
        ("50% of 3.5", "fifty percent of three point five"),
        ("in 1999, 2005, 2010 and 1906", "in nineteen ninety nine two thousand five twenty ten and nineteen oh six"),
        ("the 22nd", "the twenty second"),
        ("KPFA 94.1 FM", "k p f a ninety four point one f m"),
        ("the FBI's NASA", "the f b i nasa"),
        ("H.E.A.T. Watch", "heat watch"),
        ("the U.S. Dr. Lee", "the u s doctor lee"),
        ("at-risk youth & others", "at risk youth and others"),
        ("24/7", "twenty four seven"),
        ("Hello [music up] there", "hello there"),
        ("CALL THE TIP LINE NOW AND TELL US WHAT YOU SAW", "call the tip line now and tell us what you saw"),
        ("... — !", ""),
    ],
)
def test_text_is_read_as_people_say_it(written: str, said: str) -> None:
    assert " ".join(spoken_words(written, {"H.E.A.T.": "heat"})) == said


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    assert all(word.strip() for word in spoken_words(text))


def test_pace_decides_the_seconds() -> None:
    assert reading("word " * 75, 150).seconds == 30.0
    assert reading("word " * 75, 100).seconds == 45.0
    assert words_in(30, 160) == 80
