"""The list of posts, where one stands, a copy, and the bin."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.social import due, forms, preparing, queries, rules, words
from campaigns.social.actions import approving, writing
from campaigns.social.messages import read_message
from campaigns.social.models import Post, Publication
from campaigns.social.networks.known import network
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.paging import asked_page

bp = Blueprint("posts", __name__)

STATES = ["draft", "in_review", "approved", "scheduled", "sending", "sent"]


@bp.get("")
def index() -> str:
    """All posts, those in one state or on one channel, or those that fit a search."""
    question, state = request.args.get("q", "").strip(), request.args.get("state", "")
    channel_id = forms.posted_number(request.args.get("channel")) or 0
    counts = queries.state_counts()
    page = queries.search_posts(question, state, channel_id, asked_page())
    return render_template(
        "staff/social/index.html",
        page=page,
        q=question,
        state=state,
        channel_id=channel_id,
        counts=counts,
        states=[name for name in ItemState if name in STATES or counts.get(name)],
        channels=queries.channels(),
        names={one.id: one.name for one in queries.channels(with_removed=True)},
        authors=staff.names_of([one.author_id for one in page.items if one.author_id]),
        due=planning.due_times(queries.KIND, [one.id for one in page.items]),
        held=len(queries.waiting_for_people()),
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.get("/<int:id>")
def show(id: int) -> ResponseReturnValue:
    """Where it stands: in the composer, in review, on its way, or out."""
    post = queries.get_post(id)
    if post.binned_at:
        return redirect(url_for("posts.bin"))
    if post.state == ItemState.DRAFT and has_role(me(), RoleName.WRITER):
        return redirect(url_for("compose.edit", id=id))
    if post.state in (ItemState.DRAFT, ItemState.IN_REVIEW):
        return redirect(url_for("post_review.show", id=id))
    return _page(post)


@bp.get("/<int:id>/progress.json")
def progress(id: int) -> ResponseReturnValue:
    """The seconds that are left, or that something changed, for the page's script."""
    post = queries.get_post(id)
    left = queries.waiting_seconds(post, clock.now())
    states = [one.state for one in queries.publications_of(id)]
    is_moving = any(state in rules.OPEN for state in states)
    say = f"{left} seconds left to stop it." if left in (60, 30, 10) else ""
    is_over = post.state != ItemState.SCHEDULED and not is_moving
    return jsonify(state=" ".join([post.state, *states]), seconds=left, say=say, done=is_over)


@bp.post("/<int:id>/stop")
def stop(id: int) -> ResponseReturnValue:
    """Nothing leaves; it stays approved."""
    approving.stop(id, me().id, clock.now())
    flash("Stopped. Nothing was posted.", "success")
    return redirect(url_for("posts.show", id=id), 303)


@bp.post("/<int:id>/send")
@needs(RoleName.APPROVER)
def send(id: int) -> ResponseReturnValue:
    """Let an approved post go after it was stopped."""
    approving.send(preparing.prepare(id, clock.now()), me().id, clock.now())
    return redirect(url_for("posts.show", id=id), 303)


@bp.post("/<int:id>/duplicate")
def duplicate(id: int) -> ResponseReturnValue:
    """A copy, as a draft."""
    made = writing.duplicate(id, me().id, clock.now())
    flash("This is the copy. The first one stays as it is.", "success")
    return redirect(url_for("compose.edit", id=made), 303)


@bp.get("/bin")
def bin() -> str:
    """What was thrown away in the last 30 days."""
    page = queries.binned(asked_page())
    authors = staff.names_of([one.author_id for one in page.items if one.author_id])
    may_write = has_role(me(), RoleName.WRITER)
    return render_template("staff/social/bin.html", page=page, authors=authors, may_write=may_write)


@bp.post("/<int:id>/bin")
def throw_away(id: int) -> ResponseReturnValue:
    """Into the bin, for 30 days."""
    title = queries.get_post(id).title
    writing.bin(id, me().id, clock.now())
    said = {"text": f"“{title}” is in the bin.", "url": url_for("posts.restore", id=id)}
    flash(said, "undo")  # type: ignore[arg-type]
    return redirect(url_for("posts.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> ResponseReturnValue:
    """Out of the bin."""
    writing.restore(id, me().id, clock.now())
    flash("The post is back, as a draft.", "success")
    return redirect(url_for("posts.show", id=id), 303)


def _page(post: Post) -> str:
    now = clock.now()
    prepared = preparing.prepare(post.id, now)
    found = queries.publications_of(post.id)
    frozen = {one.channel_id: [read_message(message) for message in one.messages] for one in found}
    left = queries.waiting_seconds(post, now)
    is_last_minute = post.state == ItemState.SCHEDULED and left <= rules.STOP_WINDOW.total_seconds()
    return render_template(
        "staff/social/show.html",
        post=post,
        phase="launching" if is_last_minute else post.state,
        seconds=left,
        sentence=rules.summary(
            post.title, [one.channel.name for one in prepared.said], words.when(prepared.document, now)
        ),
        # Once it was launched, what was frozen counts, and what was changed where it is out.
        said=[replace(one, messages=frozen.get(one.channel.id, one.messages)) for one in prepared.said],
        outcomes=[outcome(one) for one in found],
        is_moving=any(one.state in rules.OPEN for one in found),
        may_write=has_role(me(), RoleName.WRITER),
        may_approve=has_role(me(), RoleName.APPROVER),
    )


def outcome(found: Publication) -> dict[str, Any]:
    """Everything that the pages say about one post on one channel."""
    channel = queries.channels_by_id([found.channel_id])[found.channel_id]
    kind = network(channel.network)
    is_out = found.state == "published" and not found.is_practice and found.deleted_at is None
    has_ref = any(part.ref for part in queries.parts_of(found.id)) if is_out else False
    return {
        "publication": found,
        "channel": channel,
        "network": kind,
        "next_at": due.next_time(found, channel),
        "may_edit": has_ref and kind.takes.may_edit and len(found.messages) == 1,
        "may_delete": has_ref and kind.takes.may_delete,
        "pictures": [shown for message in found.messages for shown in message["pictures"]],
    }
