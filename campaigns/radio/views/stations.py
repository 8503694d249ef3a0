"""Stations: whom to write to there, in which zone they live, and what they take of announcements."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Conflict, Invalid
from campaigns.radio import queries
from campaigns.radio.actions import shows
from campaigns.radio.forms.shows import StationForm
from campaigns.radio.models import Station
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization, site_url
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors

bp = Blueprint("stations", __name__)


@bp.get("")
def index() -> str:
    """All stations."""
    return render_template(
        "staff/radio/stations/index.html",
        stations=queries.stations(),
        archived=[station for station in queries.stations(with_archived=True) if station.archived_at],
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.get("/new")
@needs(RoleName.WRITER)
def new() -> str:
    """The form for a new station."""
    form = StationForm(data={"zone": get_organization().zone, "psa_lengths": [15, 30, 60]})
    return _new_page(form)


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Make a station."""
    form = StationForm()
    form.offer()
    if not form.validate():
        return _new_page(form), 400
    shows.create_station(form.values(), me().id, clock.now())
    flash("The station is there.", "good")
    return redirect(url_for("stations.index"), 303)


@bp.get("/<int:id>")
def edit(id: int) -> str:
    """One station."""
    station = queries.get_station(id)
    data = {name: getattr(station, name) for name in StationForm()._fields if hasattr(station, name)}
    return _page(station, StationForm(formdata=None, data=data | {"version": str(station.version)}))


@bp.post("/<int:id>")
def update(id: int) -> ResponseReturnValue:
    """Change a station; the zone stays, since its slots are counted in it."""
    station, form = queries.get_station(id), StationForm()
    form.offer()
    form.zone.data = station.zone
    if not form.validate():
        return _page(station, form), 400
    try:
        shows.change_station(id, int(form.version.data or 0), form.values(), me().id, clock.now())
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _page(station, form), 409
    flash("Saved.", "good")
    return redirect(url_for("stations.index"), 303)


@bp.post("/<int:id>/archive")
def archive(id: int) -> ResponseReturnValue:
    """Put a station away."""
    shows.archive(Station, id, me().id, clock.now())
    flash({"text": "The station is in the archive.", "url": url_for("stations.restore", id=id)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("stations.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> ResponseReturnValue:
    """Take a station out of the archive."""
    shows.restore(Station, id, me().id, clock.now())
    flash("The station is in use again.", "good")
    return redirect(url_for("stations.edit", id=id), 303)


def _new_page(form: StationForm) -> str:
    form.offer()
    return render_template("staff/radio/stations/new.html", form=form)


def _page(station: Station, form: StationForm) -> str:
    form.offer()
    return render_template(
        "staff/radio/stations/edit.html",
        station=station,
        form=form,
        site=site_url(),
        may_write=has_role(me(), RoleName.WRITER),
    )
