"""How newsletters leave: sending hours, the first part of a large one, limits of recipient domains."""

from datetime import time

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from campaigns import clock
from campaigns.delivery import brakes, queries
from campaigns.delivery.actions import sending_rules as actions
from campaigns.delivery.forms import DomainForm, HoursForm, StageForm
from campaigns.delivery.hours import MIDNIGHT
from campaigns.errors import Conflict, Invalid
from campaigns.staff.guards import me
from campaigns.web.forms import show_errors

bp = Blueprint("sending_rules", __name__)


@bp.get("")
def show() -> str:
    """All of them, as they are."""
    return _page()


@bp.post("/hours")
def set_hours() -> ResponseReturnValue:
    """Change the sending hours."""
    form = HoursForm()
    if not form.validate():
        return _page(form), 400
    opens, closes = _minutes(form.opens.data), _minutes(form.closes.data) or MIDNIGHT
    days = form.days.data or []
    try:
        actions.set_hours(form.has_hours.data, opens, closes, days, _version(form), me().id, clock.now())
    except (Invalid, Conflict) as error:
        return _refused(form, error)
    flash("Saved. It holds at once, also for what is on its way.", "success")
    return redirect(url_for("sending_rules.show"), 303)


@bp.post("/first-part")
def set_stage() -> ResponseReturnValue:
    """Change how large newsletters begin."""
    form = StageForm()
    if not form.validate():
        return _page(form), 400
    numbers = (form.percent.data or 0, form.least.data or 0, form.minutes.data or 0, form.refusals.data or 0)
    try:
        actions.set_stage(form.is_staged.data, *numbers, _version(form), me().id, clock.now())
    except (Invalid, Conflict) as error:
        return _refused(form, error)
    flash("Saved. It holds for newsletters that begin from now on.", "success")
    return redirect(url_for("sending_rules.show"), 303)


@bp.post("/domains")
def limit_domain() -> ResponseReturnValue:
    """Limit what the addresses at a domain get."""
    form = DomainForm()
    if not form.validate():
        return _page(form), 400
    try:
        actions.limit_domain(form.domain.data or "", form.hour_limit.data, form.day_limit.data, me().id, clock.now())
    except Invalid as error:
        return _refused(form, error)
    flash("Saved. It holds at once, also for what is on its way.", "success")
    return redirect(url_for("sending_rules.show"), 303)


@bp.post("/domains/<domain>/free")
def free_domain(domain: str) -> ResponseReturnValue:
    """Limit a domain no longer."""
    actions.free_domain(domain, me().id, clock.now())
    flash(f"{domain} has no limit any more.", "success")
    return redirect(url_for("sending_rules.show"), 303)


def _minutes(value: time | None) -> int:
    return value.hour * 60 + value.minute if value else 0


def _version(form: HoursForm | StageForm) -> int:
    version = form.version.data or ""
    return int(version) if version.isdigit() else 0


def _refused(form: FlaskForm, error: Invalid | Conflict) -> ResponseReturnValue:
    show_errors(form, error if isinstance(error, Invalid) else Invalid(str(error)))
    return _page(form), error.status


def _page(refused: FlaskForm | None = None) -> str:
    row = queries.sending_rules()
    hours = HoursForm(
        formdata=None,
        data={
            "has_hours": row.has_hours,
            "opens": time(*divmod(row.opens, 60)),
            "closes": time(*divmod(row.closes % MIDNIGHT, 60)),
            "days": row.days,
            "version": row.version,
        },
    )
    stage = StageForm(
        formdata=None,
        data={
            "is_staged": row.is_staged,
            "percent": row.stage_percent,
            "least": row.stage_least,
            "minutes": row.stage_minutes,
            "refusals": row.stage_refusals,
            "version": row.version,
        },
    )
    return render_template(
        "staff/delivery/sending_rules/show.html",
        hours_form=refused if isinstance(refused, HoursForm) else hours,
        stage_form=refused if isinstance(refused, StageForm) else stage,
        domain_form=refused if isinstance(refused, DomainForm) else DomainForm(formdata=None),
        refused=refused,
        domains=queries.domain_limits(),
        waiting=brakes.waiting_domains(clock.now()),
    )
