"""The pack of an episode: everything that announces it, made at once and found in one place; the lines of a show."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Conflict, Invalid
from campaigns.newsletters.queries import search_newsletters
from campaigns.playbooks import queries, rules
from campaigns.playbooks.actions import packs
from campaigns.playbooks.forms import BlockForm, LineForm
from campaigns.radio import queries as radio
from campaigns.radio.models import Show
from campaigns.radio.views.schedule import WALL
from campaigns.radio.words import SCRIPTS
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors

bp = Blueprint("packs", __name__)


@bp.get("/<int:id>")
def show(id: int) -> str:
    """What was drafted for an episode, and what is still missing."""
    episode = radio.get_episode(id)
    form = BlockForm(formdata=None)
    form.offer(search_newsletters("", "draft").items[:30])
    planned = queries.pack_of(id)
    return render_template(
        "staff/playbooks/pack.html",
        episode=episode,
        show=radio.get_show(episode.show_id),
        planned=planned,
        off={each.aired.broadcast.id for each in planned if queries.is_off(each.aired)},
        scripts=radio.scripts_of(id),
        script_kinds=SCRIPTS,
        lines=queries.lines_of(episode.show_id),
        words=rules.distance_words,
        kinds=rules.KINDS,
        wall=WALL,
        block_form=form,
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.post("/<int:id>")
def make(id: int) -> ResponseReturnValue:
    """Draft what is missing."""
    made, problems = packs.make(id, me().id, clock.now())
    drafts = "draft is" if made == 1 else "drafts are"
    flash(f"{made} {drafts} ready. Each needs approval." if made else "Everything was drafted before.", "good")
    for problem in problems:
        flash(problem, "caution")
    return redirect(url_for("packs.show", id=id), 303)


@bp.post("/<int:id>/block")
def add_block(id: int) -> ResponseReturnValue:
    """Put the episode into a newsletter that is being written."""
    asked = request.form.get("newsletter", "")
    if not asked.isdigit():
        raise Invalid("Choose a newsletter.")
    packs.add_block(id, int(asked), me().id, clock.now())
    flash("The episode stands at the end of the newsletter.", "good")
    return redirect(url_for("newsletters.show", id=int(asked)), 303)


@bp.get("/lines/<int:show_id>")
def lines(show_id: int) -> str:
    """The playbook of a show."""
    return _lines_page(radio.get_show(show_id), LineForm())


@bp.post("/lines/<int:show_id>")
def add_line(show_id: int) -> ResponseReturnValue:
    """Add a line."""
    found, form = radio.get_show(show_id), LineForm()
    if not form.validate():
        return _lines_page(found, form), 400
    try:
        wanted = [*queries.lines_of(show_id), form.line]
        packs.set_lines(show_id, int(form.version.data or 0), wanted, me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _lines_page(found, form), 400
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _lines_page(found, form), 409
    flash("The line is there. Packs that you make from now on use it.", "good")
    return redirect(url_for("packs.lines", show_id=show_id), 303)


@bp.post("/lines/<int:show_id>/remove")
def remove_line(show_id: int) -> ResponseReturnValue:
    """Take a line out."""
    place, version = request.form.get("place", ""), request.form.get("version", "")
    kept = queries.lines_of(show_id)
    if not (place.isdigit() and version.isdigit() and int(place) < len(kept)):
        raise Invalid("That line is not there any more. Please look at the page again.")
    del kept[int(place)]
    packs.set_lines(show_id, int(version), kept, me().id, clock.now())
    flash("The line is gone. What was drafted stays.", "good")
    return redirect(url_for("packs.lines", show_id=show_id), 303)


def _lines_page(found: Show, form: LineForm) -> str:
    form.version.data = str(queries.version_of(found.id))
    return render_template(
        "staff/playbooks/lines.html",
        show=found,
        form=form,
        lines=queries.lines_of(found.id),
        is_usual=queries.version_of(found.id) == 0,
        kinds=rules.KINDS,
        words=rules.distance_words,
        may_write=has_role(me(), RoleName.WRITER),
    )
