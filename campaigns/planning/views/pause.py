"""The pause switch: one page that says what stops, asks why, and starts everything again."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.planning import actions, queries
from campaigns.planning.forms import PauseForm
from campaigns.planning.models import ItemState
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role

bp = Blueprint("pause", __name__)


@bp.get("")
def show() -> str:
    """What the switch does now, and the form that turns it."""
    return _page(PauseForm())


@bp.post("")
@needs(RoleName.APPROVER)
def stop() -> tuple[str, int] | Response:
    """Pause everything."""
    form = PauseForm()
    if not form.validate_on_submit():
        return _page(form), 400
    actions.pause(form.reason.data or "", me().id, clock.now())
    flash("Everything is paused. Sign-in and password mails still leave, so that nobody is locked out.", "warning")
    return redirect(url_for("pause.show"), 303)


@bp.post("/resume")
@needs(RoleName.APPROVER)
def resume() -> Response:
    """Let everything leave again."""
    actions.resume(me().id, clock.now())
    flash("Everything runs again.", "success")
    return redirect(url_for("pause.show"), 303)


def _page(form: PauseForm) -> str:
    state = queries.pause_state()
    return render_template(
        "staff/planning/pause/show.html",
        form=form,
        may_turn=has_role(me(), RoleName.APPROVER),
        state=state,
        by=staff.names_of([state.by_id]).get(state.by_id, "") if state.by_id else "",
        leaving=queries.leaving(),
        held=queries.in_state(ItemState.HELD),
    )
