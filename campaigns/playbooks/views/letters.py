"""Letters to stations: read, change, ask for approval, decide."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Conflict, Invalid
from campaigns.planning.models import ItemState
from campaigns.planning.rules import may_approve
from campaigns.playbooks import letters as rows
from campaigns.playbooks import queries
from campaigns.playbooks.actions import letters
from campaigns.playbooks.forms import DecisionForm, LetterForm
from campaigns.playbooks.models import Letter
from campaigns.radio import queries as radio
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors

bp = Blueprint("letters", __name__)


@bp.get("/<int:id>")
def show(id: int) -> str:
    """One letter."""
    letter = queries.get_letter(id)
    data = {"subject": letter.subject, "text": letter.text, "version": str(letter.version)}
    return _page(letter, LetterForm(formdata=None, data=data))


@bp.post("/<int:id>")
def save(id: int) -> ResponseReturnValue:
    """Save it; with the second button, ask for approval as well."""
    letter, form = queries.get_letter(id), LetterForm()
    if not form.validate():
        return _page(letter, form), 400
    try:
        version = int(form.version.data or 0)
        letters.save(id, version, form.subject.data or "", form.text.data or "", me().id, clock.now())
        if request.form.get("then") == "submit":
            letters.submit(id, me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(letter, form), 400
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _page(letter, form), 409
    is_asked = request.form.get("then") == "submit"
    flash("It is saved, and waits for approval." if is_asked else "Saved.", "good")
    return redirect(url_for("letters.show", id=id), 303)


@bp.post("/<int:id>/decide")
@needs(RoleName.APPROVER)
def decide(id: int) -> ResponseReturnValue:
    """Approve exactly what was read, or ask for changes."""
    form = DecisionForm()
    form.validate()
    is_approved = request.form.get("decision") == "approve"
    if is_approved and not form.is_read.data:
        raise Invalid("Tick the box once you have read every word.")
    letters.decide(
        id,
        is_approved=is_approved,
        seen_hash=form.seen_hash.data or "",
        comment=form.comment.data or "",
        user_id=me().id,
        now=clock.now(),
    )
    flash("Approved. It leaves at its time." if is_approved else "The author has your comment.", "good")
    return redirect(url_for("letters.show", id=id), 303)


def _page(letter: Letter, form: LetterForm) -> str:
    announcement = queries.announcement_for(queries.KIND, letter.id)
    found = radio.get_aired(announcement.broadcast_id) if announcement else None
    is_practice = get_organization().is_practice
    return render_template(
        "staff/playbooks/letter.html",
        letter=letter,
        form=form,
        found=found,
        decision_form=DecisionForm(formdata=None),
        content_hash=rows.content_hash(letter),
        is_open=letter.state in letters.EDITABLE,
        is_waiting=letter.state == ItemState.IN_REVIEW,
        may_write=has_role(me(), RoleName.WRITER),
        may_decide=has_role(me(), RoleName.APPROVER) and may_approve(me().id, [letter.author_id], is_practice),
    )
