"""The list of newsletters, a new one, a copy, and the bin."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.newsletters import actions, queries
from campaigns.newsletters.forms import NewForm, posted_day, posted_number
from campaigns.newsletters.models import Newsletter
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.paging import asked_page

bp = Blueprint("newsletters", __name__)

STATES = ["draft", "in_review", "approved", "scheduled", "sending", "sent"]
PAGES = {
    ItemState.IN_REVIEW: "review.show",
    ItemState.APPROVED: "launch.show",
    ItemState.SCHEDULED: "launch.show",
    ItemState.HELD: "launch.show",
    ItemState.MISSED: "launch.show",
    ItemState.SENDING: "status.show",
    ItemState.PAUSED: "status.show",
    ItemState.SENT: "status.show",
    ItemState.FAILED: "status.show",
    ItemState.CANCELED: "status.show",
}


@bp.get("")
def index() -> str:
    """All newsletters, those in one state, or those that fit a search."""
    question, state = request.args.get("q", "").strip(), request.args.get("state", "")
    counts = queries.state_counts()
    page = queries.search_newsletters(question, state, asked_page())
    return render_template(
        "staff/newsletters/index.html",
        page=page,
        q=question,
        state=state,
        counts=counts,
        states=[name for name in ItemState if name in STATES or counts.get(name)],
        names=_authors(page.items),
        due=planning.due_times("newsletter", [item.id for item in page.items]),
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.get("/new")
@needs(RoleName.WRITER)
def new() -> str:
    """Ask for a name; the editor follows at once."""
    form = NewForm(data={"day": request.args.get("on", ""), "campaign": request.args.get("campaign", "")})
    return render_template("staff/newsletters/new.html", form=form)


@bp.post("/new")
def create() -> tuple[str, int] | Response:
    """Begin a newsletter."""
    form = NewForm()
    if not form.validate_on_submit():
        return render_template("staff/newsletters/new.html", form=form), 400
    made = actions.create(
        form.title.data or "",
        me().id,
        clock.now(),
        campaign_id=posted_number(form.campaign.data),
        day=posted_day(form.day.data),
    )
    return redirect(url_for("editor.edit", id=made), 303)


@bp.get("/<int:id>")
def show(id: int) -> Response:
    """Go to the page where a newsletter stands: editor, review, launch or status."""
    newsletter = queries.get_newsletter(id)
    if newsletter.binned_at:
        return redirect(url_for("newsletters.bin"))
    if newsletter.state == ItemState.DRAFT and has_role(me(), RoleName.WRITER):
        return redirect(url_for("editor.edit", id=id))
    return redirect(url_for(PAGES.get(ItemState(newsletter.state), "review.show"), id=id))


@bp.post("/<int:id>/duplicate")
def duplicate(id: int) -> Response:
    """A copy, as a draft."""
    made = actions.duplicate(id, me().id, clock.now())
    flash("This is the copy. The first one stays as it is.", "success")
    return redirect(url_for("editor.edit", id=made), 303)


@bp.get("/bin")
def bin() -> str:
    """What was thrown away in the last 30 days."""
    page = queries.binned(asked_page())
    return render_template(
        "staff/newsletters/bin.html", page=page, names=_authors(page.items), may_write=has_role(me(), RoleName.WRITER)
    )


@bp.post("/<int:id>/bin")
def throw_away(id: int) -> Response:
    """Into the bin, for 30 days."""
    newsletter = queries.get_newsletter(id)
    actions.bin(id, me().id, clock.now())
    words = {"text": f"“{newsletter.title}” is in the bin.", "url": url_for("newsletters.restore", id=id)}
    flash(words, "undo")  # type: ignore[arg-type]
    return redirect(url_for("newsletters.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> Response:
    """Out of the bin."""
    actions.restore(id, me().id, clock.now())
    flash("The newsletter is back, as a draft.", "success")
    return redirect(url_for("newsletters.show", id=id), 303)


@bp.post("/<int:id>/campaign")
def file_under(id: int) -> Response:
    """Put it into a campaign, or take it out of one."""
    actions.file_under(id, posted_number(request.form.get("campaign")), me().id, clock.now())
    flash("Its campaign is changed.", "success")
    return redirect(url_for("newsletters.show", id=id), 303)


def _authors(items: Any) -> dict[int, str]:
    shown: list[Newsletter] = list(items)
    return staff.names_of([item.author_id for item in shown if item.author_id])
