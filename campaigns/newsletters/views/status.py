"""What becomes of a newsletter on its way: live counts, pausing, canceling, each outcome, its place on the web."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience import queries as audience
from campaigns.delivery import first_part, waiting
from campaigns.delivery import queries as delivery
from campaigns.delivery.queries import Progress
from campaigns.errors import Invalid
from campaigns.newsletters import actions, forms, preparing, queries
from campaigns.newsletters.models import Newsletter
from campaigns.planning.models import ItemState
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors
from campaigns.web.paging import asked_page

bp = Blueprint("status", __name__)

OUTCOMES = {
    "sent": "Handed over",
    "failed": "Refused",
    "skipped": "Left out",
    "uncertain": "Perhaps twice",
}
MEANINGS = {
    "sent": "The receiving mail server took it.",
    "failed": "The receiving mail server will not take it. Its answer stands beside each.",
    "skipped": "They left, paused or must not be written to since the sending began.",
    "uncertain": "The connection broke before the answer came, so the copy may have arrived twice, or not at all.",
}
MOVING = (ItemState.SENDING, ItemState.PAUSED)


@bp.get("/<int:id>/status")
def show(id: int) -> ResponseReturnValue:
    """Where it stands now."""
    newsletter = queries.get_newsletter(id)
    if newsletter.run_id is None:
        return redirect(url_for("newsletters.show", id=id))
    form = forms.ArchiveForm(data={"mode": newsletter.archive_mode, "note": newsletter.archive_note})
    return _page(newsletter, form)


@bp.get("/<int:id>/status.json")
def live(id: int) -> ResponseReturnValue:
    """The same for the page's script, each second."""
    newsletter = queries.get_newsletter(id)
    if newsletter.run_id is None:
        return jsonify(state=newsletter.state, done=True)
    return jsonify(_facts(newsletter, delivery.progress(newsletter.run_id)))


@bp.post("/<int:id>/pause")
@needs(RoleName.APPROVER)
def pause(id: int) -> ResponseReturnValue:
    """Hold sending where it is."""
    form = forms.ReasonForm()
    form.validate()
    actions.pause(id, (form.reason.data or "")[:300], me().id, clock.now())
    flash("Paused. Whoever has it keeps it; nobody gets it twice.", "success")
    return redirect(url_for("status.show", id=id), 303)


@bp.post("/<int:id>/resume")
@needs(RoleName.APPROVER)
def resume(id: int) -> ResponseReturnValue:
    """Go on where it was held."""
    actions.resume(id, me().id, clock.now())
    flash("Sending goes on.", "success")
    return redirect(url_for("status.show", id=id), 303)


@bp.post("/<int:id>/follow")
@needs(RoleName.APPROVER)
def follow(id: int) -> ResponseReturnValue:
    """Let the rest follow the first part now."""
    actions.follow(id, me().id, clock.now())
    flash("The rest follows.", "success")
    return redirect(url_for("status.show", id=id), 303)


@bp.post("/<int:id>/cancel")
@needs(RoleName.APPROVER)
def cancel(id: int) -> ResponseReturnValue:
    """Send it to nobody else, for good."""
    actions.cancel(id, me().id, clock.now())
    flash("Canceled. Nobody else gets it.", "success")
    return redirect(url_for("status.show", id=id), 303)


@bp.get("/<int:id>/deliveries")
def deliveries(id: int) -> str:
    """Each copy with its outcome; names and addresses for list keepers only."""
    newsletter = queries.get_newsletter(id)
    outcome = request.args.get("outcome", "")
    outcome = outcome if outcome in OUTCOMES else ""
    page = delivery.deliveries(newsletter.run_id or 0, outcome, asked_page())
    is_keeper = has_role(me(), RoleName.LIST_KEEPER)
    people = audience.recipients([row.recipient_id for row in page.items]) if is_keeper else []
    return render_template(
        "staff/newsletters/deliveries.html",
        newsletter=newsletter,
        page=page,
        outcome=outcome,
        outcomes=OUTCOMES,
        meanings=MEANINGS,
        people={person.id: person for person in people},
    )


@bp.post("/<int:id>/archive")
@needs(RoleName.APPROVER)
def archive(id: int) -> ResponseReturnValue:
    """List it on the web, hide it, or withdraw it with a note."""
    form = forms.ArchiveForm()
    newsletter = queries.get_newsletter(id)
    if not form.validate_on_submit():
        return _page(newsletter, form), 400
    try:
        actions.set_archive(id, form.mode.data, form.note.data or "", me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(newsletter, form), 400
    flash("Its place on the web is changed.", "success")
    return redirect(url_for("status.show", id=id), 303)


def _phase(newsletter: Newsletter) -> str:
    """The state with what it waits for: the page shows itself anew when that changes."""
    run = delivery.get_run(newsletter.run_id or 0)
    kinds = [reason.kind for reason in waiting.reasons(run, clock.now())]
    return " ".join([newsletter.state, run.stage_end, *kinds])


def _facts(newsletter: Newsletter, progress: Progress) -> dict[str, Any]:
    words = f"{progress.handled:,} of {progress.expected:,}"
    is_over = newsletter.state not in MOVING
    return {
        "state": newsletter.state,
        "phase": _phase(newsletter),
        "progress": progress.handled,
        "progress_total": progress.expected,
        "progress_text": words,
        "sent": progress.sent,
        "failed": progress.failed,
        "skipped": progress.skipped,
        "uncertain": progress.uncertain,
        "waiting": progress.waiting,
        "say": f"Done: {words}." if is_over else "",
        "done": is_over,
    }


def _page(newsletter: Newsletter, form: forms.ArchiveForm) -> str:
    progress = delivery.progress(newsletter.run_id or 0)
    return render_template(
        "staff/newsletters/status.html",
        newsletter=newsletter,
        progress=progress,
        facts=_facts(newsletter, progress),
        outcomes=OUTCOMES,
        meanings=MEANINGS,
        reason_form=forms.ReasonForm(formdata=None),
        archive_form=form,
        subject=queries.get_document(newsletter.id).text(forms.LANGUAGE).subject,
        sender=preparing.sender_of(newsletter.id),
        finished_at=delivery.get_run(newsletter.run_id or 0).finished_at,
        note=queries.note_of(newsletter),
        is_moving=newsletter.state in MOVING,
        reasons=waiting.reasons(delivery.get_run(newsletter.run_id or 0), clock.now()),
        part=first_part.of(delivery.get_run(newsletter.run_id or 0)),
        outside_by=staff.names_of([newsletter.outside_by_id or 0]).get(newsletter.outside_by_id or 0, ""),
        may_steer=has_role(me(), RoleName.APPROVER),
        may_write=has_role(me(), RoleName.WRITER),
    )
