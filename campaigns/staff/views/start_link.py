"""One-time links: the page says what the link does, and only its button does it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Invalid, NotFound
from campaigns.staff import queries, security
from campaigns.staff.actions import links
from campaigns.staff.forms import BareForm, FirstForm, WelcomeForm
from campaigns.staff.models import StaffLink, StaffLinkKind
from campaigns.web.forms import show_errors

bp = Blueprint("start_link", __name__)

FORMS = {StaffLinkKind.FIRST_ADMINISTRATOR: FirstForm, StaffLinkKind.INVITATION: WelcomeForm}


@bp.get("/welcome/<token>")
def show(token: str) -> ResponseReturnValue:
    """What the link is for; a dead link gets the same page whatever killed it."""
    link = queries.find_link(token, clock.now())
    if link is None:
        return _dead()
    return _page(link, FORMS.get(StaffLinkKind(link.kind), BareForm)(formdata=None, data={"name": link.name}))


@bp.post("/welcome/<token>")
def use(token: str) -> ResponseReturnValue:
    """Use the link."""
    link = queries.find_link(token, clock.now())
    if link is None:
        return _dead()
    form = FORMS.get(StaffLinkKind(link.kind), BareForm)()
    if not form.validate():
        return _page(link, form), 400
    try:
        return _use(link, token, form)
    except Invalid as error:
        show_errors(form, error)
        return _page(link, form), 400
    except NotFound:
        return _dead()


def _use(link: StaffLink, token: str, form: Any) -> ResponseReturnValue:
    now = clock.now()
    if link.kind == StaffLinkKind.ADDRESS:
        links.confirm_address(token, now)
        flash("Your address is confirmed.", "success")
        return redirect(url_for("account.show"), 303)
    if link.kind == StaffLinkKind.SIGN_IN:
        security.sign_in(links.use_sign_in_link(token, now), "link")
        return redirect(url_for("desk.home"), 303)
    email = link.email or form.email.data
    security.check_password(form.password.data, form.name.data, email)
    user_id = links.make_account(token, email, form.name.data, security.password_hash(form.password.data), now)
    security.sign_in(user_id, "link")
    flash("Welcome. Your account is ready.", "success")
    return redirect(url_for("desk.home"), 303)


def _page(link: StaffLink, form: Any) -> str:
    user = queries.get_user(link.user_id) if link.user_id else None
    return render_template(f"staff/staff/welcome/{link.kind}.html", form=form, link=link, user=user)


def _dead() -> ResponseReturnValue:
    return render_template("staff/staff/welcome/dead.html"), 404
