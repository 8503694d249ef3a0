"""The people of the office: what each may do, who is invited, whose account is closed."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Invalid, Refused
from campaigns.staff import queries, security
from campaigns.staff.actions import accounts, links
from campaigns.staff.forms import InviteForm, PersonForm
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName, User
from campaigns.staff.rules import VERBS
from campaigns.web.forms import show_errors

bp = Blueprint("team", __name__)

HINTS = {role.value: VERBS[role][1] for role in RoleName}
WORDS = {role.value: VERBS[role][0] for role in RoleName}


@bp.get("")
def index() -> str:
    """Everybody, and the open invitations."""
    return render_template(
        "staff/staff/team/index.html",
        users=queries.users(),
        invitations=queries.invitations(),
        words=WORDS,
        now=clock.now(),
        approvers=len(queries.approvers()),
    )


@bp.get("/invite")
def new() -> str:
    """The form of an invitation."""
    return _invite_page(InviteForm(formdata=None, roles=[RoleName.VIEWER.value]))


@bp.post("/invite")
def invite() -> ResponseReturnValue:
    """Invite somebody by mail."""
    form = InviteForm()
    if not form.validate():
        return _invite_page(form), 400
    try:
        links.invite(
            form.email.data or "", form.name.data or "", form.roles.data or [], me().id, security.post(), clock.now()
        )
    except Invalid as error:
        show_errors(form, error)
        return _invite_page(form), 400
    flash(f"The invitation to {form.name.data} is on its way. Its link works for 7 days.", "success")
    return redirect(url_for("team.index"), 303)


@bp.post("/invitations/<int:id>/again")
def invite_again(id: int) -> ResponseReturnValue:
    """Mail an invitation once more."""
    links.invite_again(id, me().id, security.post(), clock.now())
    flash("The invitation was mailed again with a new link. The old one stopped working.", "success")
    return redirect(url_for("team.index"), 303)


@bp.post("/invitations/<int:id>/withdraw")
def withdraw_invitation(id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    links.withdraw_invitation(id, me().id, clock.now())
    flash("The invitation is withdrawn. Its link stopped working.", "success")
    return redirect(url_for("team.index"), 303)


@bp.get("/<int:id>")
def edit(id: int) -> str:
    """One person."""
    user = queries.get_user(id)
    return _person_page(PersonForm(formdata=None, name=user.name, roles=[role.name for role in user.roles]), user)


@bp.post("/<int:id>")
def change(id: int) -> ResponseReturnValue:
    """Change what a person may do."""
    user = queries.get_user(id)
    form = PersonForm()
    if not form.validate():
        return _person_page(form, user), 400
    try:
        accounts.change(id, form.name.data or "", form.roles.data or [], me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _person_page(form, user), 400
    except Refused as error:
        show_errors(form, Invalid({"roles": str(error)}))
        return _person_page(form, user), 400
    flash(f"Saved. It counts from the next page that {form.name.data} opens.", "success")
    return redirect(url_for("team.index"), 303)


@bp.post("/<int:id>/deactivate")
def deactivate(id: int) -> ResponseReturnValue:
    """Close an account."""
    accounts.deactivate(id, me().id, clock.now())
    flash("The account is closed and all its sessions are ended.", "success")
    return redirect(url_for("team.index"), 303)


@bp.post("/<int:id>/reactivate")
def reactivate(id: int) -> ResponseReturnValue:
    """Open an account again."""
    accounts.reactivate(id, me().id, clock.now())
    flash("The account is open again.", "success")
    return redirect(url_for("team.index"), 303)


def _invite_page(form: InviteForm) -> str:
    return render_template("staff/staff/team/invite.html", form=form, hints=HINTS)


def _person_page(form: PersonForm, user: User) -> str:
    return render_template("staff/staff/team/edit.html", form=form, user=user, hints=HINTS)
