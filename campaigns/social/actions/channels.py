"""Channels: connect, change, sign in anew, hold, take away; their slots; and the warning before access ends."""

from datetime import datetime, time, timedelta

from sqlalchemy import delete, select

from campaigns import clock, tokens
from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.markup import one_line
from campaigns.planning.models import ItemState
from campaigns.social import accounts, notices, rules
from campaigns.social.models import Channel, ChannelState, Post, PostChannel, SignIn, Slot
from campaigns.social.networks.known import network
from campaigns.social.networks.port import Verified
from campaigns.staff import audit

SIGN_IN_LASTS = timedelta(minutes=30)
NOT_YET = "It is not signed in yet."


@action
def connect(
    *,
    name: str,
    network_name: str,
    base_url: str,
    credentials: dict[str, str],
    verified: Verified | None,
    zone: str,
    user_id: int,
    now: datetime,
) -> int:
    """Add a channel whose network knew us; without `verified` it waits for its sign-in. Returns its id."""
    kind = network(network_name)
    channel = Channel(network=kind.name, name=_name(name), zone=zone, owner_id=user_id, created_at=now)
    clock.zone(zone)
    channel.base_url = base_url
    channel.credentials_sealed = accounts.seal(credentials)
    channel.state, channel.state_reason = ChannelState.NEEDS_SIGN_IN, NOT_YET
    if verified is not None:
        _take(channel, verified, now)
    db.session.add(channel)
    db.session.flush()
    _record(channel, "channel.connected", user_id, now)
    return channel.id


@action
def sign_in_again(
    channel_id: int, credentials: dict[str, str], verified: Verified, user_id: int | None, now: datetime
) -> None:
    """Put fresh credentials, which the network knew, in place of the old ones. What is held waits for a decision."""
    channel = locked(channel_id)
    channel.credentials_sealed = accounts.seal(credentials)
    _take(channel, verified, now)
    _record(channel, "channel.signed_in", user_id, now)


@action
def record_test(channel_id: int, verified: Verified, user_id: int, now: datetime) -> None:
    """Write down what the network said about us."""
    channel = locked(channel_id)
    is_held = channel.state == ChannelState.HELD
    reason = channel.state_reason
    _take(channel, verified, now)
    if is_held:
        channel.state, channel.state_reason = ChannelState.HELD, reason
    _record(channel, "channel.tested", user_id, now)


def _take(channel: Channel, verified: Verified, now: datetime) -> None:
    channel.handle, channel.url = verified.handle[:200], verified.url[:500]
    channel.limits, channel.expires_at = verified.limits, verified.expires_at
    channel.state, channel.state_reason, channel.tested_at, channel.warned_days = ChannelState.CONNECTED, "", now, None


@action
def change(
    channel_id: int,
    version: int,
    *,
    name: str,
    zone: str,
    spacing_minutes: int,
    monthly_cap_mills: int | None,
    user_id: int,
    now: datetime,
) -> None:
    """Change what the office decides about a channel; raises Conflict when somebody else changed it since `version`."""
    channel = locked(channel_id)
    if channel.version != version:
        raise Conflict("Somebody else changed this channel while you were writing. Please look at it again.")
    channel.name, channel.zone = _name(name), zone
    clock.zone(zone)
    channel.spacing_minutes = min(max(spacing_minutes, 0), 24 * 60)
    channel.monthly_cap_mills = monthly_cap_mills
    channel.version += 1
    _record(channel, "channel.changed", user_id, now)


@action
def set_slots(channel_id: int, slots: list[tuple[int, time]], user_id: int, now: datetime) -> None:
    """Give a channel these weekly slots (Monday is 0) in place of those before."""
    channel = locked(channel_id)
    if any(weekday not in range(7) for weekday, _ in slots) or len(set(slots)) > 100:
        raise Invalid({"slots": "Choose days and times, at most a hundred."})
    db.session.execute(delete(Slot).where(Slot.channel_id == channel_id))
    rows = [Slot(channel_id=channel_id, weekday=weekday, at=at) for weekday, at in sorted(set(slots))]
    db.session.add_all(rows)
    _record(channel, "channel.slots_changed", user_id, now)


@action
def hold(channel_id: int, reason: str, user_id: int, now: datetime) -> None:
    """Let nothing out on this channel until somebody releases it."""
    channel = locked(channel_id)
    reason = one_line(reason)[:300]
    if not reason:
        raise Invalid({"reason": "Say why, so that the others know what you are waiting for."})
    if channel.state == ChannelState.NEEDS_SIGN_IN:
        raise Conflict("Nothing leaves on this channel until somebody signs in to it again.")
    channel.state, channel.state_reason = ChannelState.HELD, reason
    _record(channel, "channel.held", user_id, now)


@action
def release(channel_id: int, user_id: int, now: datetime) -> None:
    """Let a held channel publish again; what was held meanwhile waits for a decision each."""
    channel = locked(channel_id)
    if channel.state != ChannelState.HELD:
        raise Conflict("This channel is not held: somebody released it before you.")
    channel.state, channel.state_reason = ChannelState.CONNECTED, ""
    _record(channel, "channel.released", user_id, now)


@action
def remove(channel_id: int, user_id: int, now: datetime) -> None:
    """Take a channel away and forget its credentials; what it published stays on record.

    Raises Conflict while a post is scheduled or on its way there.
    """
    channel = locked(channel_id)
    under_way = (ItemState.IN_REVIEW, ItemState.SCHEDULED, ItemState.SENDING, ItemState.HELD)
    waiting = select(Post.title).join(PostChannel, PostChannel.post_id == Post.id)
    waiting = waiting.where(PostChannel.channel_id == channel_id, Post.state.in_(under_way))
    if title := db.session.scalar(waiting.limit(1)):
        raise Conflict(f"“{title}” is still to be posted there. Take it off that post first, or let it leave.")
    channel.removed_at, channel.credentials_sealed = now, ""
    db.session.execute(delete(Slot).where(Slot.channel_id == channel_id))
    _record(channel, "channel.removed", user_id, now)


@action
def keep_credentials(channel_id: int, sealed: str) -> None:
    """Store what a network put in place of the credentials (refreshed tokens), before it is used."""
    locked(channel_id).credentials_sealed = sealed


@action
def begin_sign_in(channel_id: int, user_id: int, now: datetime) -> tuple[str, str]:
    """Begin a sign-in at the network; gives the state and the verifier, of which only marks are stored."""
    channel = locked(channel_id)
    state, verifier = tokens.random_token(), tokens.random_token() + tokens.random_token()
    db.session.add(
        SignIn(
            state_digest=tokens.digest(state),
            channel_id=channel.id,
            user_id=user_id,
            verifier_sealed=tokens.encrypt("sign-in", verifier),
            created_at=now,
            expires_at=now + SIGN_IN_LASTS,
        )
    )
    return state, verifier


@action
def use_sign_in(state: str, user_id: int, now: datetime) -> tuple[int, str]:
    """Use up what the network brought back: gives the channel and the verifier, once, to the same person.

    Raises NotFound for a state that is unknown, used, too old or somebody else's.
    """
    question = select(SignIn).where(SignIn.state_digest == tokens.digest(state)).with_for_update()
    found = db.session.scalar(question)
    if found is None or found.used_at or found.expires_at <= now or found.user_id != user_id:
        raise NotFound("This sign-in is over. Please begin it again on the page of the channel.")
    found.used_at = now
    return found.channel_id, tokens.decrypt("sign-in", found.verifier_sealed) or ""


@action
def purge_sign_ins(now: datetime) -> int:
    """Forget tries to sign in that are over; gives how many."""
    return len(db.session.scalars(delete(SignIn).where(SignIn.expires_at <= now).returning(SignIn.id)).all())


@action
def warn_before_end(now: datetime) -> int:
    """Mail 14, 7 and 1 days before access to a channel ends, each once; gives how many warnings."""
    found = select(Channel).where(Channel.removed_at.is_(None), Channel.expires_at.is_not(None)).with_for_update()
    count = 0
    for channel in db.session.scalars(found):
        step = rules.warning_due(channel.expires_at, channel.warned_days, now)
        if step is None or channel.expires_at is None:
            continue
        channel.warned_days = step
        when = clock.friendly(channel.expires_at, channel.zone, now)
        text = f"Our access to {channel.name} ends {when}. Please sign in to it again before that; it takes a minute."
        notices.about_channel(db.session(), channel, f"Access to {channel.name} ends soon", text, now)
        count += 1
    return count


def locked(channel_id: int) -> Channel:
    """A channel to be changed in this transaction; raises NotFound."""
    found = db.session.get(Channel, channel_id, with_for_update=True)
    if found is None or found.removed_at is not None:
        raise NotFound("We could not find that channel. It may have been removed.")
    return found


def _name(name: str) -> str:
    name = one_line(name)[:100]
    if not name:
        raise Invalid({"name": "Give the channel a name, as you call it among yourselves."})
    return name


def _record(channel: Channel, what: str, user_id: int | None, now: datetime) -> None:
    details = {"network": channel.network}
    audit.add(
        db.session(),
        user_id=user_id,
        action=what,
        object_kind="channel",
        object_id=channel.id,
        details=details,
        now=now,
    )
