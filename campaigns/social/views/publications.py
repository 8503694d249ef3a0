"""One post on one channel: what a person decides about it, and changing it where it is out."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Invalid, OutsideError, Refused
from campaigns.planning.rules import may_approve
from campaigns.social import forms, publishing, queries
from campaigns.social.actions import deciding
from campaigns.social.messages import read_message
from campaigns.social.models import Publication, PublicationState
from campaigns.social.networks.known import network
from campaigns.social.views.posts import outcome
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization
from campaigns.staff.rules import has_role

bp = Blueprint("publications", __name__)


@bp.get("/held")
def held() -> str:
    """Everything that waits for a person: held, unknown, by hand, missed, failed."""
    found = queries.waiting_for_people()
    return render_template(
        "staff/social/held.html",
        outcomes=[outcome(one) for one in found],
        titles=queries.titles_of([one.post_id for one in found]),
        may_write=has_role(me(), RoleName.WRITER),
        may_approve=has_role(me(), RoleName.APPROVER),
    )


@bp.post("/on/<int:id>/keep")
@needs(RoleName.APPROVER)
def keep(id: int) -> ResponseReturnValue:
    """Post it now."""
    deciding.keep(id, me().id, clock.now())
    flash("It is posted as soon as it can be.", "success")
    return _back(id)


@bp.post("/on/<int:id>/reschedule")
@needs(RoleName.APPROVER)
def reschedule(id: int) -> ResponseReturnValue:
    """Give it another time."""
    form = forms.TimeForm()
    if not form.validate_on_submit():
        raise Invalid("Choose a day and a time.")
    zone = get_organization().zone
    deciding.reschedule(id, form.wall, zone, me().id, clock.now())
    at = clock.friendly(clock.instant_of(form.wall, zone), zone, clock.now())
    flash(f"It is posted {at}.", "success")
    return _back(id)


@bp.post("/on/<int:id>/discard")
def discard(id: int) -> ResponseReturnValue:
    """It is not posted there."""
    deciding.discard(id, me().id, clock.now())
    flash("It is not posted there.", "success")
    return _back(id)


@bp.post("/on/<int:id>/there")
def there(id: int) -> ResponseReturnValue:
    """A person looked, and it is there; or posted it by hand."""
    form = forms.LinkForm()
    form.validate_on_submit()
    deciding.it_is_there(id, form.permalink.data or "", me().id, clock.now())
    flash("Noted: it is posted.", "success")
    return _back(id)


@bp.post("/on/<int:id>/again")
@needs(RoleName.APPROVER)
def again(id: int) -> ResponseReturnValue:
    """A person looked, and it is not there."""
    deciding.post_again(id, me().id, clock.now())
    flash("It is posted again.", "success")
    return _back(id)


@bp.get("/on/<int:id>/edit")
@needs(RoleName.APPROVER)
def edit(id: int) -> ResponseReturnValue:
    """The form of another text."""
    found = queries.get_publication(id)
    form = forms.EditForm(formdata=None, data={"text": found.messages[0]["text"]})
    return _edit_page(found, form)


@bp.post("/on/<int:id>/edit")
@needs(RoleName.APPROVER)
def save(id: int) -> ResponseReturnValue:
    """Change the text where it is out. Authors do not change their own words alone, as with approvals."""
    found, form = queries.get_publication(id), forms.EditForm()
    post = queries.get_post(found.post_id)
    if not may_approve(me().id, queries.authors_of(post), get_organization().is_practice):
        raise Refused("You wrote this post, so somebody else needs to change it where it is out.")
    if not form.validate_on_submit():
        return _edit_page(found, form), 400
    text = (form.text.data or "").strip()
    _check_out(found)
    if problem := _too_long(found, text):
        form.text.errors = [problem]
        return _edit_page(found, form), 400
    try:
        publishing.edit(id, text)
    except OutsideError as error:
        form.text.errors = [str(error)]
        return _edit_page(queries.get_publication(id), form), 400
    deciding.record_edited(id, text, me().id, clock.now())
    flash("Readers see the new text now.", "success")
    return _back(id)


@bp.post("/on/<int:id>/delete")
def delete(id: int) -> ResponseReturnValue:
    """Take it away from its network."""
    _check_out(queries.get_publication(id))
    try:
        publishing.delete(id)
    except OutsideError as error:
        flash(f"It could not be deleted. {error}", "error")
        return _back(id)
    deciding.record_deleted(id, me().id, clock.now())
    flash("It is deleted there. What it said stays on record here.", "success")
    return _back(id)


def _check_out(found: Publication) -> None:
    if found.state != PublicationState.PUBLISHED or found.is_practice or found.deleted_at is not None:
        raise Refused("It is not out there, so there is nothing to change.")


def _too_long(found: Publication, text: str) -> str:
    channel = queries.get_channel(found.channel_id)
    kind = network(channel.network)
    message = read_message(found.messages[0]).with_text(text)
    over = [one for one in kind.measures(message, channel.limits) if one.is_over]
    return f"That is too long: {over[0].used:,} of {over[0].limit:,} {over[0].unit}." if over else ""


def _edit_page(found: Publication, form: forms.EditForm) -> str:
    return render_template(
        "staff/social/edit_published.html", form=form, post=queries.get_post(found.post_id), **outcome(found)
    )


def _back(id: int) -> ResponseReturnValue:
    return redirect(url_for("posts.show", id=queries.get_publication(id).post_id), 303)
