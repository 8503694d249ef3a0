"""Channels and posts for tests, as far along as a test needs them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from campaigns import clock
from campaigns.db import action, db
from campaigns.social import accounts, preparing, publishing, queries
from campaigns.social.actions import approving, writing
from campaigns.social.models import Channel, ChannelState, Part, Post, Publication
from campaigns.staff.models import Organization, RoleName, User
from tests import make

ZONE = "America/Los_Angeles"


def people() -> tuple[User, User]:
    """A writer and an approver."""
    return make.user(RoleName.WRITER, name="Ana Ruiz"), make.user(RoleName.APPROVER, name="Ben Ho")


@action
def go_live() -> None:
    """The office is live."""
    db.session.get_one(Organization, 1).went_live_at = clock.now()


@action
def channel(network: str = "manual", base_url: str = "", **fields: Any) -> Channel:
    """A connected channel; `credentials` are sealed."""
    credentials = fields.pop("credentials", {})
    values: dict[str, Any] = {
        "name": network.capitalize(),
        "state": ChannelState.CONNECTED,
        "zone": ZONE,
        "handle": "@heatwatch",
        "spacing_minutes": 0,
        "created_at": clock.now(),
        **fields,
    }
    made = Channel(network=network, base_url=base_url, credentials_sealed=accounts.seal(credentials), **values)
    db.session.add(made)
    db.session.flush()
    return made


def document(*channels: Channel, **changes: Any) -> dict[str, Any]:
    """What a post says."""
    return {
        "text": "Ten quiet signs that somebody needs help.",
        "channels": [one.id for one in channels],
        "send_zone": ZONE,
        **changes,
    }


def approved(pair: tuple[User, User], *channels: Channel, **changes: Any) -> int:
    """A post in its minute before the launch."""
    post_id = writing.create(document(*channels, **changes), pair[0].id, clock.now())
    submit_and_approve(post_id, pair)
    return post_id


def submit_and_approve(post_id: int, pair: tuple[User, User]) -> None:
    """Two people and the exact content."""
    approving.submit(preparing.prepare(post_id, clock.now()), "", pair[0].id, clock.now())
    prepared = preparing.prepare(post_id, clock.now())
    approving.approve(prepared, prepared.content_hash, "", pair[1].id, clock.now())


@action
def make_due(post_id: int, ago: timedelta = timedelta(seconds=1)) -> None:
    """Its time has come."""
    db.session.get_one(Post, post_id).publish_at = clock.now() - ago


def launched(pair: tuple[User, User], *channels: Channel, **changes: Any) -> int:
    """A post whose publications were made."""
    post_id = approved(pair, *channels, **changes)
    make_due(post_id)
    assert publishing.launch_due(clock.now()) >= len(channels)
    return post_id


def only(post_id: int) -> Publication:
    """The one publication of a post, read afresh."""
    db.session.rollback()
    (found,) = queries.publications_of(post_id)
    db.session.refresh(found)
    return found


def parts(post_id: int) -> list[Part]:
    """What was handed over for it."""
    return queries.parts_of(only(post_id).id)


@action
def later(post_id: int, **ago: float) -> None:
    """Time passes for the channel and the publications of a post: what waits until then is due now."""
    at = clock.now() - timedelta(**(ago or {"seconds": 1}))
    for found in queries.publications_of(post_id):
        found.not_before = min(found.not_before, at)
        if found.claimed_until is not None:
            found.claimed_until = at
        one = db.session.get_one(Channel, found.channel_id)
        one.free_at, one.busy_until, one.busy_by = None, None, ""


Change = Callable[[Publication], None]


@action
def change(post_id: int, how: Change) -> None:
    """Change a publication as no page can."""
    for found in queries.publications_of(post_id):
        how(found)


@action
def point(channel_id: int, base_url: str) -> None:
    """Let a channel talk to a fake."""
    db.session.get_one(Channel, channel_id).base_url = base_url


def in_future(hours: float = 24) -> str:
    """A wall time for a document."""
    at: datetime = clock.wall_time_of(clock.now() + timedelta(hours=hours), ZONE)
    return at.strftime("%Y-%m-%dT%H:%M")
