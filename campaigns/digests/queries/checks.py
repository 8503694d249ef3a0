"""Reads of what looking at the stories of an issue found."""

from collections.abc import Iterable

from campaigns.digests.linkcheck import SENTENCES, Flag
from campaigns.digests.models import PrintedStory
from campaigns.digests.queries.digests import printed_of


def sentences(issue_id: int) -> list[str]:
    """What an approver should look at, a sentence each, in the order of the stories."""
    return [f"“{row.title}” {words}" for row in printed_of(issue_id) for words in of(row)]


def of(row: PrintedStory) -> list[str]:
    """What was found about one story, as what follows its headline in a sentence."""
    headline = str(row.check.get("headline", ""))
    found = []
    for flag in _flags(row.check.get("flags", [])):
        more = f": “{headline}”" if headline and flag in (Flag.HEADLINE, Flag.CHANGED) else ""
        found.append(f"{SENTENCES[flag]}{more}.")
    return found


def _flags(names: Iterable[str]) -> list[Flag]:
    known = set(Flag)
    return [Flag(name) for name in names if name in known]
