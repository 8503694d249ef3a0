"""What the organization says about itself, and when somebody last called its numbers."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Conflict, Invalid
from campaigns.staff import queries
from campaigns.staff.actions import organization
from campaigns.staff.forms import OrganizationForm
from campaigns.staff.guards import me
from campaigns.web.forms import show_errors

bp = Blueprint("organization", __name__)


@bp.get("")
def show() -> str:
    """Every value."""
    return _page(OrganizationForm(formdata=None, obj=queries.get_organization()))


@bp.post("")
def change() -> ResponseReturnValue:
    """Change values; what somebody else saved in the meantime is shown, not overwritten."""
    form = OrganizationForm()
    if not form.validate():
        return _page(form), 400
    version = form.version.data or ""
    try:
        organization.change(form.texts(), int(version) if version.isdigit() else 0, me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(form), 400
    except Conflict:
        return _page(form, is_stale=True), 409
    flash("Saved.", "success")
    return redirect(url_for("organization.show"), 303)


@bp.post("/checked/<number>")
def check_number(number: str) -> ResponseReturnValue:
    """Somebody called a number today, and it is right."""
    day = clock.today(queries.get_organization().zone)
    organization.check_number(number, day, me().id, clock.now())
    flash("Thank you. The day is noted.", "success")
    return redirect(url_for("organization.show") + "#numbers", 303)


def _page(form: OrganizationForm, is_stale: bool = False) -> str:
    saved = queries.get_organization()
    others = {}
    if is_stale:
        others = {name: getattr(saved, name) for name, text in form.texts().items() if getattr(saved, name) != text}
        form.version.data = str(saved.version)
    numbers = [
        ("emergency", "Emergency", saved.emergency, saved.emergency_checked_on),
        ("tip_line", "Tip line", saved.tip_line, saved.tip_line_checked_on),
        ("hotline", saved.hotline_name, f"{saved.hotline}, text {saved.hotline_text}", saved.hotline_checked_on),
    ]
    return render_template(
        "staff/staff/organization/show.html", form=form, is_stale=is_stale, others=others, numbers=numbers
    )
