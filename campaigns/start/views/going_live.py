"""Going live: what is missing, in order, each with its form; and the one step."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from campaigns import clock
from campaigns.delivery import queries
from campaigns.delivery.doctor import gate
from campaigns.delivery.doctor.subject import domain_of
from campaigns.errors import Conflict, Invalid
from campaigns.staff import queries as staff
from campaigns.staff.actions import organization
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.start import actions, readiness
from campaigns.start.forms import PostalAddressForm, PublicUrlForm
from campaigns.web.forms import show_errors

bp = Blueprint("going_live", __name__)


@bp.get("")
def show() -> str:
    """What is done and what is missing."""
    return _page()


@bp.post("/public-url")
def save_public_url() -> ResponseReturnValue:
    """Set the public address."""
    form = PublicUrlForm()
    return _save(form, {"public_url": form.public_url.data or ""})


@bp.post("/postal-address")
def save_postal_address() -> ResponseReturnValue:
    """Set the postal address."""
    form = PostalAddressForm()
    return _save(form, {"postal_address": form.postal_address.data or ""})


@bp.post("")
def go() -> ResponseReturnValue:
    """Take the step."""
    actions.go_live(me().id, clock.now())
    return redirect(url_for("going_live.show"), 303)


def _save(form: PublicUrlForm | PostalAddressForm, values: dict[str, str]) -> ResponseReturnValue:
    if not form.validate():
        return _page(form), 400
    version = form.version.data or ""
    try:
        organization.change(values, int(version) if version.isdigit() else 0, me().id, clock.now())
    except (Invalid, Conflict) as error:
        show_errors(form, error if isinstance(error, Invalid) else Invalid(str(error)))
        return _page(form), error.status
    flash("Saved.", "success")
    return redirect(url_for("going_live.show"), 303)


def _page(refused: FlaskForm | None = None) -> str:
    office = staff.get_organization()
    sender = queries.default_sender()
    steps = readiness.steps(office, sender, queries.relay(), staff.approvers())
    url = refused if isinstance(refused, PublicUrlForm) else PublicUrlForm(formdata=None, obj=office)
    address = refused if isinstance(refused, PostalAddressForm) else PostalAddressForm(formdata=None, obj=office)
    url.version.data = address.version.data = str(office.version)
    return render_template(
        "staff/start/going_live/show.html",
        steps=steps,
        missing=readiness.missing(steps),
        forms={"public_url": url, "postal_address": address},
        refused=refused,
        unproved=gate.unproved(domain_of(sender.address)) if sender else [],
        relay=queries.relay(),
        may_change=has_role(me(), RoleName.ADMINISTRATOR),
    )
