"""What stations confirmed to have aired, and the quarterly list of issues and programs."""

from datetime import timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Invalid
from campaigns.radio import quarterly, queries, reports
from campaigns.radio.actions import log as actions
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization, site_url
from campaigns.staff.rules import has_role

bp = Blueprint("radio_log", __name__)

SHOWN = timedelta(days=92)


@bp.get("")
def index() -> str:
    """The broadcasts of the last three months, the latest first."""
    now = clock.now()
    found = queries.aired(now - SHOWN, now)
    return render_template(
        "staff/radio/log/index.html",
        rows=list(reversed(found)),
        is_over=lambda row: row.starts_at + timedelta(minutes=row.minutes) <= now,
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.post("/<int:id>/ask")
def ask(id: int) -> ResponseReturnValue:
    """Write to the station."""
    try:
        actions.ask(id, site_url(), me().id, clock.now())
    except Invalid as error:
        flash(str(error), "caution")
    else:
        flash("The station has a mail with one button.", "good")
    return redirect(url_for("radio_log.index"), 303)


@bp.post("/<int:id>/answer")
def answer(id: int) -> ResponseReturnValue:
    """Note by hand what the station said on the telephone."""
    has_aired = request.form.get("aired") == "yes"
    actions.answer(id, has_aired=has_aired, name=me().name, note="", user_id=me().id, now=clock.now())
    flash("Noted.", "good")
    return redirect(url_for("radio_log.index"), 303)


@bp.get("/report")
def report() -> ResponseReturnValue:
    """The list of one quarter, as a page to read and print."""
    today = clock.today(get_organization().zone)
    quarter = _asked_quarter()
    station_id = int(station) if (station := request.args.get("station", "")).isdigit() else None
    rows = quarterly.rows(quarter, station_id)
    return render_template(
        "staff/radio/log/report.html",
        quarter=quarter,
        issues=reports.by_issue(rows),
        without=quarterly.without_issue(quarter, station_id),
        stations=queries.stations(with_archived=True),
        station_id=station_id,
        is_running=quarter == reports.quarter_of(today),
    )


@bp.get("/report.csv")
def report_csv() -> Response:
    """The same for a spreadsheet."""
    quarter = _asked_quarter()
    station_id = int(station) if (station := request.args.get("station", "")).isdigit() else None
    answer = Response(reports.to_csv(quarterly.rows(quarter, station_id)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="issues-programs-{quarter}.csv"'
    return answer


def _asked_quarter() -> reports.Quarter:
    asked = request.args.get("quarter", "")
    return reports.read_quarter(asked) if asked else reports.quarter_of(clock.today(get_organization().zone))
