"""What waits for one person: approvals to give, changes that were asked, and what did not go as planned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from campaigns import clock
from campaigns.delivery import queries as delivery
from campaigns.newsletters import queries as newsletters
from campaigns.planning import queries as planning
from campaigns.planning import rules
from campaigns.planning.models import ItemState, PlanItem
from campaigns.staff.models import Organization, RoleName, User
from campaigns.staff.rules import has_role

TROUBLE_SHOWN = timedelta(days=14)
LOST = {
    ItemState.MISSED: "Its time passed before it could leave.",
    ItemState.FAILED: "It could not be sent.",
    ItemState.UNKNOWN: "We cannot tell whether it went out. Please look before anybody repeats it.",
}

HELD = "Its time came while everything was paused. Decide what happens."


class Rank(IntEnum):
    """What comes first on the desk."""

    TROUBLE = 0
    HELD = 1
    REVIEW = 2
    RETURNED = 3
    OVERDUE = 4


@dataclass(frozen=True)
class Need:
    """One thing that waits for a person; `verb` is the word on its button, empty where a chip is enough."""

    rank: Rank
    item: PlanItem
    text: str
    verb: str = ""


def of(user: User, organization: Organization, now: datetime) -> list[Need]:
    """Everything that waits for this person, the most pressing first; each item once."""
    found: dict[int, Need] = {}
    for need in _all(user, organization, now):
        if need.item.id not in found:
            found[need.item.id] = need
    return sorted(found.values(), key=lambda need: need.rank)


def _all(user: User, organization: Organization, now: datetime) -> Iterable[Need]:
    zone = organization.zone
    if has_role(user, RoleName.WRITER):
        for item in planning.troubled(now - TROUBLE_SHOWN):
            yield Need(Rank.TROUBLE, item, item.note or LOST[ItemState(item.state)])
        yield from _copies(now)
    if has_role(user, RoleName.APPROVER):
        for item in planning.in_state(ItemState.HELD):
            yield Need(Rank.HELD, item, item.note or HELD, "Decide")
        for item in planning.waiting():
            if rules.may_approve(user.id, [item.owner_id], organization.is_practice):
                yield Need(Rank.REVIEW, item, f"Waits for your approval. {_due(item, zone, now)}", "Review")
    for item in planning.returned(user.id):
        asked = planning.last_approval(item)
        comment = f" “{asked.comment}”" if asked and asked.comment else ""
        yield Need(Rank.RETURNED, item, f"Somebody asked for changes.{comment}", "Open")
    for item in planning.overdue(now):
        if item.owner_id == user.id and item.state in (ItemState.DRAFT, ItemState.IN_REVIEW):
            yield Need(Rank.OVERDUE, item, f"Its time has passed and it is not approved. {_due(item, zone, now)}")


def _copies(now: datetime) -> Iterable[Need]:
    """Newsletters of which mail servers refuse copies because of us, or of which copies wait for a decision."""
    found = {run.id: (refused, undecided) for run, refused, undecided in delivery.refused_runs(now - TROUBLE_SHOWN)}
    for run_id, newsletter in newsletters.of_runs(found).items():
        item = planning.find_item(newsletters.KIND, newsletter.id)
        refused, undecided = found[run_id]
        if item is None or newsletter.state == ItemState.CANCELED:
            continue
        said = []
        if refused:
            are = "1 copy was" if refused == 1 else f"{refused:,} copies were"
            said.append(f"{are} refused because of us. When the cause is mended, send them again.")
        if undecided:
            said.append(f"{undecided:,} may have arrived or not. Decide whether they are sent again.")
        yield Need(Rank.TROUBLE, item, " ".join(said), "Look")


def _due(item: PlanItem, zone: str, now: datetime) -> str:
    return clock.friendly(item.due_at, zone, now) if item.due_at else "It leaves when somebody presses Send."


@dataclass(frozen=True)
class FirstSteps:
    """How far a newcomer is on the way to a first newsletter."""

    item: PlanItem | None
    has_written: bool
    has_asked: bool
    has_sent: bool


def first_steps(user: User) -> FirstSteps | None:
    """The way to a first newsletter, for a writer who has sent none yet; else None."""
    if not has_role(user, RoleName.WRITER):
        return None
    work = planning.work_of(user.id)
    states = {item.state for item in work}
    if ItemState.SENT in states:
        return None
    return FirstSteps(
        item=work[0] if work else None,
        has_written=bool(work),
        has_asked=bool(states - {ItemState.DRAFT, ItemState.CANCELED}),
        has_sent=ItemState.SENDING in states,
    )
