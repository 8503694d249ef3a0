"""One's own account: name, password, sessions, address, and what one may do."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Invalid
from campaigns.staff import security
from campaigns.staff.actions import accounts, links
from campaigns.staff.forms import NameForm
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.rules import VERBS
from campaigns.web.forms import show_errors

bp = Blueprint("account", __name__)


@bp.get("")
def show() -> str:
    """The account of whoever is signed in."""
    return _page(NameForm(formdata=None, obj=me()))


@bp.post("")
def rename() -> ResponseReturnValue:
    """Change one's name."""
    form = NameForm()
    if not form.validate():
        return _page(form), 400
    try:
        accounts.rename(me().id, form.name.data or "", me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(form), 400
    flash("Saved.", "success")
    return redirect(url_for("account.show"), 303)


@bp.post("/sessions")
def end_sessions() -> ResponseReturnValue:
    """End all sessions but this one."""
    user_id = me().id
    accounts.end_sessions(user_id, clock.now())
    security.sign_in(user_id, security.BY_CHANGE)
    flash("You are signed out everywhere else.", "success")
    return redirect(url_for("account.show"), 303)


@bp.post("/address")
def ask_address_link() -> ResponseReturnValue:
    """Mail a link that confirms one's address."""
    links.ask_address_link(me().id, security.post(), clock.now())
    flash(f"A mail is on its way to {me().email}. Its link confirms the address.", "success")
    return redirect(url_for("account.show"), 303)


def _page(form: NameForm) -> str:
    held = {role.name for role in me().roles}
    verbs = [VERBS[role] for role in RoleName if role.value in held]
    return render_template("staff/staff/account/show.html", form=form, user=me(), verbs=verbs)
