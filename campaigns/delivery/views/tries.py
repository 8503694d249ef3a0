"""Settings, Trying again: what happens to a copy whose mail server says "later"."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.delivery import queries, rules
from campaigns.delivery.actions import tries
from campaigns.delivery.forms import TriesForm
from campaigns.errors import Invalid
from campaigns.staff.guards import me
from campaigns.web.forms import show_errors

bp = Blueprint("tries", __name__)


@bp.get("")
def show() -> ResponseReturnValue:
    """The plan in words, and its form."""
    plan = queries.tries()
    steps = ", ".join(str(minutes) for minutes in plan.steps)
    return _page(TriesForm(data={"steps": steps, "hours": plan.hours, "version": queries.tries_version()}))


@bp.post("")
def save() -> ResponseReturnValue:
    """Keep the plan."""
    form = TriesForm()
    if not form.validate_on_submit():
        return _page(form, 400)
    given = form.version.data or ""
    version = int(given) if given.isascii() and given.isdecimal() else 0
    try:
        tries.change(form.steps.data or "", form.hours.data or 0, version, me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(form, 400)
    flash("Saved. It holds from the next answer on.", "success")
    return redirect(url_for("tries.show"), 303)


def _page(form: TriesForm, status: int = 200) -> ResponseReturnValue:
    plan, usual = queries.tries(), rules.USUAL
    page = render_template(
        "staff/delivery/tries/show.html",
        form=form,
        words=rules.plan_words(plan),
        usual=rules.plan_words(usual),
        is_usual=plan == usual,
        has_hours=queries.sending_rules().has_hours,
    )
    return page, status
