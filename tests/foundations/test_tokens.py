"""Tokens open only what they were made for."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns import clock, tokens


@given(st.lists(st.integers(0, 2**63 - 1), max_size=8))
def test_sealed_numbers_come_back(numbers: list[int]) -> None:
    assert tokens.unseal("leave", tokens.seal("leave", *numbers)) == tuple(numbers)


def test_a_token_of_one_purpose_opens_nothing_else() -> None:
    assert tokens.unseal("erase", tokens.seal("leave", 7)) is None


@given(st.text(max_size=80))
def test_any_text_at_all_is_no_token(text: str) -> None:
    assert tokens.unseal("leave", text) is None


def test_a_changed_token_is_refused() -> None:
    token = tokens.seal("leave", 7, 8)
    swapped = ("A" if token[0] != "A" else "B") + token[1:]
    assert tokens.unseal("leave", swapped) is None


def test_a_form_token_is_good_from_three_seconds_to_two_hours() -> None:
    made = clock.now()
    token = tokens.form_token("join", made)
    ages = {"early": 1, None: 60, "late": 7201}
    for verdict, seconds in ages.items():
        assert tokens.check_form_token("join", token, made + timedelta(seconds=seconds)) == verdict
    assert tokens.check_form_token("erase", token, made + timedelta(seconds=60)) == "forged"
    assert tokens.check_form_token("join", "", made) == "forged"


def test_a_secret_at_rest_is_not_readable_and_comes_back() -> None:
    sealed = tokens.encrypt("relay", "hunter2")
    assert "hunter2" not in sealed
    assert tokens.decrypt("relay", sealed) == "hunter2"
    assert tokens.decrypt("other", sealed) is None
