"""Deliverability: the checkup of each way that mail takes, its self-test, and the decision to do without."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience import links
from campaigns.delivery.doctor import actions, findings, queries, rounds
from campaigns.delivery.doctor.findings import TITLES, Level
from campaigns.delivery.doctor.models import TestState
from campaigns.delivery.doctor.queries import Way
from campaigns.delivery.doctor.received import LONGEST
from campaigns.errors import Invalid
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.queries import names_of
from campaigns.staff.rules import has_role
from campaigns.start.forms import OverrideForm, SelfTestForm, SourceForm
from campaigns.web.forms import show_errors

bp = Blueprint("doctor", __name__)


@bp.get("")
def show() -> str:
    """How one way stands: the last checkup, the self-test."""
    return _page(_way())


@bp.post("/check")
def check() -> ResponseReturnValue:
    """Look at everything now."""
    way = _way()
    key = way.key
    found = rounds.examine(way, links.test_leave_url(), clock.now())
    actions.keep_checkup(key, found, clock.now())
    return _back(key)


@bp.post("/self-test")
def send() -> ResponseReturnValue:
    """Send the self-test."""
    way, form = _way(), SelfTestForm()
    if not form.validate():
        return _page(way, send_form=form), 400
    key = way.key
    try:
        handed = rounds.send(way, links.test_leave_url(), (form.to_address.data or "").strip(), me().id)
    except Invalid as error:
        show_errors(form, error)
        return _page(queries.get_way(key), send_form=form), 400
    flash(handed.sentence, "success" if handed.is_accepted else "error")
    return _back(key, "self-test")


@bp.post("/self-test/read")
def read() -> ResponseReturnValue:
    """Read the copy that arrived."""
    way, form = _way(), SourceForm()
    key = way.key
    file = form.file.data
    source = file.read(LONGEST + 1) if file else (form.source.data or "").encode()
    try:
        if not source.strip():
            raise Invalid({"source": "Paste the source of the message that arrived, or choose its file."})
        reading = rounds.read_source(source, me().id)
    except Invalid as error:
        show_errors(form, error)
        return _page(queries.get_way(key), source_form=form), 400
    if reading.is_passed:
        flash("The self-test has passed. Newsletters may go to any number of people.", "success")
    else:
        flash("The self-test did not pass. Below stands why, and what to do.", "error")
    return _back(key, "self-test")


@bp.post("/override")
def override() -> ResponseReturnValue:
    """Do without the self-test, for a reason."""
    way, form = _way(), OverrideForm()
    key = way.key
    try:
        actions.override(key, form.reason.data or "", me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(queries.get_way(key), override_form=form), 400
    flash("Newsletters may go to any number of people without the self-test. It stands in the audit log.", "success")
    return _back(key, "self-test")


@bp.post("/override/<int:id>/withdraw")
def withdraw(id: int) -> ResponseReturnValue:
    """Ask for the self-test again."""
    actions.withdraw_override(id, me().id, clock.now())
    flash("The self-test is needed again.", "success")
    return _back(request.args.get("way", ""), "self-test")


def _way() -> Way:
    return queries.get_way(request.args.get("way", ""))


def _back(key: str, place: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("doctor.show", way=key, _anchor=place), 303)


def _page(
    way: Way,
    send_form: SelfTestForm | None = None,
    source_form: SourceForm | None = None,
    override_form: OverrideForm | None = None,
) -> str:
    checkup = queries.last_checkup(way)
    test = queries.last_test(way.domain, way.relay) if way.relay else None
    standing = queries.standing_test(way.domain, way.relay) if way.relay else None
    form = send_form or SelfTestForm(formdata=None)
    if send_form is None:
        form.to_address.data = test.to_address if test and test.to_address else me().email
    found = checkup[1] if checkup else []
    groups = findings.by_topic(found)
    fine = {topic for topic, some in groups.items() if findings.worst(some) in (Level.GOOD, Level.NOTE)}
    return render_template(
        "staff/start/doctor/show.html",
        way=way,
        ways=queries.ways(),
        checked_at=checkup[0].at if checkup else None,
        troubled={topic: some for topic, some in groups.items() if topic not in fine},
        well=[one for topic, some in groups.items() if topic in fine for one in some],
        worst=findings.worst(found),
        titles=TITLES,
        levels=Level,
        test=test,
        standing=standing,
        test_findings=findings.from_json(test.findings) if test else [],
        states=TestState,
        decided_by=names_of([test.user_id or 0]).get(test.user_id or 0, "") if test else "",
        refused=next((one for one in (send_form, source_form, override_form) if one), None),
        send_form=form,
        source_form=source_form or SourceForm(formdata=None),
        override_form=override_form or OverrideForm(formdata=None),
        signs=any(key.state == "active" for key in queries.keys_of(way.domain)),
        may_change=has_role(me(), RoleName.ADMINISTRATOR),
    )
