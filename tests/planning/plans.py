"""Planned items for tests: one call puts a row of the calendar, as a channel's action would."""

import itertools
from datetime import datetime

from campaigns import clock
from campaigns.db import action, db
from campaigns.planning import approvals, items
from campaigns.planning.models import Approval, ItemState, PlanItem

ZONE = "America/Los_Angeles"
_refs = itertools.count(1000)


@action
def item(
    title: str = "December news", state: str = ItemState.DRAFT, due_at: datetime | None = None, **fields: object
) -> PlanItem:
    """A row of the calendar; another `content_hash` stands for changed content."""
    values: dict[str, object] = {
        "kind": "newsletter",
        "ref": next(_refs),
        "owner_id": None,
        "content_hash": "first",
        "now": clock.now(),
        **fields,
    }
    wall = clock.wall_time_of(due_at, ZONE) if due_at else None
    return items.put(db.session(), title=title, state=state, wall=wall, zone=ZONE, due_at=due_at, **values)


@action
def decide(plan: PlanItem, approver_id: int, author_id: int | None = None, **fields: object) -> Approval:
    """A decision about a row: an approval of what it holds, unless told otherwise."""
    values: dict[str, object] = {
        "content_hash": plan.content_hash,
        "is_approved": True,
        "is_practice": False,
        "people": 12,
        "comment": "",
        "snapshot": {},
        "now": clock.now(),
        **fields,
    }
    row = db.session.get_one(PlanItem, plan.id)
    return approvals.record(db.session(), row, author_id=author_id, approver_id=approver_id, **values)
