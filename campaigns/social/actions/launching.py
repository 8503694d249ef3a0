"""The moment a post's time comes: its publications are made, or it is given back; and its next occurrence begins."""

from datetime import datetime, timedelta

from campaigns import clock
from campaigns.db import action, db
from campaigns.planning import approvals
from campaigns.planning.models import Approval, ItemState
from campaigns.social import drafts, notices, times
from campaigns.social.actions.approving import VOID_NOTE, standing
from campaigns.social.actions.writing import record
from campaigns.social.models import Post, Publication, PublicationState
from campaigns.social.preparing import Prepared, say
from campaigns.social.resolving import content_hash
from campaigns.staff.queries import get_organization


@action
def launch(prepared: Prepared, now: datetime) -> int:
    """Freeze what every channel says, if the approval covers it; gives how many publications were made."""
    post = drafts.locked(db.session(), prepared.post_id)
    is_due = post.state == ItemState.SCHEDULED and post.publish_at is not None and post.publish_at <= now
    if not is_due or post.binned_at or post.version != prepared.version:
        return 0
    approval = standing(post, prepared)
    if approval is None or len(prepared.said) != len(prepared.document.channels):
        drafts.to_draft(db.session(), post, now, note=VOID_NOTE)
        record(post, "post.given_back", None, now)
        notices.about_post(db.session(), post, "was not posted", VOID_NOTE, now)
        return 0
    _freeze(post, prepared, now)
    _go_on(post, prepared, approval, now)
    return len(prepared.said)


def _freeze(post: Post, prepared: Prepared, now: datetime) -> None:
    is_practice = get_organization().is_practice
    due_at = post.publish_at or now
    for one in prepared.said:
        db.session.add(
            Publication(
                post_id=post.id,
                channel_id=one.channel.id,
                state=PublicationState.WAITING,
                is_practice=is_practice,
                messages=[message.to_json() for message in one.messages],
                due_at=due_at,
                late_at=due_at + timedelta(minutes=post.lateness_minutes),
                not_before=due_at,
                cost_mills=one.price,
            )
        )
    post.state, post.launched_at, post.note = ItemState.SENDING, now, ""
    db.session.flush()
    drafts.plan(db.session(), post, now, content_hash=prepared.content_hash)
    record(post, "post.launched", None, now, {"channels": len(prepared.said), "is_practice": is_practice})


def _go_on(post: Post, prepared: Prepared, approval: Approval, now: datetime) -> None:
    """Make the next occurrence of a post that comes again; the approval of the rule covers it."""
    document = prepared.document
    if document.repeat is None or document.wall is None:
        return
    after = max(now, post.publish_at or now)
    wall = times.next_wall(document.wall, document.repeat, document.send_zone, after)
    if wall is None:
        return
    session = db.session()
    fresh = document.model_copy(update={"send_wall": wall.strftime("%Y-%m-%dT%H:%M")})
    following = drafts.add(
        session, fresh, user_id=post.author_id, campaign_id=post.campaign_id, previous_id=post.id, now=now
    )
    following.editor_ids, following.submitted_by_id = post.editor_ids, post.submitted_by_id
    following.state, following.publish_at = ItemState.SCHEDULED, clock.instant_of(wall, document.send_zone)
    said = say(fresh, post.campaign_id)
    covered = content_hash(fresh, {one.channel.id: (one.place, one.messages) for one in said})
    item = drafts.plan(session, following, now, content_hash=covered)
    approvals.record(
        session,
        item,
        content_hash=covered,
        author_id=approval.author_id,
        approver_id=approval.approver_id or 0,
        is_approved=True,
        is_practice=approval.is_practice,
        people=0,
        comment="Approved with the post that it repeats.",
        snapshot={"document": fresh.to_json()},
        now=now,
    )
    record(following, "post.repeated", None, now, {"previous": post.id})
