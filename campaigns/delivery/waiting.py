"""Why a run does nothing, or not everything, at this moment, and until when: for the page that shows it. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from campaigns.db import db
from campaigns.delivery import brakes
from campaigns.delivery.models import Retry, Run, RunState, WaitKind

TITLES = {
    WaitKind.HOURS: "It waits for the sending hours",
    WaitKind.LIMIT: "It waits for the limit of the mail server",
    WaitKind.SERVERS: "It waits for a mail server",
    WaitKind.FAULT: "The mail server does not take our mail",
}


@dataclass(frozen=True)
class Reason:
    """One reason to wait: a title, a sentence, and when it goes on; None where that depends on somebody."""

    kind: str
    title: str
    text: str
    until: datetime | None


def reasons(run: Run, now: datetime) -> list[Reason]:
    """Everything that a run under way waits for, the whole run first."""
    if run.state != RunState.RUNNING:
        return []
    found = []
    if run.wait_kind and run.next_try_at is not None and run.next_try_at > now:
        kind = WaitKind(run.wait_kind)
        until = None if kind == WaitKind.SERVERS else run.next_try_at
        found.append(Reason(kind, TITLES[kind], run.reason, until))
    if run.stage_until is not None and run.stage_left == 0:
        text = f"The first {run.stage_size:,} people have it. The rest follows when nothing speaks against it."
        found.append(Reason("first_part", "It waits and looks", text, run.stage_until))
    return [*found, *_aside(run, now)]


def _aside(run: Run, now: datetime) -> list[Reason]:
    mine = select(Retry.aside_for, func.count()).where(Retry.run_id == run.id, Retry.aside_for != "")
    counts = {row[0]: int(row[1]) for row in db.session.execute(mine.group_by(Retry.aside_for))}
    waits = brakes.waiting_domains(now) if counts else {}
    return [
        Reason("domain", f"{_people(count)} at {domain} wait for their turn", waits[domain].reason, waits[domain].until)
        for domain, count in sorted(counts.items())
        if domain in waits
    ]


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"
