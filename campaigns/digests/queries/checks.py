"""Reads of what looking at the stories of an issue found."""

from collections.abc import Iterable

from campaigns.digests.linkcheck import SENTENCES, Flag
from campaigns.digests.models import PrintedStory
from campaigns.digests.queries.digests import printed_of


def sentences(issue_id: int) -> list[str]:
    """What an approver should look at, a sentence each, in the order of the stories."""
    return [sentence for row in printed_of(issue_id) for sentence in of(row)]


def of(row: PrintedStory) -> list[str]:
    """What was found about one story, in sentences."""
    headline = str(row.check.get("headline", ""))
    found = []
    for flag in _flags(row.check.get("flags", [])):
        more = f": “{headline}”" if headline and flag in (Flag.HEADLINE, Flag.CHANGED) else ""
        found.append(f"“{row.title}” {SENTENCES[flag]}{more}.")
    return found


def _flags(names: Iterable[str]) -> list[Flag]:
    known = set(Flag)
    return [Flag(name) for name in names if name in known]
