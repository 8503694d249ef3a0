"""Between approval and the first mail: the minute in which anybody can stop it, and the wait for its time."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.delivery import brakes
from campaigns.delivery.doctor import gate
from campaigns.errors import Invalid
from campaigns.newsletters import actions, forms, preparing, queries, rules
from campaigns.newsletters.views.review import sentence
from campaigns.planning.models import ItemState
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role

bp = Blueprint("launch", __name__)

WAITING = (ItemState.APPROVED, ItemState.SCHEDULED, ItemState.HELD, ItemState.MISSED)


@bp.get("/<int:id>/launch")
def show(id: int) -> ResponseReturnValue:
    """The seconds that are left, or what it waits for."""
    if queries.get_newsletter(id).state not in WAITING:
        return redirect(url_for("newsletters.show", id=id))
    return _page(id)


@bp.get("/<int:id>/launch.json")
def seconds(id: int) -> ResponseReturnValue:
    """The same for the page's script, each second."""
    newsletter = queries.get_newsletter(id)
    left = queries.waiting_seconds(newsletter, clock.now())
    # Said aloud at a few moments only: a number each second would drown everything else.
    say = f"{left} seconds left to stop it." if left in (60, 30, 10) else ""
    return jsonify(state=_phase(newsletter.state, left), seconds=left, say=say, done=newsletter.state not in WAITING)


@bp.post("/<int:id>/stop")
def stop(id: int) -> ResponseReturnValue:
    """Nothing leaves; it stays approved."""
    actions.stop(id, me().id, clock.now())
    flash("Stopped. Nobody received it.", "success")
    return redirect(url_for("newsletters.show", id=id), 303)


@bp.post("/<int:id>/send")
@needs(RoleName.APPROVER)
def send(id: int) -> ResponseReturnValue:
    """Let an approved newsletter go."""
    confirmed = forms.posted_number(request.form.get("people"))
    try:
        actions.send(
            preparing.prepare(id, clock.now()), confirmed, me().id, clock.now(), forms.posted_outside(request.form)
        )
    except Invalid as error:
        return _page(id, problem=str(error)), 400
    return redirect(url_for("launch.show", id=id), 303)


def _phase(state: str, left: int) -> str:
    """The state, with the last minute as one of its own."""
    return "launching" if state == ItemState.SCHEDULED and left <= rules.STOP_WINDOW.total_seconds() else state


def _page(id: int, problem: str = "") -> str:
    newsletter = queries.get_newsletter(id)
    prepared = preparing.prepare(id, clock.now())
    left = queries.waiting_seconds(newsletter, clock.now())
    decision = queries.last_decision(id)
    approved = decision.people if decision else prepared.people
    return render_template(
        "staff/newsletters/launch.html",
        newsletter=newsletter,
        prepared=prepared,
        sentence=sentence(prepared, is_approved=True, at=newsletter.launch_at),
        phase=_phase(newsletter.state, left),
        seconds=left,
        hours_wait=brakes.hours_wait(rules.launch_time(prepared.document.send_at, clock.now())),
        outside=forms.posted_outside(request.form),
        note=queries.note_of(newsletter),
        problem=problem,
        gate=gate.problem(prepared.from_address, prepared.people),
        approved_people=approved,
        differs=rules.count_differs(approved, prepared.people),
        may_send=has_role(me(), RoleName.APPROVER),
        may_write=has_role(me(), RoleName.WRITER),
    )
