"""What is missing, what a state allows, what an approval covers."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.newsletters import links, rules
from campaigns.newsletters.diff import changes
from campaigns.newsletters.documents import Document, Text, read_document
from campaigns.newsletters.frame import Picture
from campaigns.planning.models import ItemState as State

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
PICTURES = {"tok": Picture("/i/tok.jpg", 10, 10, "d1")}
TEXT = {"id": "a", "kind": "text", "text": "Hello"}


def text(*blocks: dict, subject: str = "Signs", preheader: str = "What they saw") -> Text:
    return Text.model_validate({"subject": subject, "preheader": preheader, "blocks": list(blocks)})


def document(**changes: object) -> Document:
    start = {"title": "December", "lists": [1], "send_zone": "America/Los_Angeles", "editions": {"en": {}}}
    return read_document({**start, **changes})


def titles(*blocks: dict, **lines: str) -> list[str]:
    return [found.title for found in rules.problems_of(text(*blocks, **lines), PICTURES)]


def test_a_finished_text_has_no_problems() -> None:
    image = {"id": "b", "kind": "image", "image": "tok", "alt": "A street"}
    button = {"id": "c", "kind": "button", "label": "Read", "url": "https://example.org"}
    assert titles(TEXT, image, button, {"id": "d", "kind": "divider"}, {"id": "e", "kind": "safety"}) == []


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"kind": "heading"}, "is empty"),
        ({"kind": "text"}, "is empty"),
        ({"kind": "quote"}, "is empty"),
        ({"kind": "button", "url": "https://a.org"}, "no words"),
        ({"kind": "button", "label": "Go"}, "leads nowhere"),
        ({"kind": "button", "label": "Go", "url": "javascript:x"}, "cannot be used"),
        ({"kind": "button", "label": "Go {{ x }}", "url": "https://a.org"}, "unknown"),
        ({"kind": "image"}, "is missing"),
        ({"kind": "image", "image": "gone", "alt": "x"}, "is missing"),
        ({"kind": "image", "image": "tok"}, "no description"),
        ({"kind": "image", "image": "tok", "alt": "x", "link": "nowhere"}, "cannot be used"),
        ({"kind": "text", "text": "Dear {{ firstname | friend }}"}, "unknown"),
        ({"kind": "text", "text": "[x](https://a.org/{{ first_name | x }})"}, "holds a merge field"),
    ],
)
def test_what_is_missing_in_a_block_must_be_put_right(block: dict, words: str) -> None:
    found = rules.problems_of(text(TEXT, {"id": "b", **block}), PICTURES)
    assert [each.block_id for each in found if words in each.title and each.is_must] == ["b"]


def test_lines_are_checked_too() -> None:
    assert titles(TEXT, subject="")[0] == "The subject is missing"
    assert "The subject is long" in titles(TEXT, subject="x" * 90)
    assert "There is no preview line" in titles(TEXT, preheader="")
    assert "There is nothing to read yet" in titles({"id": "a", "kind": "divider"})


def test_a_field_without_a_fallback_is_advice() -> None:
    found = rules.problems_of(text({"id": "a", "kind": "text", "text": "Dear {{ first_name }}"}), PICTURES)
    assert [each.severity for each in found] == ["should"]


@pytest.mark.parametrize(
    ("changed", "people", "has_sender", "field"),
    [
        ({}, 5, False, "sender_id"),
        ({"lists": []}, 0, True, "lists"),
        ({}, 0, True, "lists"),
        ({"send_mode": "at"}, 5, True, "send_wall"),
        ({"send_mode": "at", "send_wall": "2026-12-01T03:59"}, 5, True, "send_wall"),
        ({"send_mode": "at", "send_wall": "2027-03-14T02:30"}, 5, True, "send_wall"),
    ],
)
def test_plans_that_cannot_work(changed: dict, people: int, has_sender: bool, field: str) -> None:
    found = rules.plan_problems(document(**changed), people, has_sender, NOW)
    assert [each.field for each in found] == [field]


def test_practice_does_not_wait_for_a_sender() -> None:
    found = rules.plan_problems(document(), 5, has_sender=False, now=NOW, is_practice=True)
    assert [each.severity for each in found] == ["should"]


def test_the_postal_address_is_a_must_only_once_live() -> None:
    assert [each.severity for each in rules.imprint_problems("", is_practice=True)] == ["should"]
    assert [each.severity for each in rules.imprint_problems(" ", is_practice=False)] == ["must"]
    assert rules.imprint_problems("1 Main St", is_practice=False) == []


@pytest.mark.parametrize(("size", "severity"), [(10, []), (81 * 1024, ["should"]), (101 * 1024, ["must"])])
def test_size_is_warned_of_and_refused(size: int, severity: list[str]) -> None:
    assert [each.severity for each in rules.size_problems(size)] == severity


@pytest.mark.parametrize(
    ("approved", "now", "differs"),
    [
        (100, 110, False),
        (100, 111, True),
        (100, 90, False),
        (100, 89, True),
        (0, 0, False),
        (0, 1, True),
        (3, 3, False),
    ],
)
def test_a_tenth_more_or_less_is_asked_about(approved: int, now: int, differs: bool) -> None:
    assert rules.count_differs(approved, now) is differs


def test_a_launch_always_leaves_a_minute_to_stop_it() -> None:
    minute = timedelta(seconds=60)
    assert rules.launch_time(None, NOW) == NOW + minute
    assert rules.launch_time(NOW + timedelta(seconds=5), NOW) == NOW + minute
    assert rules.launch_time(NOW + timedelta(hours=2), NOW) == NOW + timedelta(hours=2)


def test_an_hour_late_is_missed() -> None:
    assert not rules.is_missed(NOW, NOW + timedelta(minutes=60))
    assert rules.is_missed(NOW, NOW + timedelta(minutes=60, seconds=1))


@pytest.mark.parametrize("state", State)
def test_what_is_on_its_way_cannot_be_edited_and_what_cannot_be_stopped_can_be_canceled(state: State) -> None:
    is_gone = state in (State.SENDING, State.PAUSED, State.SENT, State.CANCELED, State.FAILED, State.UNKNOWN)
    assert rules.may_edit(state) is not is_gone
    assert not (rules.may_stop(state) and rules.may_cancel(state))
    assert not (rules.may_bin(state) and (rules.may_stop(state) or rules.may_cancel(state)))


BASE = {"lists": [1], "minus": [2], "send_mode": "at", "send_wall": "2026-12-03T08:00"}


@pytest.mark.parametrize(
    "change",
    [
        {"lists": [1, 3]},
        {"minus": []},
        {"send_wall": "2026-12-03T08:01"},
        {"send_zone": "America/Denver"},
        {"send_mode": "now"},
    ],
)
def test_an_approval_covers_audience_and_time(change: dict) -> None:
    before = rules.content_hash(document(**BASE), {"en": "{}"}, PICTURES)
    assert rules.content_hash(document(**{**BASE, **change}), {"en": "{}"}, PICTURES) != before


def test_an_approval_covers_every_byte_and_picture_but_not_the_office_name() -> None:
    before = rules.content_hash(document(**BASE), {"en": "{}"}, PICTURES)
    assert rules.content_hash(document(**BASE), {"en": "{} "}, PICTURES) != before
    assert rules.content_hash(document(**BASE), {"en": "{}", "es": "{}"}, PICTURES) != before
    other = {"tok": Picture("/i/tok.jpg", 10, 10, "d2")}
    assert rules.content_hash(document(**BASE), {"en": "{}"}, other) != before
    assert rules.content_hash(document(**BASE, title="January"), {"en": "{}"}, PICTURES) == before


def test_the_list_id_is_the_lists_own_or_the_organizations() -> None:
    assert rules.list_id("H.E.A.T. Watch", [("youth", "Youth")], "news@x.org") == "H.E.A.T. Watch Youth <youth.x.org>"
    assert rules.list_id("Heat <x>", [("a", "A"), ("b", "B")], "news@x.org") == "Heat x <all.x.org>"


def test_the_summary_is_one_sentence() -> None:
    said = rules.summary("Signs", ["News", "Youth"], ["Staff"], 1204, "now")
    assert said == "“Signs” goes to 1,204 people on News and Youth, without those on Staff, now."
    assert "1 person on News, now." in rules.summary("Signs", ["News"], [], 1, "now")


@pytest.mark.parametrize("url", ["https://a.org", "http://a.org/x?y=1#z", "mailto:a@b.org", "tel:+15102084959"])
def test_addresses_that_may_be_linked_to(url: str) -> None:
    assert links.safe(url) == url
    assert links.fault(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//a.org",
        "a.org",
        "https://",
        "https:// a.org",
        "data:text/html,x",
        "https://a b",
        "http://[",
    ],
)
def test_addresses_that_may_not(url: str) -> None:
    assert links.safe(url) == ""
    assert links.fault(url).endswith((".", "tel:."))


def test_what_changed_is_said_per_block_with_both_texts() -> None:
    old = document(editions={"en": {"subject": "A", "blocks": [TEXT, {"id": "b", "kind": "heading", "text": "H"}]}})
    new = document(
        lists=[1, 2],
        editions={
            "en": {
                "subject": "B",
                "blocks": [
                    {"id": "b", "kind": "heading", "text": "H"},
                    {**TEXT, "text": "Goodbye"},
                    {"id": "c", "kind": "divider"},
                ],
            }
        },
    )
    found = {
        change.what: (change.before, change.after) for change in changes(old, new, {1: "News", 2: "Youth"}.__getitem__)
    }
    assert found["To"] == ("News", "News, Youth")
    assert found["Subject"] == ("A", "B")
    assert found["Text changed"] == ("Hello", "Goodbye")
    assert "Line added" in found or "Divider added" in found
    assert found["Order of the blocks"] == ("Text “Hello”, Heading “H”", "Heading “H”, Text “Goodbye”")


def test_nothing_changed_is_nothing_to_say() -> None:
    assert changes(document(), document().to_json()) == []
