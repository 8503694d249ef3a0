"""The same article and the same event become one story; what contradicts, and what people took apart, does not."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.digests import facts
from campaigns.digests.clustering import WINDOW, Item, Known, Why, place

DAY = datetime(2026, 12, 1, 9, tzinfo=UTC)
TITLE = "Oakland man sentenced to 12 years for sex trafficking"
TEXT = (
    "A man from Oakland was sentenced on Monday to 12 years in prison for trafficking two teenagers, prosecutors said. "
    "Darnell Price had met them at a bus station in Fremont, according to court papers."
)
REWRITTEN = (
    "Darnell Price was sentenced to 12 years in prison for trafficking two teenagers, prosecutors said on Monday. "
    "The man from Oakland had met them at a bus station in Fremont."
)


def item(number: int, title: str = TITLE, text: str = TEXT, at: datetime = DAY, **more: str) -> Item:
    return Item(number, more.get("key", f"https://paper{number}.example/a"), title, text, at, more.get("publisher", ""))


def leaders(*items: Item, known: Known | None = None) -> dict[int, int]:
    return {placed.item_id: placed.leader_id for placed in place(items, known)}


def test_the_same_address_is_the_same_article_whatever_it_is_called() -> None:
    one, other = item(1), item(2, "Something else entirely", "Not a word alike.", key="https://paper1.example/a")
    late = item(3, "A third title", "", at=DAY + timedelta(days=400), key="https://paper1.example/a")
    placed = {found.item_id: found for found in place([one, other, late])}
    assert [placed[number].leader_id for number in (1, 2, 3)] == [1, 1, 1]
    assert placed[2].why is placed[3].why is Why.SAME_ARTICLE


def test_reports_of_one_event_become_one_story_with_a_likeness() -> None:
    placed = place(
        [item(1), item(2, f"{TITLE} - The Tribune", publisher="The Tribune Online"), item(3, text=REWRITTEN)]
    )
    assert {found.leader_id for found in placed} == {1}
    assert placed[0].why is Why.FIRST
    assert [found.why for found in placed[1:]] == [Why.ALIKE, Why.ALIKE]
    assert placed[1].score > placed[2].score > 0.65


@pytest.mark.parametrize(
    ("title", "text", "why"),
    [
        (TITLE.replace("12", "15"), TEXT.replace("12", "15"), "the headlines name different numbers"),
        (
            TITLE,
            TEXT.replace("12 years", "nine years").replace("two", "three"),
            "the first sentences name different numbers",
        ),
        (
            "Hayward man sentenced to 12 years for sex trafficking in Reno",
            TEXT.replace("from Oakland", "from Hayward"),
            "each headline names something that the other report does not",
        ),
    ],
)
def test_what_contradicts_stays_apart(title: str, text: str, why: str) -> None:
    first_title = TITLE if "Reno" not in title else TITLE + " in Fremont"
    assert leaders(item(1, first_title), item(2, title, text)) == {1: 1, 2: 2}
    assert facts.conflict(facts.facts_of(first_title, TEXT), facts.facts_of(title, text)) == why


def test_a_story_ends_three_days_after_its_first_entry_and_does_not_chain() -> None:
    nearly, after = DAY + WINDOW, DAY + WINDOW + timedelta(minutes=1)
    assert leaders(item(1), item(2, at=nearly), item(3, at=after)) == {1: 1, 2: 1, 3: 3}


def test_an_entry_is_compared_with_the_first_one_only() -> None:
    first = item(1, "alpha bravo charlie delta echo foxtrot", "")
    between = item(2, "bravo charlie delta echo foxtrot golf", "")
    far = item(3, "charlie delta echo foxtrot golf hotel", "")
    assert leaders(between, far)[3] == 2
    assert leaders(first, between, far) == {1: 1, 2: 1, 3: 3}


def test_what_people_decided_stands() -> None:
    apart = Known(leaders=[item(1)], apart={item(2).key: frozenset({1})})
    assert leaders(item(2), known=apart) == {2: 2}
    other = item(2, "Nothing alike", "At all.")
    together = Known(leaders=[item(1)], together={other.key: 1})
    (placed,) = place([other], together)
    assert (placed.leader_id, placed.why) == (1, Why.BY_HAND)


def test_what_is_known_is_joined_also_by_the_address_of_a_later_entry() -> None:
    known = Known(leaders=[item(1)], leader_of_key={"https://x.example/copy": 1})
    assert leaders(item(5, "Other", "Words", key="https://x.example/copy"), item(6), known=known) == {5: 1, 6: 1}


def test_other_scripts_are_compared_too() -> None:
    title = "奧克蘭警方破獲人口販運集團 救出九人"
    assert leaders(item(1, title, ""), item(2, f"{title}!", ""), item(3, "天氣預報：週末有雨", "")) == {
        1: 1,
        2: 1,
        3: 3,
    }


def test_the_name_of_the_publisher_is_no_part_of_a_headline_and_other_words_are() -> None:
    assert facts.bare_title("Nine freed - The Tribune", "Tribune") == "Nine freed"
    assert facts.bare_title("Nine freed | KHON2", "KHON2 News") == "Nine freed"
    assert facts.bare_title("Nine freed - a timeline", "Tribune") == "Nine freed - a timeline"


def test_titles_in_capitals_throughout_name_nobody_by_themselves() -> None:
    said = facts.facts_of("Man Sentenced For Trafficking Two Girls In Oakland", "The judge spoke in Oakland to Ms. Li.")
    assert said.names == {"oakland"}
    assert said.headline == {"2"}
    assert facts.facts_of("MAN SENTENCED IN OAKLAND", "In Oakland.").names == frozenset()
