"""The copies of a newsletter as CSV that every office program reads, and none takes for formulas."""

import csv
import io
from collections.abc import Iterator

from campaigns.audience import queries as audience
from campaigns.audience.exports import BYTE_ORDER_MARK
from campaigns.audience.imports import write_safe
from campaigns.delivery import outcomes
from campaigns.delivery import queries as delivery
from campaigns.delivery.addresses import display
from campaigns.delivery.models import Delivery, Retry
from campaigns.delivery.outcomes import GROUPS, Group

HEADER = ("Reader", "Outcome", "When", "Next try", "What it means", "Code", "The mail server's words")


def lines(run_id: int, group: Group | None, with_addresses: bool) -> Iterator[str]:
    """The report, line by line, a thousand read at a time; without a group those that wait stand at the end."""
    yield BYTE_ORDER_MARK + _line(HEADER)
    for part in (group,) if group else (None, Group.WAITING):
        after = 0
        while copies := delivery.copies_after(run_id, part, after):
            after = copies[-1].recipient_id
            people = audience.recipients([copy.recipient_id for copy in copies]) if with_addresses else []
            addresses = {person.id: display(person.address) for person in people}
            for copy in copies:
                yield _line(_cells(copy, addresses))


def _cells(copy: Delivery | Retry, addresses: dict[int, str]) -> tuple[str, ...]:
    return (
        addresses.get(copy.recipient_id, f"Reader {copy.recipient_id}"),
        GROUPS[outcomes.group_of(copy)].name,
        "" if isinstance(copy, Retry) else copy.at.isoformat(timespec="seconds"),
        copy.next_at.isoformat(timespec="seconds") if isinstance(copy, Retry) else "",
        outcomes.sentence_of(copy),
        " ".join(filter(None, (str(copy.code or ""), copy.enhanced))),
        copy.text,
    )


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([write_safe(cell) for cell in cells])
    return out.getvalue()
