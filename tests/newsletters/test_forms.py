"""From the fields of the editor to a document, and from its faults back to the fields."""

from werkzeug.datastructures import MultiDict

from campaigns.newsletters import forms

STORED = {"send_zone": "America/Los_Angeles", "editions": {"es": {"subject": "Hola", "preheader": "", "blocks": []}}}


def test_blocks_come_in_the_order_of_the_page() -> None:
    posted = MultiDict(
        [("block", "b2"), ("block", "b1"), ("b1-kind", "text"), ("b1-text", "One"), ("b2-kind", "divider")]
    )
    assert forms.posted_blocks(posted) == [
        {"id": "b2", "kind": "divider"},
        {"id": "b1", "kind": "text", "text": "One"},
    ]


def test_what_is_no_kind_of_block_is_left_out() -> None:
    assert forms.posted_blocks(MultiDict([("block", "b1"), ("b1-kind", "script"), ("block", "b2")])) == []


def test_a_tick_says_that_an_image_is_decoration() -> None:
    fields = [("block", "b1"), ("b1-kind", "image"), ("b1-image", "t")]
    assert forms.posted_blocks(MultiDict(fields))[0]["is_decorative"] is False
    assert forms.posted_blocks(MultiDict([*fields, ("b1-is_decorative", "yes")]))[0]["is_decorative"] is True


def test_other_languages_stay_as_they_are() -> None:
    document = forms.posted_document(MultiDict({"title": "News", "subject": "Hello"}), STORED)
    assert document["editions"]["es"]["subject"] == "Hola"
    assert document["editions"]["en"]["subject"] == "Hello"
    assert document["send_zone"] == "America/Los_Angeles"


def test_a_day_without_a_time_means_the_morning() -> None:
    document = forms.posted_document(MultiDict({"send_mode": "at", "send_day": "2026-12-03", "send_time": ""}), STORED)
    assert document["send_wall"] == "2026-12-03T09:00"
    assert forms.posted_document(MultiDict({"send_time": "08:00"}), STORED)["send_wall"] == ""


def test_numbers_that_are_none_are_left_out() -> None:
    posted = MultiDict([("lists", "1"), ("lists", "two"), ("lists", "²"), ("sender_id", "x")])
    document = forms.posted_document(posted, STORED)
    assert document["lists"] == [1]
    assert document["sender_id"] is None


def test_a_sentence_finds_its_field() -> None:
    document = {"editions": {"en": {"blocks": [{"id": "b7", "kind": "button"}]}}}
    faults = {"editions.en.blocks.0.url": "Too long.", "send_wall": "Which day?", "editions.en.subject": "Too long."}
    assert forms.field_errors(faults, document) == {
        "b7-url": "Too long.",
        "send_day": "Which day?",
        "subject": "Too long.",
    }
