"""What only a person can decide about one post on one channel: keep, another time, discard; is it there or not."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete

from campaigns import clock
from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid
from campaigns.markup import one_line
from campaigns.social import drafts, links
from campaigns.social.actions.publishing import settle
from campaigns.social.actions.writing import record
from campaigns.social.models import Channel, Part, Post, Publication
from campaigns.social.models import PublicationState as P
from campaigns.social.queries import get_publication

TOO_LATE = "Somebody or something else was faster. Please look at where it stands now."


@action
def keep(publication_id: int, user_id: int, now: datetime) -> None:
    """Let one that was held, missed or refused leave as soon as it can; it has as long for that as the post allows."""
    found = _locked(publication_id, {P.HELD, P.MISSED, P.FAILED})
    _move(found, found.due_at, now, now)
    _record(found, "post.kept", user_id, now)


@action
def reschedule(publication_id: int, wall: datetime, zone: str, user_id: int, now: datetime) -> None:
    """Give one that was held, missed or failed another time; what it says stays as it was approved."""
    found = _locked(publication_id, {P.HELD, P.MISSED, P.FAILED, P.RETRY, P.WAITING})
    at = clock.instant_of(wall, zone)
    if at <= now:
        raise Invalid({"day": "That time has passed. Choose a later one."})
    if clock.is_skipped(wall, zone):
        raise Invalid({"time": "The clocks go forward that night and skip this hour. Choose another one."})
    _move(found, at, at, now)
    _record(found, "post.rescheduled", user_id, now, {"at": at.isoformat()})


@action
def discard(publication_id: int, user_id: int, now: datetime) -> None:
    """It is not posted on this channel."""
    found = _locked(publication_id, {P.HELD, P.MISSED, P.FAILED, P.WAITING, P.RETRY, P.BY_HAND})
    found.state, found.note, found.ended_at = P.CANCELED, "Somebody decided not to post it.", now
    settle(found, now)
    _record(found, "post.discarded", user_id, now)


@action
def it_is_there(publication_id: int, permalink: str, user_id: int, now: datetime) -> None:
    """A person looked, and it is there, or posted it by hand; `permalink` says where, if they know."""
    permalink = one_line(permalink)
    if sentence := links.fault(permalink):
        raise Invalid({"permalink": sentence})
    found = _locked(publication_id, {P.UNKNOWN, P.BY_HAND})
    missing = len(found.messages) - found.position - 1
    found.note = f"{missing} more of the thread were not posted." if missing and found.state == P.UNKNOWN else ""
    found.state, found.permalink = P.PUBLISHED, permalink or found.permalink
    found.published_at = found.ended_at = now
    db.session.get_one(Channel, found.channel_id).published_at = now
    settle(found, now)
    _record(found, "post.found_published", user_id, now)


@action
def post_again(publication_id: int, user_id: int, now: datetime) -> None:
    """A person looked, and it is not there: it is sent anew, under a new key."""
    found = _locked(publication_id, {P.UNKNOWN})
    old = delete(Part).where(Part.publication_id == found.id, Part.number == found.position)
    db.session.execute(old)
    _move(found, found.due_at, now, now)
    _record(found, "post.sent_again", user_id, now)


@action
def record_edited(publication_id: int, text: str, user_id: int, now: datetime) -> None:
    """The network has another text now; what it had first stays in the request that was kept."""
    found = _locked(publication_id, {P.PUBLISHED})
    found.messages = [{**found.messages[0], "text": text}]
    found.edited_at = now
    _record(found, "post.edited_there", user_id, now)


@action
def record_deleted(publication_id: int, user_id: int, now: datetime) -> None:
    """The network no longer shows it."""
    found = _locked(publication_id, {P.PUBLISHED})
    found.deleted_at = found.deleted_at or now
    _record(found, "post.deleted_there", user_id, now)


def _move(found: Publication, due_at: datetime, not_before: datetime, now: datetime) -> None:
    post = db.session.get_one(Post, found.post_id)
    found.state, found.note, found.tries, found.ended_at, found.flagged_at = P.WAITING, "", 0, None, None
    found.due_at, found.not_before = due_at, not_before
    found.late_at = not_before + timedelta(minutes=post.lateness_minutes)
    settle(found, now)
    drafts.plan(db.session(), post, now)


def _locked(publication_id: int, states: Collection[str]) -> Publication:
    # In the order of the books: channel, publication, post.
    db.session.get(Channel, get_publication(publication_id).channel_id, with_for_update=True)
    found = db.session.get_one(Publication, publication_id, with_for_update=True, populate_existing=True)
    if found.state not in states:
        raise Conflict(TOO_LATE)
    return found


def _record(
    found: Publication, what: str, user_id: int, now: datetime, details: dict[str, object] | None = None
) -> None:
    post = db.session.get_one(Post, found.post_id)
    record(post, what, user_id, now, {"channel": found.channel_id, **(details or {})})
