"""Reads of posts, channels, publications and what belongs to them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from campaigns import search
from campaigns.db import db
from campaigns.errors import NotFound
from campaigns.planning import queries as planning
from campaigns.planning.models import Approval, ItemState, PlanItem
from campaigns.planning.rules import may_approve
from campaigns.social import rules
from campaigns.social.documents import Document, read_document
from campaigns.social.models import (
    Channel,
    HashtagSet,
    LinkRule,
    Part,
    Picture,
    Post,
    PostChannel,
    PostImport,
    Publication,
    PublicationState,
    Slot,
)
from campaigns.staff import queries as staff
from campaigns.staff.models import User
from campaigns.web.paging import Page, page_of

KIND = "social"


def get_post(post_id: int) -> Post:
    """A post; raises NotFound."""
    found = db.session.get(Post, post_id)
    if found is None:
        raise NotFound("We could not find that post. It may have been removed.")
    return found


def document_of(post: Post) -> Document:
    """The document of a post."""
    wall = post.send_wall
    return read_document(
        {
            **post.content,
            "send_mode": post.send_mode,
            "send_wall": wall.isoformat() if wall else "",
            "send_zone": post.send_zone,
            "lateness_minutes": post.lateness_minutes,
            "repeat": post.repeat or None,
        }
    )


def search_posts(q: str = "", state: str = "", channel_id: int = 0, page: int = 1) -> Page[Any]:
    """A page of posts, the latest touched first, found by their words."""
    question = select(Post).where(Post.binned_at.is_(None))
    for words in search.matching(KIND, q):
        question = question.where(Post.id.in_(words))
    if state:
        question = question.where(Post.state == state)
    if channel_id:
        question = question.where(Post.id.in_(select(PostChannel.post_id).where(PostChannel.channel_id == channel_id)))
    return page_of(question.order_by(Post.changed_at.desc(), Post.id.desc()), page)


def state_counts() -> dict[str, int]:
    """How many posts stand where, without the bin."""
    question = select(Post.state, func.count()).where(Post.binned_at.is_(None)).group_by(Post.state)
    return {str(state): int(count) for state, count in db.session.execute(question)}


def binned(page: int = 1) -> Page[Any]:
    """The posts in the bin, the latest first."""
    return page_of(select(Post).where(Post.binned_at.is_not(None)).order_by(Post.binned_at.desc()), page)


def binned_before(now: datetime) -> list[int]:
    """The posts that have been in the bin for 30 days."""
    limit = now - timedelta(days=rules.BIN_DAYS)
    return list(db.session.scalars(select(Post.id).where(Post.binned_at < limit)))


def channels(with_removed: bool = False) -> list[Channel]:
    """The channels, by network and name."""
    question = select(Channel).order_by(Channel.removed_at.is_not(None), Channel.network, Channel.name, Channel.id)
    return list(db.session.scalars(question if with_removed else question.where(Channel.removed_at.is_(None))))


def get_channel(channel_id: int) -> Channel:
    """A channel that was not removed; raises NotFound."""
    found = db.session.get(Channel, channel_id)
    if found is None or found.removed_at is not None:
        raise NotFound("We could not find that channel. It may have been removed.")
    return found


def channels_by_id(ids: Iterable[int]) -> dict[int, Channel]:
    """Those of the channels that exist, removed ones too."""
    found = db.session.scalars(select(Channel).where(Channel.id.in_(list(ids))))
    return {channel.id: channel for channel in found}


def slots_of(channel_id: int) -> list[Slot]:
    """The weekly slots of a channel, Monday first."""
    question = select(Slot).where(Slot.channel_id == channel_id).order_by(Slot.weekday, Slot.at)
    return list(db.session.scalars(question))


def pictures_of(tokens: Iterable[str]) -> dict[str, Picture]:
    """The pictures with these tokens, without their bytes."""
    columns = (Picture.id, Picture.token, Picture.media_type, Picture.width, Picture.height, Picture.digest)
    rows = db.session.execute(select(*columns).where(Picture.token.in_(list(tokens))))
    return {row.token: Picture(**row._mapping) for row in rows}


def find_picture(token: str) -> Picture | None:
    """A picture, or None."""
    return db.session.scalar(select(Picture).where(Picture.token == token))


def publications_of(post_id: int) -> list[Publication]:
    """What became of a post, by channel."""
    question = select(Publication).where(Publication.post_id == post_id).order_by(Publication.id)
    return list(db.session.scalars(question))


def get_publication(publication_id: int) -> Publication:
    """One post on one channel; raises NotFound."""
    found = db.session.get(Publication, publication_id)
    if found is None:
        raise NotFound("We could not find that post on that channel.")
    return found


def parts_of(publication_id: int) -> list[Part]:
    """What was handed over to the network, in order."""
    return list(db.session.scalars(select(Part).where(Part.publication_id == publication_id).order_by(Part.number)))


def titles_of(post_ids: Iterable[int]) -> dict[int, str]:
    """What colleagues call these posts."""
    rows = db.session.execute(select(Post.id, Post.title).where(Post.id.in_(list(post_ids))))
    return {row.id: row.title for row in rows}


def held() -> list[Publication]:
    """Everything that waits for a decision after a pause or a hold, in order of time."""
    question = select(Publication).where(Publication.state == PublicationState.HELD)
    return list(db.session.scalars(question.order_by(Publication.due_at, Publication.id)))


def waiting_for_people() -> list[Publication]:
    """Everything that only a person can decide: held, unknown, to be posted by hand, missed or failed lately."""
    question = select(Publication).where(
        Publication.state.in_(
            (
                PublicationState.HELD,
                PublicationState.UNKNOWN,
                PublicationState.BY_HAND,
                PublicationState.MISSED,
                PublicationState.FAILED,
            )
        )
    )
    return list(db.session.scalars(question.order_by(Publication.due_at, Publication.id).limit(200)))


def publications_of_channel(channel_id: int, page: int = 1) -> Page[Any]:
    """What became of the posts of a channel, the latest first."""
    question = select(Publication).where(Publication.channel_id == channel_id)
    return page_of(question.order_by(Publication.due_at.desc(), Publication.id.desc()), page, 20)


def neighbors(channel_id: int, post_id: int, at: datetime) -> list[rules.Neighbor]:
    """The other posts of a channel within 30 days of an instant, planned or out."""
    span = timedelta(days=rules.ALIKE_DAYS)
    question = (
        select(Post, PlanItem.due_at)
        .join(PlanItem, (PlanItem.ref == Post.id) & (PlanItem.kind == KIND))
        .join(PostChannel, PostChannel.post_id == Post.id)
        .where(
            PostChannel.channel_id == channel_id,
            Post.id != post_id,
            Post.binned_at.is_(None),
            Post.state != ItemState.CANCELED,
            PlanItem.due_at.between(at - span, at + span),
        )
        .order_by(PlanItem.due_at)
    )
    return [
        rules.Neighbor(post.id, post.title, due_at, _text_on(post, channel_id))
        for post, due_at in db.session.execute(question)
        if due_at is not None
    ]


def _text_on(post: Post, channel_id: int) -> str:
    said = post.content.get("variants", {}).get(str(channel_id), {}).get("text")
    return str(post.content.get("text", "") if said is None else said)


def taken(channel_ids: Iterable[int], post_id: int, after: datetime) -> list[datetime]:
    """When something else is planned on one of the channels, from an instant on."""
    question = (
        select(PlanItem.due_at)
        .join(Post, (PlanItem.ref == Post.id) & (PlanItem.kind == KIND))
        .join(PostChannel, PostChannel.post_id == Post.id)
        .where(PostChannel.channel_id.in_(list(channel_ids)), Post.id != post_id, Post.binned_at.is_(None))
        .where(PlanItem.due_at >= after, Post.state != ItemState.CANCELED)
    )
    return [at for at in db.session.scalars(question.distinct()) if at is not None]


def spent(channel_id: int, since: datetime, until: datetime, without_post: int = 0) -> int:
    """What a channel's publications cost in a time, in thousandths of a dollar, those still to come included."""
    question = select(func.sum(Publication.cost_mills)).where(
        Publication.channel_id == channel_id,
        Publication.due_at >= since,
        Publication.due_at < until,
        Publication.post_id != without_post,
        Publication.is_practice.is_(False),
        Publication.state.not_in((PublicationState.CANCELED, PublicationState.MISSED, PublicationState.FAILED)),
    )
    return int(db.session.scalar(question) or 0)


def hashtag_sets() -> list[HashtagSet]:
    """The sets of hashtags, by name."""
    return list(db.session.scalars(select(HashtagSet).order_by(HashtagSet.name)))


def link_rules() -> list[LinkRule]:
    """The rules that tag links, by domain."""
    return list(db.session.scalars(select(LinkRule).order_by(LinkRule.domain)))


def get_import(import_id: int) -> PostImport:
    """An import of posts; raises NotFound."""
    found = db.session.get(PostImport, import_id)
    if found is None:
        raise NotFound()
    return found


def authors_of(post: Post) -> set[int]:
    """Everybody who wrote in it or submitted it."""
    return {*post.editor_ids, *filter(None, (post.author_id, post.submitted_by_id))}


def may_decide(post: Post, user_id: int) -> bool:
    """Whether this person may decide about it now: never about their own work, outside practice."""
    is_practice = staff.get_organization().is_practice
    return rules.may_decide(post.state) and may_approve(user_id, authors_of(post), is_practice)


def other_approvers(post: Post) -> list[User]:
    """Who may approve it outside practice."""
    authors = authors_of(post)
    return [user for user in staff.approvers() if user.id not in authors]


def could_approve(post: Post) -> list[User]:
    """Colleagues who wrote nothing in it and lack only the role to approve it."""
    others = authors_of(post) | {user.id for user in staff.approvers()}
    return [user for user in staff.users() if user.active and user.id not in others]


def last_decision(post_id: int) -> Approval | None:
    """The latest approval, or request for changes."""
    item = planning.find_item(KIND, post_id)
    return planning.last_approval(item) if item else None


def approved_document(post_id: int) -> Document | None:
    """The document that the last approval saw, or None."""
    item = planning.find_item(KIND, post_id)
    if item is None:
        return None
    question = select(Approval).where(Approval.plan_item_id == item.id, Approval.is_approved.is_(True))
    approval = db.session.scalar(question.order_by(Approval.id.desc()).limit(1))
    return read_document(approval.snapshot["document"]) if approval else None


def waiting_seconds(post: Post, now: datetime) -> int:
    """Seconds until it leaves, 0 when it does not wait for a time."""
    if post.publish_at is None or post.state != ItemState.SCHEDULED:
        return 0
    return max(0, -int((now - post.publish_at).total_seconds() // 1))
