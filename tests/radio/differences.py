"""Short ways to change one broadcast in tests: its announcements, if any, are what the page would have shown."""

from datetime import datetime

from campaigns import clock
from campaigns.playbooks import moving
from campaigns.playbooks.actions import changing
from campaigns.radio import queries
from campaigns.radio.models import ChangeKind


def _seen(airing_id: int, wall: datetime, new_start: datetime | None) -> list[tuple[int, str]]:
    broadcast = queries.find_broadcast(airing_id, wall)
    if broadcast is None:
        return []
    effects = moving.effects(queries.get_aired(broadcast.id), new_start, clock.now())
    return [(effect.announcement_id, effect.what) for effect in effects]


def differ(
    airing_id: int,
    wall: datetime,
    kind: ChangeKind,
    user_id: int,
    new_wall: datetime | None = None,
    reason: str = "",
) -> list[str]:
    """Move, cancel or pre-empt one broadcast."""
    seen = _seen(airing_id, wall, new_wall if kind == ChangeKind.MOVED else None)
    return changing.change(
        airing_id,
        wall,
        kind=kind,
        new_wall=new_wall,
        minutes=None,
        reason=reason,
        seen=seen,
        user_id=user_id,
        now=clock.now(),
    )


def put_back(airing_id: int, wall: datetime, user_id: int) -> None:
    """Put one broadcast back to its usual time."""
    changing.put_back(airing_id, wall, _seen(airing_id, wall, wall), user_id, clock.now())
