"""What the clock does with entries: those that belong to no story yet are placed, in many short transactions."""

from collections.abc import Sequence
from datetime import datetime

from campaigns.db import action, db, end_reading
from campaigns.digests import clustering, stories
from campaigns.digests.clustering import Item, Placement
from campaigns.digests.queries import placing

AT_ONCE = 500


def place_entries(now: datetime) -> int:
    """Give each new entry its story; gives how many. Not a transaction itself: comparing comes first, then one each."""
    total = 0
    while items := placing.unplaced(AT_ONCE):
        known = placing.known_for(items, now)
        end_reading()
        placed = _keep(items, clustering.place(items, known), now)
        total += placed
        if not placed:
            break
    end_reading()
    return total


@action
def _keep(items: Sequence[Item], placements: Sequence[Placement], now: datetime) -> int:
    return stories.add(db.session(), {item.id: item for item in items}, placements, now)
