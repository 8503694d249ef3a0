"""Shows and their slots: make, change, picture, put away; where their calendars and podcasts are found."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.pictures import read_image
from campaigns.radio import queries
from campaigns.radio.actions import airings, shows
from campaigns.radio.forms.airings import AiringDetailsForm, AiringForm, EndForm
from campaigns.radio.forms.shows import ArtworkForm, ShowForm
from campaigns.radio.models import Show
from campaigns.radio.rhythm import clock_words, words_of
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.queries import site_url
from campaigns.staff.rules import has_role
from campaigns.web.fields import choices
from campaigns.web.forms import show_errors

bp = Blueprint("shows", __name__)


@bp.get("")
def index() -> str:
    """All shows."""
    return render_template(
        "staff/radio/shows/index.html",
        shows=queries.shows(),
        archived=[show for show in queries.shows(with_archived=True) if show.archived_at],
        slots=_slots_by_show(),
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.get("/new")
@needs(RoleName.WRITER)
def new() -> str:
    """The form for a new show."""
    return render_template("staff/radio/shows/new.html", form=ShowForm())


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Make a show."""
    form = ShowForm()
    if not form.validate():
        return render_template("staff/radio/shows/new.html", form=form), 400
    show_id = shows.create_show(form.values(), me().id, clock.now())
    flash("The show is there. Now say on which station it is on the air.", "good")
    return redirect(url_for("shows.edit", id=show_id), 303)


@bp.get("/<int:id>")
def edit(id: int) -> str:
    """One show: its words, picture, slots and addresses."""
    show = queries.get_show(id)
    return _page(show, _filled(show))


@bp.post("/<int:id>")
def update(id: int) -> ResponseReturnValue:
    """Change a show."""
    show, form = queries.get_show(id), ShowForm()
    if not form.validate():
        return _page(show, form), 400
    try:
        shows.change_show(id, int(form.version.data or 0), form.values(), me().id, clock.now())
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _page(show, form), 409
    flash("Saved.", "good")
    return redirect(url_for("shows.edit", id=id), 303)


@bp.post("/<int:id>/artwork")
def set_artwork(id: int) -> ResponseReturnValue:
    """Give the show its picture."""
    show, form = queries.get_show(id), ArtworkForm()
    if not form.validate():
        return _page(show, _filled(show), artwork_form=form), 400
    try:
        picture = read_image(form.picture.data.read())
    except Invalid as error:
        show_errors(form, Invalid({"picture": str(error)}))
        return _page(show, _filled(show), artwork_form=form), 400
    shows.set_artwork(id, picture, form.alt.data or "", me().id, clock.now())
    flash("The picture is there.", "good")
    return redirect(url_for("shows.edit", id=id) + "#picture", 303)


@bp.post("/<int:id>/artwork/remove")
def remove_artwork(id: int) -> ResponseReturnValue:
    """Take the picture away."""
    shows.remove_artwork(id, me().id, clock.now())
    flash("The picture is gone.", "good")
    return redirect(url_for("shows.edit", id=id) + "#picture", 303)


@bp.get("/<int:id>/artwork")
def artwork(id: int) -> Response:
    """The picture, also of a show that is not public."""
    found = queries.find_artwork(id)
    if found is None:
        raise NotFound()
    return Response(found.data, mimetype=found.media_type)


@bp.post("/<int:id>/archive")
def archive(id: int) -> ResponseReturnValue:
    """Put a show away."""
    shows.archive(Show, id, me().id, clock.now())
    flash({"text": "The show is in the archive.", "url": url_for("shows.restore", id=id)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("shows.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> ResponseReturnValue:
    """Take a show out of the archive."""
    shows.restore(Show, id, me().id, clock.now())
    flash("The show is in use again.", "good")
    return redirect(url_for("shows.edit", id=id), 303)


@bp.get("/<int:id>/slots/new")
@needs(RoleName.WRITER)
def new_slot(id: int) -> str:
    """The form for a new slot."""
    return _slot_page(queries.get_show(id), AiringForm())


@bp.post("/<int:id>/slots/new")
def create_slot(id: int) -> ResponseReturnValue:
    """Give the show a slot on a station."""
    show, form = queries.get_show(id), AiringForm()
    _offer_stations(form)
    if not form.validate():
        return _slot_page(show, form), 400
    try:
        airings.create(
            id,
            form.station_id.data,
            first_wall=form.first_wall,
            rhythm=form.chosen_rhythm,
            minutes=form.minutes.data or 0,
            until_on=form.until_on.data,
            is_repeat=form.is_repeat.data,
            is_live=form.is_live.data,
            user_id=me().id,
            now=clock.now(),
        )
    except Invalid as error:
        show_errors(form, error)
        return _slot_page(show, form), 400
    flash("The slot is on the schedule.", "good")
    return redirect(url_for("shows.edit", id=id) + "#slots", 303)


@bp.post("/slots/<int:id>")
def change_slot(id: int) -> ResponseReturnValue:
    """Change what kind of slot it is, and how long."""
    airing, form = queries.get_airing(id), AiringDetailsForm()
    if not form.validate():
        raise Invalid({"minutes": "Write how many minutes it takes: between 1 and 1,440."})
    airings.change_details(
        id,
        is_repeat=form.is_repeat.data,
        is_live=form.is_live.data,
        minutes=form.minutes.data or airing.minutes,
        user_id=me().id,
        now=clock.now(),
    )
    flash("Saved.", "good")
    return redirect(url_for("shows.edit", id=airing.show_id) + "#slots", 303)


@bp.post("/slots/<int:id>/end")
def end_slot(id: int) -> ResponseReturnValue:
    """Let a slot end."""
    airing, form = queries.get_airing(id), EndForm()
    if not form.validate() or form.last_on.data is None:
        raise Invalid({"last_on": "Choose the last day on which it is on the air."})
    airings.end(id, form.last_on.data, me().id, clock.now())
    flash("The slot ends then. What was on the air stays on record.", "good")
    return redirect(url_for("shows.edit", id=airing.show_id) + "#slots", 303)


def _filled(show: Show) -> ShowForm:
    pairs = [f"{written} = {said}" for written, said in show.pronunciations.items()]
    data = {name: getattr(show, name) for name in ShowForm()._fields if hasattr(show, name)}
    return ShowForm(formdata=None, data=data | {"version": str(show.version), "pronunciations": pairs})


def _slots_by_show() -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for slot in _slots(None):
        found.setdefault(slot["airing"].show_id, []).append(slot)
    return found


def _slots(show_id: int | None) -> list[dict[str, Any]]:
    stations = {station.id: station for station in queries.stations()}
    return [
        {
            "airing": airing,
            "station": stations[airing.station_id],
            "words": words_of(airing.rule, airing.first_wall),
            "time": clock_words(airing.first_wall),
        }
        for airing in queries.airings(show_id)
    ]


def _page(show: Show, form: ShowForm, artwork_form: ArtworkForm | None = None) -> str:
    now = clock.now()
    return render_template(
        "staff/radio/shows/edit.html",
        show=show,
        form=form,
        artwork_form=artwork_form or ArtworkForm(formdata=None, data={"alt": show.artwork_alt}),
        slots=_slots(show.id),
        upcoming=queries.schedule(now, now + timedelta(days=30), show.id)[:5],
        site=site_url(),
        has_stations=bool(queries.stations()),
        may_write=has_role(me(), RoleName.WRITER),
    )


def _offer_stations(form: AiringForm) -> None:
    form.station_id.choices = choices({station.id: station.name for station in queries.stations()})


def _slot_page(show: Show, form: AiringForm) -> str:
    _offer_stations(form)
    if not form.is_submitted() and request.args.get("station", "").isdigit():
        form.station_id.data = int(request.args["station"])
    return render_template(
        "staff/radio/shows/slot.html",
        show=show,
        form=form,
        zones={station.name: station.zone for station in queries.stations()},
    )
