"""Writing: begin, save, copy, put away. Nobody's text is ever overwritten silently."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import select

from campaigns.db import action, db
from campaigns.errors import Conflict, Refused
from campaigns.pictures import SafeImage, read_image
from campaigns.planning.queries import get_campaign
from campaigns.social import drafts, queries, rules
from campaigns.social.documents import Document, read_document
from campaigns.social.models import Picture, Post
from campaigns.staff import audit

# Small enough for every network: Bluesky refuses more than a megabyte on older servers.
PICTURE_WIDTH = 2_048
PICTURE_BYTES = 950_000


class Changed(Conflict):
    """Somebody saved in between: `theirs` is the stored document, `version` its number, `by_id` who, `at` when."""

    def __init__(self, post: Post) -> None:
        self.theirs, self.version = queries.document_of(post), post.version
        self.by_id, self.at = post.changed_by_id, post.changed_at
        super().__init__("Somebody else changed this post while you were writing. Your text was not saved.")


@action
def create(document: dict[str, Any], user_id: int | None, now: datetime, campaign_id: int | None = None) -> int:
    """Begin a post; returns its id. Raises Invalid with a sentence per field."""
    post = drafts.add(db.session(), read_document(document), user_id=user_id, campaign_id=campaign_id, now=now)
    record(post, "post.created", user_id, now)
    return post.id


@action
def duplicate(post_id: int, user_id: int | None, now: datetime) -> int:
    """Begin a copy, without its time; returns the id of the copy."""
    old = queries.get_post(post_id)
    document = queries.document_of(old)
    there = {channel.id for channel in queries.channels()}
    fresh = {"send_mode": "now", "send_wall": "", "repeat": None}
    kept = {"channels": [one for one in document.channels if one in there], "title": f"Copy of {document.name}"[:200]}
    copy = document.model_copy(update={**fresh, **kept})
    post = drafts.add(db.session(), copy, user_id=user_id, campaign_id=old.campaign_id, now=now)
    record(post, "post.created", user_id, now, {"copy_of": post_id})
    return post.id


@action
def save(post_id: int, version: int, document: dict[str, Any], user_id: int | None, now: datetime) -> int:
    """Save what somebody wrote on top of `version`; returns the new version, the same one when nothing is different.

    Raises Changed when somebody saved in between, Invalid with a sentence per field, Refused once it was launched.
    """
    wanted = read_document(document)
    post = _editable(post_id)
    if queries.document_of(post) == wanted:
        return post.version
    if post.version != version:
        raise Changed(post)
    change(post, wanted, user_id, now)
    return post.version


def change(post: Post, document: Document, user_id: int | None, now: datetime) -> None:
    """Write another document, and down that this took back a decision."""
    if rules.may_take_back(post.state):
        record(post, "post.changed_after_submission", user_id, now, {"state": post.state})
    drafts.change(db.session(), post, document, user_id=user_id, now=now)


def _editable(post_id: int) -> Post:
    post = drafts.locked(db.session(), post_id)
    if post.binned_at is not None:
        raise Refused("This post is in the bin. Restore it first.")
    if not rules.may_edit(post.state):
        raise Refused("This post is on its way or was published, so it cannot be changed here. You can make a copy.")
    return post


@action
def bin(post_id: int, user_id: int, now: datetime) -> None:
    """Put it in the bin for 30 days, as a draft; raises Conflict for one that is scheduled or was launched."""
    post = drafts.locked(db.session(), post_id)
    if post.binned_at is not None:
        return
    if not rules.may_bin(post.state):
        raise Conflict("This post is scheduled, on its way or was published, so it cannot go to the bin.")
    drafts.put_away(db.session(), post, now)
    record(post, "post.binned", user_id, now)


@action
def restore(post_id: int, user_id: int, now: datetime) -> None:
    """Take it out of the bin again, as a draft."""
    post = drafts.locked(db.session(), post_id)
    if post.binned_at is None:
        return
    post.binned_at = None
    drafts.to_draft(db.session(), post, now)
    record(post, "post.restored", user_id, now)


@action
def purge_bin(now: datetime) -> int:
    """Remove what has been in the bin for 30 days; gives how many."""
    ids = queries.binned_before(now)
    for post_id in ids:
        post = drafts.locked(db.session(), post_id)
        record(post, "post.removed", None, now)
        drafts.withdraw(db.session(), post)
    return len(ids)


@action
def file_under(post_id: int, campaign_id: int | None, user_id: int, now: datetime) -> None:
    """Say which campaign it belongs to. Links may carry its name, so that an approval is void where they change."""
    post = drafts.locked(db.session(), post_id)
    wanted = get_campaign(campaign_id).id if campaign_id else None
    if wanted == post.campaign_id:
        return
    post.campaign_id = wanted
    if rules.may_take_back(post.state):
        drafts.to_draft(db.session(), post, now)
    drafts.plan(db.session(), post, now)
    record(post, "post.filed", user_id, now, {"campaign": campaign_id})


def add_picture(data: bytes, user_id: int | None, now: datetime) -> Picture:
    """Keep a picture, made safe and small enough for every network; the same one is kept once.

    Raises Invalid({"image": sentence}). Decoding takes a while, so that it happens before the transaction.
    """
    return _keep(read_image(data, PICTURE_WIDTH, PICTURE_BYTES), user_id, now)


@action
def _keep(safe: SafeImage, user_id: int | None, now: datetime) -> Picture:
    session = db.session()
    known = session.scalar(select(Picture).where(Picture.digest == safe.digest))
    if known is not None:
        return known
    picture = Picture(
        token=secrets.token_urlsafe(12),
        digest=safe.digest,
        media_type=safe.media_type,
        width=safe.width,
        height=safe.height,
        data=safe.data,
        created_at=now,
        user_id=user_id,
    )
    session.add(picture)
    session.flush()
    return picture


def record(post: Post, what: str, user_id: int | None, now: datetime, details: dict[str, object] | None = None) -> None:
    """One entry in the audit log about a post, in the present transaction."""
    audit.add(
        db.session(),
        user_id=user_id,
        action=what,
        object_kind="post",
        object_id=post.id,
        details={"version": post.version, **(details or {})},
        now=now,
    )
