"""Scripts: written to time, approved by a second person, rehearsed, printed, copied."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.planning.rules import may_approve
from campaigns.radio import planned, queries, scripts
from campaigns.radio.actions import scripts as actions
from campaigns.radio.forms.scripts import DecisionForm, ScriptForm
from campaigns.radio.models import Episode, Script
from campaigns.radio.words import SCRIPTS
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors

bp = Blueprint("scripts", __name__)


@bp.get("/new/<int:episode_id>/<kind>")
@needs(RoleName.WRITER)
def new(episode_id: int, kind: str) -> ResponseReturnValue:
    """Begin a script, with a first draft made from the episode."""
    if kind not in SCRIPTS:
        raise NotFound()
    episode = queries.get_episode(episode_id)
    existing = queries.scripts_of(episode_id).get(kind)
    if existing is not None:
        return redirect(url_for("scripts.show", id=existing.id))
    show = queries.get_show(episode.show_id)
    data = {"version": "0", "text": scripts.first_draft(kind, episode, show), "words_a_minute": show.words_a_minute}
    return _page(episode, kind, None, ScriptForm(formdata=None, data=data))


@bp.post("/new/<int:episode_id>/<kind>")
def create(episode_id: int, kind: str) -> ResponseReturnValue:
    """Save it for the first time, or again."""
    episode, form = queries.get_episode(episode_id), ScriptForm()
    if kind not in SCRIPTS:
        raise NotFound()
    script = queries.scripts_of(episode_id).get(kind)
    if not form.validate():
        return _page(episode, kind, script, form), 400
    try:
        script_id = actions.save(
            episode_id,
            kind,
            version=int(form.version.data or 0),
            text=form.text.data or "",
            words_a_minute=form.words_a_minute.data or 0,
            kill_on=form.kill_on.data,
            user_id=me().id,
            now=clock.now(),
        )
    except Invalid as error:
        show_errors(form, error)
        return _page(episode, kind, script, form), 400
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _page(episode, kind, script, form), 409
    if request.form.get("then") == "submit":
        actions.submit(script_id, me().id, clock.now())
        flash("It is saved, and waits for approval.", "good")
    else:
        flash("Saved.", "good")
    return redirect(url_for("scripts.show", id=script_id), 303)


@bp.get("/<int:id>")
def show(id: int) -> str:
    """One script: to write, to read and decide, to rehearse."""
    script = queries.get_script(id)
    data = {name: getattr(script, name) for name in ("text", "words_a_minute", "kill_on")}
    form = ScriptForm(formdata=None, data=data | {"version": str(script.version)})
    return _page(queries.get_episode(script.episode_id), script.kind, script, form)


@bp.post("/<int:id>/decide")
@needs(RoleName.APPROVER)
def decide(id: int) -> ResponseReturnValue:
    """Approve exactly what was read, or ask for changes."""
    form = DecisionForm()
    form.validate()
    is_approved = request.form.get("decision") == "approve"
    if is_approved and not form.is_read.data:
        raise Invalid("Tick the box once you have read every word.")
    actions.decide(
        id,
        is_approved=is_approved,
        seen_hash=form.seen_hash.data or "",
        comment=form.comment.data or "",
        user_id=me().id,
        now=clock.now(),
    )
    flash("Approved. It may be handed out now." if is_approved else "The author has your comment.", "good")
    return redirect(url_for("scripts.show", id=id), 303)


@bp.post("/count")
def count() -> ResponseReturnValue:
    """How long a text takes, for the page's script; nothing is kept."""
    text = request.form.get("text", "")[: actions.LONGEST]
    pace = request.form.get("words_a_minute", "")
    asked = request.form.get("episode", "")
    episode = queries.get_episode(int(asked)) if asked.isdigit() else None
    show = queries.get_show(episode.show_id) if episode else None
    words_a_minute = min(max(int(pace), 80), 260) if pace.isdigit() else 150
    found = scripts.measure(request.form.get("kind", ""), text, words_a_minute, show.pronunciations if show else {})
    return jsonify(
        words=found.words, seconds=found.seconds, words_text=found.sentence, is_over=found.is_over, said=found.said
    )


@bp.get("/<int:id>/print")
def print_page(id: int) -> str:
    """One script on paper: large, with its kill date."""
    script = queries.get_script(id)
    return render_template("staff/radio/scripts/print.html", **_facts(script))


@bp.get("/<int:id>.txt")
def plain(id: int) -> Response:
    """One script as plain text."""
    script = queries.get_script(id)
    facts = _facts(script)
    text = scripts.plain_text(script, facts["episode"], facts["show"], facts["org_name"])
    return Response(text, mimetype="text/plain")


def _facts(script: Script) -> dict[str, Any]:
    episode = queries.get_episode(script.episode_id)
    show = queries.get_show(episode.show_id)
    return {
        "script": script,
        "episode": episode,
        "show": show,
        "form": SCRIPTS[script.kind],
        "org_name": staff.get_organization().name,
        "measure": scripts.measure(script.kind, script.text, script.words_a_minute, show.pronunciations),
        "is_approved": script.state == ItemState.APPROVED,
        "is_expired": script.kill_on is not None and script.kill_on < clock.today(staff.get_organization().zone),
    }


def _page(episode: Episode, kind: str, script: Script | None, form: ScriptForm) -> str:
    show = queries.get_show(episode.show_id)
    pace = form.words_a_minute.data or show.words_a_minute
    item = planning.find_item(queries.SCRIPT_KIND, script.id) if script else None
    is_practice = staff.get_organization().is_practice
    return render_template(
        "staff/radio/scripts/show.html",
        episode=episode,
        show=show,
        kind=kind,
        kind_form=SCRIPTS[kind],
        script=script,
        form=form,
        decision_form=DecisionForm(formdata=None),
        content_hash=planned.content_hash(script) if script else "",
        measure=scripts.measure(kind, form.text.data or "", pace, show.pronunciations),
        stations=scripts.fits(kind, form.text.data or "", show, queries.stations_of(show.id)),
        item=item,
        note=item.note if item else "",
        may_write=has_role(me(), RoleName.WRITER),
        may_decide=has_role(me(), RoleName.APPROVER)
        and script is not None
        and may_approve(me().id, [script.author_id], is_practice),
    )
