"""The rail says where you are, on every page of the staff."""

from campaigns.app import STAFF
from campaigns.context import RAIL

# The search stands above everything.
NOWHERE = {"search"}


def test_every_staff_page_has_its_place_in_the_rail() -> None:
    marked = set().union(*(blueprints for _, _, _, blueprints, _ in RAIL))
    assert {blueprint.name for blueprint, *_ in STAFF} - marked == NOWHERE


def test_no_page_marks_two_places() -> None:
    every = [name for _, _, _, blueprints, _ in RAIL for name in blueprints]
    assert len(every) == len(set(every))
