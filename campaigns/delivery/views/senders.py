"""Senders: who newsletters come from, and who reads the answers."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.delivery import queries
from campaigns.delivery.actions import senders
from campaigns.delivery.forms import SenderForm
from campaigns.delivery.models import Sender
from campaigns.errors import Invalid
from campaigns.staff.guards import me
from campaigns.web.forms import show_errors

bp = Blueprint("senders", __name__)


@bp.get("")
def index() -> str:
    """All senders, the retired ones last."""
    found = queries.senders(with_retired=True)
    ordered = sorted(found, key=lambda sender: sender.retired_at is not None)
    return render_template("staff/delivery/senders/index.html", senders=ordered)


@bp.get("/new")
def new() -> str:
    """The form of a new sender."""
    return _form(SenderForm(formdata=None), None)


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Add a sender."""
    form = SenderForm()
    if not form.validate():
        return _form(form, None), 400
    try:
        senders.add(*_values(form), user_id=me().id, now=clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _form(form, None), 400
    flash("The sender is there. Writers can choose it from now on.", "success")
    return redirect(url_for("senders.index"), 303)


@bp.get("/<int:id>")
def edit(id: int) -> str:
    """The form of a sender."""
    sender = queries.get_sender(id)
    return _form(SenderForm(formdata=None, obj=sender), sender)


@bp.post("/<int:id>")
def change(id: int) -> ResponseReturnValue:
    """Change a sender."""
    sender = queries.get_sender(id)
    form = SenderForm()
    if not form.validate():
        return _form(form, sender), 400
    try:
        senders.change(id, *_values(form), user_id=me().id, now=clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _form(form, sender), 400
    flash("Saved. What was approved with the old values has to be approved again.", "success")
    return redirect(url_for("senders.index"), 303)


@bp.post("/<int:id>/default")
def make_default(id: int) -> ResponseReturnValue:
    """Make a sender the default."""
    senders.make_default(id, me().id, clock.now())
    flash("Confirmations, links and new newsletters come from this sender now.", "success")
    return redirect(url_for("senders.index"), 303)


@bp.post("/<int:id>/retire")
def retire(id: int) -> ResponseReturnValue:
    """Offer a sender no longer."""
    senders.retire(id, me().id, clock.now())
    flash({"text": "The sender is retired.", "url": url_for("senders.restore", id=id)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("senders.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> ResponseReturnValue:
    """Offer a retired sender again."""
    senders.restore(id, me().id, clock.now())
    flash("The sender is back.", "success")
    return redirect(url_for("senders.index"), 303)


def _form(form: SenderForm, sender: Sender | None) -> str:
    return render_template("staff/delivery/senders/edit.html", form=form, sender=sender)


def _values(form: SenderForm) -> tuple[str, str, str]:
    return form.name.data or "", form.address.data or "", form.reply_to.data or ""
