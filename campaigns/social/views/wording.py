"""What helps writing: sets of hashtags, and the rules that tag links."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Conflict, Invalid
from campaigns.social import forms, queries
from campaigns.social.actions import settings as actions
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors

bp = Blueprint("wording", __name__)


@bp.get("")
def index() -> str:
    """Both, with the forms that add to them."""
    return _page()


@bp.post("/hashtags")
def save_hashtags() -> ResponseReturnValue:
    """Keep a set."""
    form = forms.HashtagForm()
    set_id = forms.posted_number(request.form.get("id"))
    if not form.validate_on_submit():
        return _page(hashtags=form), 400
    try:
        actions.save_hashtags(set_id, form.name.data or "", form.tags.data or "", me().id, clock.now())
    except (Invalid, Conflict) as error:
        show_errors(form, error if isinstance(error, Invalid) else Invalid({"name": str(error)}))
        return _page(hashtags=form), 400
    flash("The set is kept. The composer offers it.", "success")
    return redirect(url_for("wording.index"), 303)


@bp.post("/hashtags/<int:id>/remove")
def remove_hashtags(id: int) -> ResponseReturnValue:
    """Forget a set."""
    actions.remove_hashtags(id, me().id, clock.now())
    flash("The set is gone. Posts keep their hashtags.", "success")
    return redirect(url_for("wording.index"), 303)


@bp.post("/links")
@needs(RoleName.APPROVER)
def save_link_rule() -> ResponseReturnValue:
    """Keep a rule."""
    form = forms.LinkRuleForm()
    rule_id = forms.posted_number(request.form.get("id"))
    if not form.validate_on_submit():
        return _page(links=form), 400
    values = (form.domain.data or "", form.source.data or "", form.medium.data or "", form.campaign.data or "")
    try:
        actions.save_link_rule(rule_id, *values, me().id, clock.now())
    except (Invalid, Conflict) as error:
        show_errors(form, error if isinstance(error, Invalid) else Invalid({"domain": str(error)}))
        return _page(links=form), 400
    flash("The rule is kept. Scheduled posts with links to that site need a new approval.", "success")
    return redirect(url_for("wording.index"), 303)


@bp.post("/links/<int:id>/remove")
@needs(RoleName.APPROVER)
def remove_link_rule(id: int) -> ResponseReturnValue:
    """Forget a rule."""
    actions.remove_link_rule(id, me().id, clock.now())
    flash("Links to that site stay as they are typed.", "success")
    return redirect(url_for("wording.index"), 303)


def _page(hashtags: forms.HashtagForm | None = None, links: forms.LinkRuleForm | None = None) -> str:
    return render_template(
        "staff/social/wording.html",
        hashtags=hashtags or forms.HashtagForm(formdata=None),
        links=links or forms.LinkRuleForm(formdata=None),
        sets=queries.hashtag_sets(),
        rules=queries.link_rules(),
        held=len(queries.waiting_for_people()),
        may_write=has_role(me(), RoleName.WRITER),
        may_approve=has_role(me(), RoleName.APPROVER),
    )
