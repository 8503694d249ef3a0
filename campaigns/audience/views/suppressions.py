"""Addresses that we must not write to: look one up, add one, allow one again for a stated reason."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience.actions import suppressing
from campaigns.audience.forms import AddressForm, LiftForm
from campaigns.delivery import suppression
from campaigns.delivery.models import Suppression, SuppressionReason
from campaigns.staff.guards import me

bp = Blueprint("suppressions", __name__)


@bp.get("")
def index() -> ResponseReturnValue:
    """The form that looks an address up. There is no list to show: only fingerprints are kept."""
    return _show(AddressForm())


@bp.post("")
def look_up() -> ResponseReturnValue:
    """Whether we may write to an address. By POST, so that the address stands in no log."""
    form = AddressForm()
    if not form.validate():
        return _show(form, status=400)
    return _show(form, found=suppression.find(form.address.value.key), is_asked=True)


@bp.post("/add")
def add() -> ResponseReturnValue:
    """Write to an address no more."""
    form = AddressForm()
    if not form.validate():
        return _show(form, status=400)
    suppressing.suppress(form.address.value, me().id, clock.now())
    flash("We will no longer write to this address.", "good")
    return redirect(url_for("suppressions.index"), 303)


@bp.post("/lift")
def lift() -> ResponseReturnValue:
    """Allow an address again."""
    form = LiftForm()
    if not form.validate():
        found = suppression.find(form.address.value.key) if not form.address.errors else None
        return _show(form, found=found, is_asked=found is not None, status=400)
    suppressing.lift(form.address.value, form.why.data or "", me().id, clock.now())
    flash("We may write to this address again.", "good")
    return redirect(url_for("suppressions.index"), 303)


def _show(
    form: AddressForm, found: Suppression | None = None, *, is_asked: bool = False, status: int = 200
) -> ResponseReturnValue:
    why = suppression.SENTENCE[SuppressionReason(found.reason)] if found else ""
    page = render_template(
        "staff/audience/suppressions.html",
        form=form,
        found=found,
        why=why,
        is_asked=is_asked,
        is_lift=isinstance(form, LiftForm),
    )
    return page, status
