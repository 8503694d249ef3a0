"""Merge fields: known ones become slots, everything else stays and is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.newsletters import merge


def said(text: str, **names: str) -> str:
    marked = merge.marked(text)
    return merge.filled(marked, merge.values_of(merge.slots_of(marked), names))


@pytest.mark.parametrize(
    ("text", "names", "wanted"),
    [
        ("Dear {{ first_name | friend }},", {"first_name": "Ana"}, "Dear Ana,"),
        ("Dear {{first_name|friend}},", {}, "Dear friend,"),
        ("Dear {{ first_name | friend }},", {"first_name": "  "}, "Dear friend,"),
        ("{{ first_name | a }} {{ first_name | b }}", {}, "a b"),
        ("{{ last_name | “neighbor” & co }}", {}, "“neighbor” & co"),
        ("{{ first_name }}!", {}, "!"),
        ("{{ address }}", {"address": "x"}, "{{ address }}"),
        ("{{ }} }} {{", {}, "{{ }} }} {{"),
    ],
)
def test_a_field_shows_the_name_or_what_stands_in_for_it(text: str, names: dict, wanted: str) -> None:
    assert said(text, **names) == wanted


def test_unknown_fields_are_named() -> None:
    assert "{{ password }}" in merge.faults("Your {{ password }}")[0]
    assert merge.faults("{{ first_name | friend }}") == []


@pytest.mark.parametrize("text", ["{{ first_name", "first_name }}", "{ {first_name}}", "{{{{ first_name }}"])
def test_braces_without_a_partner_are_noticed(text: str) -> None:
    assert merge.faults(text)


def test_values_are_escaped_in_html() -> None:
    marked = merge.marked("<p>{{ first_name | x }}</p>")
    values = merge.values_of(merge.slots_of(marked), {"first_name": "<b>&"})
    assert merge.filled_html(marked, values) == "<p>&lt;b&gt;&amp;</p>"


@given(st.text(st.characters(exclude_characters="{}\n", exclude_categories=["Cs", "Cc"]), max_size=40))
def test_every_fallback_comes_back_as_it_was_typed(fallback: str) -> None:
    field = merge.read_field(f"first_name | {fallback}")
    assert field is None or merge.value_of(field.slot_name, {}) == field.fallback


def test_a_name_that_looks_like_a_field_is_not_read_again() -> None:
    assert said("{{ first_name | x }}", first_name="{{ last_name | y }}") == "{{ last_name | y }}"
