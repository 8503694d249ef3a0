"""What becomes of a newsletter on its way: live counts, pausing, canceling, each outcome, its place on the web."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.delivery import first_part, outcomes, waiting
from campaigns.delivery import queries as delivery
from campaigns.delivery.bounces import queries as bounces
from campaigns.delivery.bounces.words import WORDS as BOUNCE_WORDS
from campaigns.delivery.outcomes import Group
from campaigns.delivery.queries import Progress
from campaigns.delivery.replies import SENTENCES, Cause
from campaigns.errors import Invalid
from campaigns.newsletters import actions, forms, preparing, queries, rules, words
from campaigns.newsletters.models import Newsletter
from campaigns.planning.models import ItemState
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors

bp = Blueprint("status", __name__)

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


@bp.post("/<int:id>/rest")
@needs(RoleName.APPROVER)
def send_rest(id: int) -> ResponseReturnValue:
    """Let the rest follow the first part now."""
    actions.send_rest(id, me().id, clock.now())
    flash("The rest follows.", "success")
    return redirect(url_for("status.show", id=id), 303)


@bp.post("/<int:id>/cancel")
@needs(RoleName.APPROVER)
def cancel(id: int) -> ResponseReturnValue:
    """Send it to nobody else, for good."""
    actions.cancel(id, me().id, clock.now())
    flash("Canceled. Nobody else gets it.", "success")
    return redirect(url_for("status.show", id=id), 303)


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
        "undecided": progress.undecided,
        "waiting": progress.waiting,
        "say": f"Done: {words}." if is_over else "",
        "done": is_over,
    }


def _page(newsletter: Newsletter, form: forms.ArchiveForm) -> str:
    run = delivery.get_run(newsletter.run_id or 0)
    progress = delivery.progress(run.id)
    counts = delivery.group_counts(run.id)
    next_at = delivery.next_try(run.id)
    return render_template(
        "staff/newsletters/status.html",
        newsletter=newsletter,
        progress=progress,
        facts=_facts(newsletter, progress),
        counts={group: count for group, count in counts.items() if count or group == Group.SENT},
        groups=outcomes.GROUPS,
        doing=outcomes.words_of(run.state, run.is_cut, delivery.has_batches(run.id), progress.waiting),
        next_at=next_at,
        retriable=sum(counts[group] for group in outcomes.RETRIABLE),
        causes=_causes(run.id) if counts[Group.POLICY] or run.refused else {},
        doubt=words.doubt(newsletter.leaves_uncertain),
        came_back=bounces.counts_of(newsletter.run_id or 0),
        bounce_words=BOUNCE_WORDS,
        reason_form=forms.ReasonForm(formdata=None),
        archive_form=form,
        subject=queries.get_document(newsletter.id).text(forms.LANGUAGE).subject,
        sender=preparing.sender_of(newsletter.id),
        finished_at=run.finished_at,
        note=queries.note_of(newsletter),
        is_moving=newsletter.state in MOVING,
        reasons=waiting.reasons(delivery.get_run(newsletter.run_id or 0), clock.now()),
        part=first_part.of(delivery.get_run(newsletter.run_id or 0)),
        outside_by=staff.names_of([newsletter.outside_by_id or 0]).get(newsletter.outside_by_id or 0, ""),
        may_steer=has_role(me(), RoleName.APPROVER),
        may_retry=has_role(me(), RoleName.APPROVER) and rules.may_retry(newsletter.state),
        may_write=has_role(me(), RoleName.WRITER),
        may_follow=rules.may_follow(newsletter.state) and progress.sent > 0,
    )


def _causes(run_id: int) -> dict[str, int]:
    """Sentences for what stands behind refusals that lie with us, with how many copies each."""
    found = delivery.causes_of(run_id, Group.POLICY)
    return {SENTENCES[Cause(cause)]: count for cause, count in found.items()}
