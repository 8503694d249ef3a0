"""What an issue holds: picked stories first, in sections, within limits; honest quotations; a line for the source."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.digests import recipe
from campaigns.digests.recipe import Candidate, Credit, Order, Part, Recipe, choose, fits, folded_words, quotation

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def story(number: int, **fields: object) -> Candidate:
    title = str(fields.pop("title", f"Story {number}"))
    values: dict[str, object] = {"text": "", "url": "https://x.example", "source": f"Paper {number}", "trust": "press"}
    values |= {"at": NOW - timedelta(hours=number), "words": folded_words(title), **fields}
    return Candidate(number, title, **values)  # type: ignore[arg-type]


def ids(found: Recipe, *stories: Candidate) -> list[list[int]]:
    return [[one.story_id for one in section.stories] for section in choose(found, stories)]


def test_picked_stories_come_first_then_the_newest() -> None:
    assert ids(Recipe(most=3), story(1), story(2), story(3, is_picked=True), story(4)) == [[3, 1, 2]]
    assert ids(Recipe(only_picked=True), story(1), story(2, is_picked=True)) == [[2]]


def test_what_nobody_vouches_for_goes_in_only_when_a_person_picked_it() -> None:
    assert ids(Recipe(), story(1, trust="other"), story(2, trust="other", is_picked=True)) == [[2]]
    assert ids(Recipe(), story(1, is_backlog=True), story(2, is_backlog=True, is_picked=True)) == [[2]]
    only_own = Recipe(trusted=frozenset({"own"}), only_trusted=True)
    assert ids(only_own, story(1, trust="own"), story(2, is_picked=True)) == [[1]]


def test_sections_take_their_categories_and_the_rest_goes_where_anything_goes() -> None:
    found = Recipe(parts=(Part("Courts", ("court",), 1), Part("Elsewhere"), Part("Never")))
    court = [story(number, categories=frozenset({"court"})) for number in (1, 2)]
    assert ids(found, *court, story(3)) == [[1], [2, 3]]
    only = Recipe(parts=(Part("Courts", ("court",), 1),))
    assert ids(only, *court, story(3)) == [[1]]


def test_no_source_fills_an_issue_alone_except_with_what_was_picked() -> None:
    same = [story(number, source="Paper") for number in (1, 2, 3)]
    picked = story(4, source="Paper", is_picked=True)
    assert ids(Recipe(most_per_source=2), *same, story(5)) == [[1, 2, 5]]
    assert ids(Recipe(most_per_source=1), *same, picked) == [[4]]


def test_the_order_is_the_one_that_was_asked_for() -> None:
    stories = [story(1, sources=1, trust="press"), story(2, sources=4, trust="press"), story(3, trust="own")]
    assert ids(Recipe(order=Order.NEWEST), *stories) == [[1, 2, 3]]
    assert ids(Recipe(order=Order.MOST_SOURCES), *stories) == [[2, 1, 3]]
    assert ids(Recipe(order=Order.NEAREST), *stories) == [[3, 1, 2]]


@pytest.mark.parametrize(
    ("title", "keywords", "without", "is_in"),
    [
        ("New law on labor trafficking", ("labor trafficking",), (), True),
        ("New law on labor", ("labor trafficking",), (), False),
        ("Drug trafficking ring", ("trafficking",), ("drug trafficking",), False),
        ("LABOR Tráfficking, again", ("labor trafficking",), (), True),
        ("Traffickings", ("trafficking",), (), False),
        ("警方破獲人口販運集團", ("人口販運",), (), True),
        ("Anything", ("", " !"), (), False),
    ],
)
def test_keywords_are_whole_words_in_any_writing(
    title: str, keywords: tuple[str, ...], without: tuple[str, ...], is_in: bool
) -> None:
    assert fits(Recipe(keywords=keywords, without=without), story(1, title=title)) is is_in


def test_categories_of_a_story_must_be_among_those_asked_for() -> None:
    asked = Recipe(categories=frozenset({"court"}))
    assert fits(asked, story(1, categories=frozenset({"court", "city"})))
    assert not fits(asked, story(1, categories=frozenset({"city"})))


def test_a_quotation_ends_with_a_sentence_where_it_can() -> None:
    text = "One two three four. Five six seven eight nine ten eleven."
    assert quotation(text, 6) == "One two three four."
    assert (
        quotation(text, 10)
        == "One two three four five".replace("four five", "four. Five") + " six seven eight nine ten…"
    )
    assert quotation("Short,  as\nit is", 40) == "Short, as it is"
    assert quotation("Ends with a comma, here", 4) == "Ends with a comma…"
    assert quotation(text, 0) == ""


def test_the_line_below_names_the_source_and_as_much_as_was_asked_for() -> None:
    assert recipe.credit(Credit.SOURCE, "The Tribune", "Ann Lee", NOW, "UTC") == "The Tribune"
    assert recipe.credit(Credit.SOURCE_DATE, "The Tribune", "Ann Lee", NOW, "UTC") == "The Tribune, December 1, 2026"
    full = recipe.credit(Credit.SOURCE_AUTHOR_DATE, "The Tribune", "Ann Lee", NOW, "UTC")
    assert full == "The Tribune, Ann Lee, December 1, 2026"
    assert recipe.credit(Credit.SOURCE_AUTHOR_DATE, "The Tribune", "The Tribune", None, "UTC") == "The Tribune"
    assert recipe.credit(Credit.SOURCE_DATE, "", "", NOW, "UTC") == ""
