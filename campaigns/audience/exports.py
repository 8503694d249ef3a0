"""Writing people as CSV that every office program reads, and none takes for formulas."""

import csv
import io
from collections.abc import Iterable, Iterator

from campaigns.audience.imports import write_safe
from campaigns.audience.models import Membership, MembershipState, Subscriber
from campaigns.delivery.addresses import display

HEADER = ("Email address", "First name", "Last name", "Language", "Lists", "Not confirmed", "Left", "Paused until")
BYTE_ORDER_MARK = "\ufeff"


def lines(people: Iterable[tuple[Subscriber, list[Membership]]], list_names: dict[int, str]) -> Iterator[str]:
    """The file, line by line, with a byte order mark so that accents survive a double click."""
    yield BYTE_ORDER_MARK + _line(HEADER)
    for subscriber, held in people:
        by_state = {state: _names(held, state, list_names) for state in MembershipState}
        yield _line(
            (
                display(subscriber.address),
                subscriber.first_name,
                subscriber.last_name,
                subscriber.language,
                by_state[MembershipState.CONFIRMED],
                by_state[MembershipState.PENDING],
                by_state[MembershipState.LEFT],
                subscriber.paused_until.date().isoformat() if subscriber.paused_until else "",
            )
        )


def report_lines(report: Iterable[dict[str, object]]) -> Iterator[str]:
    """The report of an import: which line, what became of it, why."""
    yield BYTE_ORDER_MARK + _line(("Line", "Result", "Why"))
    words = {"already": "Already here", "left": "Left or refused earlier", "fix": "Needs fixing"}
    for entry in report:
        yield _line((str(entry["line"]), words.get(str(entry["verdict"]), ""), str(entry["sentence"])))


def _names(held: list[Membership], state: MembershipState, list_names: dict[int, str]) -> str:
    return "; ".join(list_names.get(each.list_id, "") for each in held if each.state == state)


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([write_safe(cell) for cell in cells])
    return out.getvalue()
