"""Campaigns: an outreach effort with a goal and dates, and everything planned for it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.errors import Invalid
from campaigns.planning import actions, queries
from campaigns.planning.forms import CampaignForm
from campaigns.planning.models import Campaign
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors

bp = Blueprint("campaigns", __name__)


@bp.get("")
def index() -> str:
    """Every campaign with its progress."""
    with_archived = request.args.get("archived") == "yes"
    return render_template(
        "staff/planning/campaigns/index.html",
        campaigns=queries.campaigns(with_archived),
        progress=queries.progress_of_campaigns(),
        none_yet=queries.Progress(),
        may_write=_may_write(),
        with_archived=with_archived,
        archived=queries.count_archived_campaigns(),
    )


@bp.get("/new")
def new() -> str:
    """The form of a new campaign."""
    return _form(CampaignForm(formdata=None), None)


@bp.post("/new")
def create() -> tuple[str, int] | Response:
    """Begin a campaign."""
    form = CampaignForm()
    if not form.validate():
        return _form(form, None), 400
    try:
        campaign_id = actions.create_campaign(**_values(form), user_id=me().id, now=clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _form(form, None), 400
    flash("The campaign is there. Now add what belongs to it.", "success")
    return redirect(url_for("campaigns.show", id=campaign_id), 303)


@bp.get("/<int:id>")
def show(id: int) -> str:
    """A campaign, how far it is, and its items."""
    campaign = queries.get_campaign(id)
    return render_template(
        "staff/planning/campaigns/show.html",
        campaign=campaign,
        items=queries.items_of_campaign(id),
        progress=queries.progress_of_campaigns().get(id, queries.Progress()),
        may_write=_may_write(),
    )


@bp.get("/<int:id>/edit")
def edit(id: int) -> str:
    """The form of a campaign."""
    campaign = queries.get_campaign(id)
    return _form(CampaignForm(formdata=None, obj=campaign), campaign)


@bp.post("/<int:id>/edit")
def change(id: int) -> tuple[str, int] | Response:
    """Change a campaign's name, goal and dates; what somebody else saved in the meantime is shown, not overwritten."""
    campaign = queries.get_campaign(id)
    form = CampaignForm()
    if not form.validate():
        return _form(form, campaign), 400
    if form.version.data != str(campaign.version):
        form.version.data = str(campaign.version)
        return _form(form, campaign, is_stale=True), 409
    try:
        actions.change_campaign(id, campaign.version, **_values(form), user_id=me().id, now=clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _form(form, campaign), 400
    flash("Saved.", "success")
    return redirect(url_for("campaigns.show", id=id), 303)


@bp.post("/<int:id>/archive")
def archive(id: int) -> Response:
    """Put a campaign away."""
    actions.archive_campaign(id, user_id=me().id, now=clock.now())
    flash({"text": "The campaign is archived.", "url": url_for("campaigns.restore", id=id)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("campaigns.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> Response:
    """Bring a campaign back."""
    actions.restore_campaign(id, user_id=me().id, now=clock.now())
    flash("The campaign is back.", "success")
    return redirect(url_for("campaigns.show", id=id), 303)


def _form(form: CampaignForm, campaign: Campaign | None, is_stale: bool = False) -> str:
    return render_template("staff/planning/campaigns/edit.html", form=form, campaign=campaign, is_stale=is_stale)


def _may_write() -> bool:
    return has_role(me(), RoleName.WRITER)


def _values(form: CampaignForm) -> dict[str, Any]:
    return {
        "name": form.name.data or "",
        "goal": form.goal.data or "",
        "starts_on": form.starts_on.data,
        "ends_on": form.ends_on.data,
    }
