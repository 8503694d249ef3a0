"""The books of publishing: claim, freeze the exact request, record what became of it. Rows are locked from the channel
down (channel, publication, post), so that two machines never wait for each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from campaigns.db import action, db
from campaigns.planning import queries as planning
from campaigns.social import drafts, due, notices, queries, rules, times
from campaigns.social.messages import Published
from campaigns.social.models import Channel, ChannelState, Part, Post, Publication
from campaigns.social.models import PublicationState as P
from campaigns.staff import audit
from campaigns.staff.queries import get_organization

PAUSED_NOTE = "Everything was paused when its time came."
SETTLE = timedelta(seconds=60)


@dataclass(frozen=True)
class Claim:
    """One thing to do on a channel. `key` and `payload` are set when the request was frozen before."""

    publication_id: int
    channel_id: int
    number: int
    message: dict[str, Any]
    answered: list[dict[str, Any]]
    is_check: bool
    is_practice: bool
    key: str = ""
    payload: dict[str, Any] | None = None
    frozen_at: datetime | None = None


@action
def take_channel(channel_id: int, owner: str, now: datetime) -> bool:
    """Whether this process is now the only one that works on the channel."""
    free = (Channel.busy_until.is_(None)) | (Channel.busy_until <= now)
    taken = (
        update(Channel)
        .where(Channel.id == channel_id, free)
        .values(busy_by=owner, busy_until=due.lease(now))
        .returning(Channel.id)
    )
    return db.session.scalar(taken) is not None


@action
def leave_channel(channel_id: int, owner: str) -> None:
    """Let others work on the channel."""
    mine = update(Channel).where(Channel.id == channel_id, Channel.busy_by == owner)
    db.session.execute(mine.values(busy_by="", busy_until=None))


@action
def free_all(now: datetime) -> None:
    """Give back at once what a process that was killed held; only where this process is the only one."""
    db.session.execute(update(Channel).values(busy_by="", busy_until=None))
    db.session.execute(update(Publication).where(Publication.state == P.SENDING).values(claimed_until=now))


@action
def claim(channel_id: int, owner: str, now: datetime) -> Claim | None:
    """Take what is to be done next on the channel; what may not leave is put aside with a sentence on the way."""
    channel = _channel(channel_id)
    if channel.busy_by != owner or (channel.free_at is not None and channel.free_at > now):
        return None
    channel.busy_until = due.lease(now)
    while (found := due.next_publication(channel_id, now)) is not None:
        part = _part(found, found.position)
        if found.state == P.SENDING and part is None:
            # It broke off before anything was sent.
            found.state = P.WAITING
        is_check = found.state in (P.SENDING, P.CHECKING)
        if is_check and channel.state == ChannelState.NEEDS_SIGN_IN:
            found.state, found.not_before = P.CHECKING, now
            db.session.flush()
            continue
        if not is_check and _put_aside(found, channel, now):
            db.session.flush()
            continue
        return _claimed(found, part, is_check, owner, now)
    return None


def _claimed(found: Publication, part: Part | None, is_check: bool, owner: str, now: datetime) -> Claim:
    found.state = P.SENDING
    found.claimed_by, found.claimed_until = owner, due.lease(now)
    found.tries += 1
    before = [one.ref for one in queries.parts_of(found.id) if one.number < found.position]
    return Claim(
        publication_id=found.id,
        channel_id=found.channel_id,
        number=found.position,
        message=found.messages[found.position],
        answered=before,
        is_check=is_check,
        is_practice=found.is_practice,
        key=part.key if part else "",
        payload=part.payload if part else None,
        frozen_at=part.frozen_at if part else None,
    )


def _put_aside(found: Publication, channel: Channel, now: datetime) -> bool:
    """Whether it may not leave now; then its state and a sentence say why."""
    is_practice = get_organization().is_practice
    if found.is_practice != is_practice:
        _end(found, P.CANCELED, "It belonged to practice, and the office is live now.", now)
    elif now > found.late_at and not found.position:
        minutes = int((found.late_at - found.due_at).total_seconds() // 60)
        _end(found, P.MISSED, f"Its time passed more than {minutes} minutes ago, so it was not posted.", now)
        _tell(found, "was not posted", found.note, now)
    elif planning.is_paused():
        _hold(found, PAUSED_NOTE, now)
    elif not is_practice and channel.state != ChannelState.CONNECTED:
        reason = channel.state_reason or "It waits for somebody."
        word = "is held" if channel.state == ChannelState.HELD else "must be signed in to again"
        _hold(found, f"{channel.name} {word}: {reason}", now)
    elif not is_practice and _is_too_dear(found, channel, now):
        _hold(found, f"The monthly limit of {channel.name} does not allow it.", now)
    elif not is_practice and channel.network == "manual":
        found.state, found.note = P.BY_HAND, "It waits for somebody to post it by hand."
        _tell(found, "is ready to be posted by hand", f"Copy it, post it on {channel.name}, and say so.", now)
    else:
        return False
    _settle(found, now)
    return True


def _is_too_dear(found: Publication, channel: Channel, now: datetime) -> bool:
    if channel.monthly_cap_mills is None or not found.cost_mills or found.position:
        return False
    since = times.month_start(now, channel.zone)
    until = times.month_start(since + timedelta(days=32), channel.zone)
    out = select(Publication.cost_mills).where(
        Publication.channel_id == channel.id,
        Publication.is_practice.is_(False),
        Publication.state.in_((P.PUBLISHED, P.SENDING, P.CHECKING, P.UNKNOWN)),
        Publication.due_at >= since,
        Publication.due_at < until,
    )
    return sum(db.session.scalars(out)) + found.cost_mills > channel.monthly_cap_mills


def _hold(found: Publication, note: str, now: datetime) -> None:
    found.state, found.note = P.HELD, note
    _tell(found, "waits for you", f"{note} Decide what happens: keep it, choose another time, or discard it.", now)


@action
def freeze(taken: Claim, owner: str, key: str, payload: dict[str, Any], now: datetime) -> bool:
    """Keep the exact request before it is sent; False when the claim is no longer ours."""
    found = _mine(taken, owner)
    if found is None:
        return False
    row = Part(publication_id=found.id, number=taken.number, key=key, payload=payload, frozen_at=now)
    db.session.add(row)
    return True


@action
def record_published(taken: Claim, owner: str, published: Published, free_at: datetime | None, now: datetime) -> None:
    """The message is out. The publication ends with its last one."""
    channel = _channel(taken.channel_id)
    found = _mine(taken, owner)
    if found is None:
        return
    part = _part(found, taken.number)
    if part is None:
        # A practice record is frozen and out in one step.
        part = Part(publication_id=found.id, number=taken.number, key=taken.key, payload=taken.message, frozen_at=now)
        db.session.add(part)
    _out(found, part, published, now)
    channel.free_at = free_at
    if not found.is_practice:
        channel.published_at = now
    _settle(found, now)


def _out(found: Publication, part: Part, published: Published, now: datetime) -> None:
    part.published_at, part.ref, part.permalink = now, published.ref, published.permalink
    found.permalink = found.permalink or published.permalink
    found.position, found.tries, found.not_before = part.number + 1, 0, now
    if found.position == len(found.messages):
        found.published_at = now
        _end(found, P.PUBLISHED, "", now)
    else:
        found.state = P.WAITING


@action
def put_off(taken: Claim, owner: str, until: datetime | None, note: str, now: datetime) -> None:
    """It was certainly not done, and is tried again when the network wants it; the whole channel waits as long."""
    channel = _channel(taken.channel_id)
    found = _mine(taken, owner)
    if found is None:
        return
    at = until or now + rules.wait_after(found.tries)
    found.state, found.note, found.not_before = P.CHECKING if taken.is_check else P.RETRY, note, at
    channel.free_at = at
    _settle(found, now)


@action
def doubt(taken: Claim, owner: str, note: str, now: datetime) -> None:
    """It may have been done. After a minute we look, before anything else leaves on this channel."""
    channel = _channel(taken.channel_id)
    found = _mine(taken, owner)
    if found is None:
        return
    found.state, found.note, found.not_before = P.CHECKING, note, now + SETTLE
    channel.free_at = now + SETTLE
    _settle(found, now)


@action
def send_again(taken: Claim, owner: str, now: datetime) -> None:
    """Looking showed that the very same request may be sent again."""
    found = _mine(taken, owner)
    if found is not None:
        found.state, found.not_before = P.RETRY, now
        _settle(found, now)


@action
def ask_a_person(taken: Claim, owner: str, note: str, now: datetime) -> None:
    """Looking showed nothing certain: only a person can say whether it is there."""
    channel = _channel(taken.channel_id)
    found = _mine(taken, owner)
    if found is None:
        return
    _end(found, P.UNKNOWN, note, now)
    text = f"We cannot tell whether it was posted on {channel.name}. Please look there, then press one of two buttons."
    _tell(found, "may have been posted, or not", text, now)
    _settle(found, now)


@action
def fail(taken: Claim, owner: str, note: str, now: datetime) -> None:
    """It was certainly not done, and trying again would change nothing."""
    found = _mine(taken, owner)
    if found is None:
        return
    _end(found, P.FAILED, note, now)
    _tell(found, "was not posted", note, now)
    _settle(found, now)


@action
def disconnect(taken: Claim, owner: str, reason: str, now: datetime) -> None:
    """The network no longer knows us. What is due on the channel is held until somebody signs in to it again."""
    channel = _channel(taken.channel_id)
    found = _mine(taken, owner)
    if found is None:
        return
    if taken.is_check:
        found.state, found.not_before = P.CHECKING, now
    else:
        _hold(found, f"{channel.name} must be signed in to again: {reason}", now)
    if channel.state != ChannelState.NEEDS_SIGN_IN:
        channel.state, channel.state_reason = ChannelState.NEEDS_SIGN_IN, reason
        notices.about_channel(db.session(), channel, f"{channel.name} must be signed in to again", reason, now)
        audit.add(
            db.session(),
            user_id=None,
            action="channel.disconnected",
            object_kind="channel",
            object_id=channel.id,
            now=now,
        )
    _settle(found, now)


@action
def flag(publication_ids: list[int], post_ids: list[int], now: datetime) -> int:
    """Mail the owners of what was due five minutes ago and has no outcome, once each; gives how many."""
    for publication_id in publication_ids:
        found = db.session.get(Publication, publication_id, with_for_update=True)
        if found is not None and found.flagged_at is None:
            found.flagged_at = now
            text = found.note or "Nothing has happened with it yet. Is the program running, and the network in reach?"
            _tell(found, "is late", text, now)
    for post_id in post_ids:
        post = drafts.locked(db.session(), post_id)
        post.flagged_at = now
        text = "Its time came more than five minutes ago, and nothing has happened with it yet."
        notices.about_post(db.session(), post, "is late", text, now)
    return len(publication_ids) + len(post_ids)


def settle(found: Publication, now: datetime) -> None:
    """Let the post and the calendar say where it stands as a whole, after one publication changed."""
    _settle(found, now)


def _settle(found: Publication, now: datetime) -> None:
    db.session.flush()
    post = drafts.locked(db.session(), found.post_id)
    every = queries.publications_of(post.id)
    state = rules.state_of(one.state for one in every)
    note = next((one.note for one in every if one.note and rules.state_of([one.state]) == state), "")
    if (post.state, post.note) != (state, note) or found.state == P.WAITING:
        post.state, post.note = state, note
        drafts.plan(db.session(), post, now)


def _end(found: Publication, state: P, note: str, now: datetime) -> None:
    found.state, found.note, found.ended_at = state, note, now
    found.claimed_by, found.claimed_until = "", None
    details = {"channel": found.channel_id, "state": state, "is_practice": found.is_practice}
    audit.add(
        db.session(),
        user_id=None,
        action=f"post.{state}",
        object_kind="post",
        object_id=found.post_id,
        details=details,
        now=now,
    )


def _tell(found: Publication, what: str, text: str, now: datetime) -> None:
    post = db.session.get_one(Post, found.post_id)
    notices.about_post(db.session(), post, what, text, now)


def _mine(taken: Claim, owner: str) -> Publication | None:
    """The claimed publication, locked, while the claim is ours; another may have taken it when we were slow."""
    found = db.session.get(Publication, taken.publication_id, with_for_update=True)
    if found is None or found.state != P.SENDING or found.claimed_by != owner or found.position != taken.number:
        return None
    return found


def _part(found: Publication, number: int) -> Part | None:
    return db.session.scalar(select(Part).where(Part.publication_id == found.id, Part.number == number))


def _channel(channel_id: int) -> Channel:
    return db.session.get_one(Channel, channel_id, with_for_update=True)
