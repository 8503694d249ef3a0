"""How audience, time and changes are said on staff pages."""

from datetime import UTC, datetime

from campaigns.newsletters import words
from campaigns.newsletters.documents import Document, read_document

NOW = datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
KNOWN = {1: "Newsletter", 2: "Coalition", 3: "Youth"}


def document(**fields: object) -> Document:
    return read_document({"title": "News", "send_zone": "America/Los_Angeles", "editions": {"en": {}}, **fields})


def test_a_time_is_said_in_the_zone_that_was_chosen() -> None:
    chosen = document(send_mode="at", send_wall="2026-12-03T08:00")
    assert words.when(chosen, NOW) == "on Thu 3 Dec, 8:00 am PT (in 2 days)"
    assert words.when(document(send_mode="at"), NOW) == words.NO_TIME
    assert words.when(document(), NOW) == words.ON_APPROVAL
    assert words.when(document(), NOW, is_approved=True) == words.ON_SENDING


def test_an_audience_names_its_lists() -> None:
    assert words.audience(document(), KNOWN) == "No list chosen yet"
    assert words.audience(document(lists=[1]), KNOWN) == "Newsletter"
    assert words.audience(document(lists=[1, 2], minus=[3]), KNOWN) == "Newsletter and Coalition, without Youth"
    assert words.audience(document(lists=[9]), KNOWN) == "a list that was removed"


def test_a_save_is_said_with_the_time_of_the_office() -> None:
    assert (
        words.saved("draft", datetime(2026, 12, 3, 17, 41, tzinfo=UTC), "America/Los_Angeles") == "Draft, saved 9:41 am"
    )


def test_texts_that_are_alike_are_shown_as_one() -> None:
    assert words.pieces("ten loud signs", "ten quiet signs") == [
        ("same", "ten"),
        ("gone", " loud"),
        ("new", " quiet"),
        ("same", " signs"),
    ]


def test_texts_that_are_not_alike_stay_apart() -> None:
    assert words.pieces("one two three", "four five six seven") == [
        ("gone", "one two three"),
        ("same", "\n"),
        ("new", "four five six seven"),
    ]
    assert words.pieces("", "new") == [("new", "new")]
    assert words.pieces("old", "") == [("gone", "old")]
