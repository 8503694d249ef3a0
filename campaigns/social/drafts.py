"""The adder of posts: their rows and their place on the calendar, in the caller's transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from campaigns import clock, search
from campaigns.errors import Invalid, NotFound
from campaigns.planning import items
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState, PlanItem
from campaigns.social.documents import Document
from campaigns.social.models import Channel, Picture, Post, PostChannel, Publication
from campaigns.social.queries import KIND

_OWN_COLUMNS = {"send_mode", "send_wall", "send_zone", "lateness_minutes", "repeat"}


def add(
    session: Session,
    document: Document,
    *,
    user_id: int | None,
    campaign_id: int | None = None,
    previous_id: int | None = None,
    is_sample: bool = False,
    now: datetime,
) -> Post:
    """Begin a post with this document; returns it with its id. Raises Invalid for an unknown channel or picture."""
    post = Post(
        title=document.name,
        content={},
        state=ItemState.DRAFT,
        send_zone=document.send_zone,
        author_id=user_id,
        editor_ids=[user_id] if user_id else [],
        campaign_id=campaign_id,
        previous_id=previous_id,
        created_at=now,
        changed_at=now,
        changed_by_id=user_id,
        is_sample=is_sample,
        version=1,
    )
    session.add(post)
    _write(session, post, document)
    plan(session, post, now, content_hash="")
    return post


def change(session: Session, post: Post, document: Document, *, user_id: int | None, now: datetime) -> None:
    """Give a post another document. It becomes a draft again and its approval, if any, is void."""
    post.version += 1
    post.changed_at, post.changed_by_id = now, user_id
    if user_id and user_id not in post.editor_ids:
        post.editor_ids = [*post.editor_ids, user_id]
    _write(session, post, document)
    to_draft(session, post, now)


def to_draft(session: Session, post: Post, now: datetime, note: str = "") -> None:
    """Make it a draft; what was decided about it is void. `note` says why, when nobody here asked for it."""
    post.state, post.note = ItemState.DRAFT, note
    post.publish_at = post.submitted_at = post.submitted_by_id = post.flagged_at = None
    post.submit_note = ""
    plan(session, post, now, content_hash="")


def put_away(session: Session, post: Post, now: datetime) -> None:
    """Put it in the bin, as a draft: nothing of it leaves any more."""
    to_draft(session, post, now)
    post.binned_at = now
    items.withdraw(session, KIND, post.id, now)


def end_practice(session: Session, note: str, now: datetime) -> list[int]:
    """Make drafts of the posts that practice approved and that have not left; returns their ids."""
    decided = (ItemState.APPROVED, ItemState.SCHEDULED)
    wanted = select(Post).where(Post.state.in_(decided)).order_by(Post.id).with_for_update()
    found = list(session.scalars(wanted))
    for post in found:
        to_draft(session, post, now, note)
    return [post.id for post in found]


def plan(session: Session, post: Post, now: datetime, content_hash: str | None = None) -> PlanItem:
    """Write its row of the calendar; without a `content_hash` the one before stays."""
    known = planning.find_item(KIND, post.id) if content_hash is None else None
    at = _next_due(session, post) or post.publish_at or _chosen_time(post)
    return items.put(
        session,
        kind=KIND,
        ref=post.id,
        title=post.title,
        state=post.state,
        wall=clock.wall_time_of(at, post.send_zone) if at else None,
        zone=post.send_zone,
        due_at=at,
        owner_id=post.author_id,
        campaign_id=post.campaign_id,
        content_hash=(known.content_hash if known else "") if content_hash is None else content_hash,
        note=post.note,
        now=now,
    )


def locked(session: Session, post_id: int) -> Post:
    """A post to be changed in this transaction; raises NotFound."""
    found = session.get(Post, post_id, with_for_update=True)
    if found is None:
        raise NotFound("We could not find that post. It may have been removed.")
    return found


def withdraw(session: Session, post: Post) -> None:
    """Remove a post for good. What was published stays on its networks."""
    search.remove(session, KIND, post.id)
    item = session.scalar(select(PlanItem).where(PlanItem.kind == KIND, PlanItem.ref == post.id))
    if item is not None:
        session.delete(item)
    session.delete(post)


def _next_due(session: Session, post: Post) -> datetime | None:
    """When a launched post is or was due: the first of its publications."""
    if post.launched_at is None:
        return None
    return session.scalar(select(func.min(Publication.due_at)).where(Publication.post_id == post.id))


def _chosen_time(post: Post) -> datetime | None:
    if post.send_mode != "at" or post.send_wall is None:
        return None
    return clock.instant_of(post.send_wall, post.send_zone)


def _write(session: Session, post: Post, document: Document) -> None:
    _check(session, document)
    post.title, post.content = document.name, _content(document)
    post.send_mode, post.send_wall, post.send_zone = document.send_mode, document.wall, document.send_zone
    post.lateness_minutes = document.lateness_minutes
    post.repeat = document.repeat.model_dump(mode="json") if document.repeat else {}
    session.flush()
    session.execute(delete(PostChannel).where(PostChannel.post_id == post.id))
    session.add_all(PostChannel(post_id=post.id, channel_id=channel_id) for channel_id in document.channels)
    said = [document.title, document.text, *(v.text for v in document.variants.values() if v.text)]
    search.put(session, KIND, post.id, *said, *(use.alt for use in document.pictures))


def _content(document: Document) -> dict[str, Any]:
    data = {name: value for name, value in document.to_json().items() if name not in _OWN_COLUMNS}
    # What a channel said before it was taken off stays out, so that it does not come back unnoticed.
    data["variants"] = {key: said for key, said in data["variants"].items() if int(key) in document.channels}
    return data


def _check(session: Session, document: Document) -> None:
    known = session.scalar(
        select(func.count()).select_from(Channel).where(Channel.id.in_(document.channels), Channel.removed_at.is_(None))
    )
    if known != len(document.channels):
        raise Invalid({"channels": "A channel that you chose was removed. Please look at the channels again."})
    tokens = {use.token for use in document.pictures}
    if len(tokens) != len(document.pictures):
        raise Invalid({"pictures": "The same picture stands here twice."})
    there = session.scalar(select(func.count()).select_from(Picture).where(Picture.token.in_(tokens)))
    if there != len(tokens):
        raise Invalid({"pictures": "A picture is no longer there. Please choose it again."})
