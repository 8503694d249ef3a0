"""One broadcast is different: first what will follow is shown, then all of it is done in one step."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Conflict, Invalid
from campaigns.playbooks import moving
from campaigns.playbooks.actions import changing
from campaigns.playbooks.forms import ChangeForm
from campaigns.playbooks.rules import KINDS, Effect
from campaigns.radio import queries as radio
from campaigns.radio.models import ChangeKind
from campaigns.radio.queries import OnAir
from campaigns.radio.views.schedule import WALL, read_wall
from campaigns.radio.words import CHANGES
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.web.forms import show_errors

bp = Blueprint("changing", __name__)


@bp.get("/<int:airing_id>/<wall>")
@needs(RoleName.WRITER)
def show(airing_id: int, wall: str) -> str:
    """Ask what is different."""
    at = read_wall(wall)
    found = radio.get_occurrence(airing_id, at)
    local = clock.wall_time_of(found.occurrence.starts_at, found.station.zone)
    form = ChangeForm(data={"new_day": local.date(), "new_time": local.time()})
    return _page(found, at, form, None)


@bp.post("/<int:airing_id>/<wall>")
def change(airing_id: int, wall: str) -> ResponseReturnValue:
    """Show what follows; with the second button, do it."""
    form, at = ChangeForm(), read_wall(wall)
    found = radio.get_occurrence(airing_id, at)
    if not form.validate():
        return _page(found, at, form, None), 400
    kind = ChangeKind(form.kind.data)
    try:
        _check(form, kind, found)
        if request.form.get("step") != "do":
            return _page(found, at, form, _effects(airing_id, at, form.new_wall if kind == ChangeKind.MOVED else None))
        problems = changing.change(
            airing_id,
            at,
            kind=kind,
            new_wall=form.new_wall,
            minutes=form.minutes.data if kind == ChangeKind.MOVED else None,
            reason=form.reason.data or "",
            seen=form.seen_effects,
            user_id=me().id,
            now=clock.now(),
        )
    except Invalid as error:
        show_errors(form, error)
        return _page(found, at, form, None), 400
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _page(found, at, form, None), 409
    return _done("Changed. Calendars that follow the show hear of it.", problems, airing_id, wall)


@bp.get("/<int:airing_id>/<wall>/back")
@needs(RoleName.WRITER)
def ask_back(airing_id: int, wall: str) -> str:
    """What follows when it is on the air at its usual time again."""
    at = read_wall(wall)
    return _back_page(radio.get_occurrence(airing_id, at), at)


@bp.post("/<int:airing_id>/<wall>/back")
def put_back(airing_id: int, wall: str) -> ResponseReturnValue:
    """As usual again."""
    form = ChangeForm()
    problems = changing.put_back(airing_id, read_wall(wall), form.seen_effects, me().id, clock.now())
    return _done("It is on the air at its usual time again.", problems, airing_id, wall)


def _done(sentence: str, problems: list[str], airing_id: int, wall: str) -> ResponseReturnValue:
    flash(sentence, "good")
    for problem in problems:
        flash(problem, "caution")
    return redirect(url_for("radio.show", airing_id=airing_id, wall=wall), 303)


def _check(form: ChangeForm, kind: ChangeKind, found: OnAir) -> None:
    """What the action would refuse is said before the preview, not after it."""
    if kind != ChangeKind.MOVED:
        if not form.reason.data:
            raise Invalid({"reason": "Say why, in a few words. Stations and listeners see it."})
        return
    if form.new_wall is None:
        raise Invalid({"new_day": "Choose the new day and time."})
    if clock.is_skipped(form.new_wall, found.station.zone):
        raise Invalid({"new_time": "The clocks skip that time on that day. Choose another one."})
    if clock.instant_of(form.new_wall, found.station.zone) <= clock.now():
        raise Invalid({"new_day": "That time has passed. Choose one that lies ahead."})


def _effects(airing_id: int, wall: datetime, new_start: datetime | None) -> list[Effect]:
    broadcast = radio.find_broadcast(airing_id, wall)
    return moving.effects(radio.get_aired(broadcast.id), new_start, clock.now()) if broadcast else []


def _seen(effects: list[Effect]) -> str:
    return ",".join(f"{effect.announcement_id}:{effect.what}" for effect in effects)


def _page(found: OnAir, wall: datetime, form: ChangeForm, effects: list[Effect] | None) -> str:
    form.seen.data = _seen(effects) if effects is not None else ""
    return render_template(
        "staff/playbooks/change.html",
        found=found,
        wall=wall.strftime(WALL),
        form=form,
        effects=effects,
        kinds=KINDS,
        changes=CHANGES,
        is_over=found.occurrence.ends_at <= clock.now(),
    )


def _back_page(found: OnAir, wall: datetime) -> str:
    effects = _effects(found.airing.id, wall, wall)
    return render_template(
        "staff/playbooks/back.html",
        found=found,
        wall=wall.strftime(WALL),
        usual=wall,
        effects=effects,
        seen=_seen(effects),
        kinds=KINDS,
    )
