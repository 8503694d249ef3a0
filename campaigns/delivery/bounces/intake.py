"""From what was read to facts: whose copy it was, and the words without addresses."""

import re
from datetime import datetime

from campaigns.delivery import addresses, marks
from campaigns.delivery.bounces.facts import Fact
from campaigns.delivery.bounces.models import BounceKind
from campaigns.delivery.bounces.reading import Copy, Reading, Verdict
from campaigns.delivery.bounces.reports import ADDRESS
from campaigns.delivery.bounces.return_path import NO_RUN, mark_in
from campaigns.errors import Invalid

MAILBOX = "mailbox"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


def redacted(text: str) -> str:
    """A text without addresses and marks, on one line."""
    plain = marks.MARK.sub("[mark]", ADDRESS.sub("[address]", text))
    return " ".join(_CONTROLS.sub(" ", plain).split())


def fingerprint_of(address: str) -> str:
    """The fingerprint of an address that somebody reported, or "" when it is none."""
    try:
        return addresses.fingerprint(addresses.parse(address).key)
    except Invalid:
        return ""


def facts_of(reading: Reading, report: str, now: datetime) -> list[Fact]:
    """The facts in a message of the bounce mailbox; a mark of ours says whose copy it was, whatever the report says.

    Of a single mail nothing is kept but that it left; whom it went to, only the report can say.
    """
    if reading.verdict not in (Verdict.BOUNCE, Verdict.COMPLAINT):
        return []
    mark = mark_in(reading.tokens, now)
    if mark is not None and mark.run_id != NO_RUN:
        copy = next(iter(reading.copies), Copy("", BounceKind.UNKNOWN))
        return [_fact(copy, report, mark.run_id, mark.recipient_id)]
    return [_fact(copy, report) for copy in reading.copies]


def _fact(copy: Copy, report: str, run_id: int | None = None, recipient_id: int | None = None) -> Fact:
    return Fact(
        copy.kind,
        MAILBOX,
        report,
        run_id,
        recipient_id,
        fingerprint_of(copy.address),
        copy.code,
        copy.status,
        redacted(copy.text),
    )
