"""Search finds people in every script, by two characters, with and without accents."""

import pytest

from campaigns import search


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Núñez", "nunez"),
        ("Nunez", "NÚÑ"),
        ("Nguyễn Đức", "duc"),
        ("Øystein Łukasz", "oy luk"),
        ("李雷明", "雷明"),
        ("李雷明", "李"),
        ("สมชาย", "ชา"),
        ("សុខា", "សុ"),
        ("김민준", "민준"),
        ("ma.garcia@example.org", "garcia@ex"),
        ("STRASSE", "straße"),
        ("ｆｕｌｌ", "full"),
    ],
)
def test_a_question_finds_the_text(text: str, question: str) -> None:
    words = search.words_of(text)
    assert all(any(word.startswith(asked) for word in words) for asked in search._asked(question))


def test_other_words_are_not_found() -> None:
    words = search.words_of("María López")
    assert not any(word.startswith("pez") for word in words)
