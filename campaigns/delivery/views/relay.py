"""The mail servers: which there are and how they do, their settings, and a real message through one to whoever asks."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.delivery import queries, trial
from campaigns.delivery.actions import relays
from campaigns.delivery.actions.relays import Wanted
from campaigns.delivery.forms import RelayForm
from campaigns.delivery.models import Relay
from campaigns.errors import Conflict, Invalid
from campaigns.staff.guards import me
from campaigns.web.forms import show_errors

bp = Blueprint("relay", __name__)


@bp.get("")
def index() -> str:
    """All mail servers, the retired ones last."""
    found = sorted(queries.relays(with_retired=True), key=lambda relay: relay.retired_at is not None)
    return render_template(
        "staff/delivery/relay/index.html",
        relays=found,
        now=clock.now(),
        total=sum(relay.weight for relay in found if not (relay.held_at or relay.retired_at)),
        sender=queries.default_sender(),
    )


@bp.get("/new")
def new() -> str:
    """The form of a new mail server."""
    return _form(RelayForm(formdata=None), None)


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Add a mail server."""
    form = RelayForm()
    if not form.validate():
        return _form(form, None), 400
    try:
        relay_id = relays.add(_wanted(form), me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _form(form, None), 400
    flash("Saved. Now send yourself a test.", "success")
    return redirect(url_for("relay.edit", id=relay_id), 303)


@bp.get("/<int:id>")
def edit(id: int) -> str:
    """The settings of a mail server, without the password."""
    relay = queries.get_relay(id)
    form = RelayForm(formdata=None, obj=relay)
    form.name.data = "" if relay.name == relay.host else relay.name
    return _form(form, relay)


@bp.post("/<int:id>")
def change(id: int) -> ResponseReturnValue:
    """Change a mail server."""
    relay = queries.get_relay(id)
    form = RelayForm()
    if not form.validate():
        return _form(form, relay), 400
    version = form.version.data or ""
    try:
        relays.change(id, _wanted(form), int(version) if version.isdigit() else 0, me().id, clock.now())
    except (Invalid, Conflict) as error:
        show_errors(form, error if isinstance(error, Invalid) else Invalid(str(error)))
        return _form(form, queries.get_relay(id)), error.status
    flash("Saved." if queries.get_relay(id).tested_at else "Saved. Now send yourself a test.", "success")
    return redirect(url_for("relay.edit", id=id), 303)


@bp.post("/<int:id>/test")
def send_test(id: int) -> ResponseReturnValue:
    """Send one message through the server to whoever asks."""
    relay, sender = queries.get_relay(id), queries.default_sender()
    if sender is None:
        flash("A test needs somebody to come from. Add a sender first; then send the test.", "warning")
        return redirect(url_for("relay.edit", id=id), 303)
    version, user_id = relay.version, me().id
    result = trial.send(relay, sender, me().email, me().name, clock.now())
    if result.is_accepted:
        relays.record_test(id, version, user_id, clock.now())
    flash(result.sentence, "success" if result.is_accepted else "error")
    return redirect(url_for("relay.edit", id=id), 303)


@bp.post("/<int:id>/hold")
def hold(id: int) -> ResponseReturnValue:
    """Give it nothing for now."""
    relays.hold(id, me().id, clock.now())
    flash("It is on hold: no mail goes through it.", "success")
    return redirect(url_for("relay.index"), 303)


@bp.post("/<int:id>/release")
def release(id: int) -> ResponseReturnValue:
    """Let it work again."""
    relays.release(id, me().id, clock.now())
    flash("It carries mail again.", "success")
    return redirect(url_for("relay.index"), 303)


@bp.post("/<int:id>/retire")
def retire(id: int) -> ResponseReturnValue:
    """Use it no longer."""
    relays.retire(id, me().id, clock.now())
    flash("It is retired, and its password forgotten.", "success")
    return redirect(url_for("relay.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> ResponseReturnValue:
    """Bring it back, on hold."""
    relays.restore(id, me().id, clock.now())
    flash("It is back, on hold. Enter its password again, test it, and let it work.", "success")
    return redirect(url_for("relay.edit", id=id), 303)


def _wanted(form: RelayForm) -> Wanted:
    return Wanted(
        host=form.host.data or "",
        port=form.port.data or 0,
        security=form.security.data or "",
        username=form.username.data or "",
        password=form.password.data or "",
        name=form.name.data or "",
        weight=form.weight.data or 1,
        hour_limit=form.hour_limit.data,
        day_limit=form.day_limit.data,
    )


def _form(form: RelayForm, relay: Relay | None) -> str:
    form.password.data = None
    return render_template(
        "staff/delivery/relay/edit.html",
        form=form,
        relay=relay,
        has_password=bool(relay and relay.password_sealed),
        others=[one for one in queries.relays() if relay is None or one.id != relay.id],
        sender=queries.default_sender(),
        now=clock.now(),
    )
