"""The mail server: its settings, and a real message through it to whoever asks."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.delivery import queries, trial
from campaigns.delivery.actions import relays
from campaigns.delivery.forms import RelayForm
from campaigns.errors import Conflict, Invalid
from campaigns.staff.guards import me
from campaigns.web.forms import show_errors

bp = Blueprint("relay", __name__)


@bp.get("")
def show() -> str:
    """The settings, without the password."""
    return _page(RelayForm(formdata=None, obj=queries.relay()))


@bp.post("")
def save() -> ResponseReturnValue:
    """Change the settings."""
    form = RelayForm()
    if not form.validate():
        return _page(form), 400
    version = form.version.data or ""
    try:
        relays.save(
            form.host.data or "",
            form.port.data or 0,
            form.security.data or "",
            form.username.data or "",
            form.password.data or "",
            int(version) if version.isdigit() else 0,
            me().id,
            clock.now(),
        )
    except Invalid as error:
        show_errors(form, error)
        return _page(form), 400
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _page(form), 409
    flash("Saved. Now send yourself a test.", "success")
    return redirect(url_for("relay.show"), 303)


@bp.post("/test")
def send_test() -> ResponseReturnValue:
    """Send one message through the server to whoever asks."""
    relay, sender = queries.relay(), queries.default_sender()
    if relay is None or sender is None:
        flash("Set the mail server and a sender first; then send the test.", "warning")
        return redirect(url_for("relay.show"), 303)
    relay_id, version, user_id = relay.id, relay.version, me().id
    result = trial.send(relay, sender, me().email, me().name, clock.now())
    if result.is_accepted:
        relays.record_test(relay_id, version, user_id, clock.now())
    flash(result.sentence, "success" if result.is_accepted else "error")
    return redirect(url_for("relay.show"), 303)


def _page(form: RelayForm) -> str:
    relay = queries.relay()
    form.password.data = None
    return render_template(
        "staff/delivery/relay/show.html",
        form=form,
        relay=relay,
        has_password=bool(relay and relay.password_sealed),
        sender=queries.default_sender(),
    )
