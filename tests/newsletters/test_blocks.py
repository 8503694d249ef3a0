"""Blocks and documents are read leniently as drafts and strictly as shapes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import Invalid
from campaigns.newsletters import blocks
from campaigns.newsletters.documents import empty_document, read_document

EMPTY = empty_document("December", None, [], "America/Los_Angeles").to_json()


def document(**changes: object) -> dict:
    return {**EMPTY, **changes}


@pytest.mark.parametrize("kind", blocks.KINDS)
def test_a_new_block_is_a_fine_draft(kind: str) -> None:
    made = blocks.new_block(kind)
    assert blocks.read_blocks([made])[0].model_dump() == made


def test_a_new_block_has_an_id_of_its_own() -> None:
    assert blocks.new_block("text")["id"] != blocks.new_block("text")["id"]


def test_levels_arrive_as_text_from_forms() -> None:
    assert blocks.read_blocks([{"id": "a", "kind": "heading", "level": "3"}])[0].level == 3


@pytest.mark.parametrize(
    ("block", "field"),
    [
        ({"id": "a", "kind": "marquee"}, "0"),
        ({"id": "a"}, "0"),
        ({"id": "A B", "kind": "text"}, "0.id"),
        ({"id": "a", "kind": "heading", "level": 1}, "0.level"),
        ({"id": "a", "kind": "text", "text": 5}, "0.text"),
        ({"id": "a", "kind": "text", "text": "x" * 20_001}, "0.text"),
        ({"id": "a", "kind": "button", "label": "x" * 81}, "0.label"),
        ({"id": "a", "kind": "image", "image": "../etc"}, "0.image"),
    ],
)
def test_a_wrong_shape_is_refused_with_its_field(block: dict, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        blocks.read_blocks([block])
    assert list(refused.value.fields) == [field]
    assert refused.value.fields[field].endswith((".", "here."))


def test_there_is_an_end_to_the_blocks() -> None:
    many = [{"id": f"b{number}", "kind": "divider"} for number in range(101)]
    with pytest.raises(Invalid, match="100 blocks"):
        blocks.read_blocks(many)


def test_control_characters_never_get_in() -> None:
    read = blocks.read_blocks([{"id": "a", "kind": "text", "text": "a\x02leave_url\x03b\x00\u202ec"}])
    assert read[0].text == "aleave_urlbc"


@given(st.text(max_size=300))
def test_what_was_read_is_read_again_the_same(text: str) -> None:
    once = blocks.read_blocks([{"id": "a", "kind": "quote", "text": text}])
    assert blocks.read_blocks([once[0].model_dump()]) == once


def test_two_blocks_with_one_id_are_refused() -> None:
    same = [{"id": "a", "kind": "divider"}, {"id": "a", "kind": "divider"}]
    with pytest.raises(Invalid):
        read_document(document(editions={"en": {"blocks": same}}))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "  "}, "title"),
        ({"send_zone": "Mars/Olympus"}, "send_zone"),
        ({"send_wall": "soon"}, "send_wall"),
        ({"send_mode": "later"}, "send_mode"),
        ({"lists": ["x"]}, "lists.0"),
        ({"editions": {"en": {"subject": "x" * 201}}}, "editions.en.subject"),
    ],
)
def test_a_wrong_document_says_where(change: dict, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_document(document(**change))
    assert field in refused.value.fields


def test_a_time_is_meant_in_its_zone() -> None:
    read = read_document(document(send_mode="at", send_wall="2026-12-03T08:00"))
    assert read.send_at is not None
    assert read.send_at.isoformat() == "2026-12-03T16:00:00+00:00"


def test_a_time_counts_only_when_it_is_chosen() -> None:
    assert read_document(document(send_mode="now", send_wall="2026-12-03T08:00")).send_at is None


def test_a_document_survives_its_storage() -> None:
    read = read_document(document(lists=[3, 1, 3], send_wall="2026-12-03T08:00:59"))
    assert read.lists == [1, 3]
    assert read_document(read.to_json()) == read
