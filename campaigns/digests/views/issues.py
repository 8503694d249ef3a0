"""One issue of a digest: its stories, what was found about them, where its newsletter stands, corrections."""

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.digests.actions import corrections as correction_actions
from campaigns.digests.actions import handing, issues
from campaigns.digests.forms.digests import CorrectionForm
from campaigns.digests.models import DigestIssue, IssueState
from campaigns.digests.queries import checks, corrections
from campaigns.digests.queries import digests as queries
from campaigns.digests.views.words import ISSUE_STATES
from campaigns.errors import Invalid
from campaigns.newsletters import queries as newsletters
from campaigns.newsletters import rules as newsletter_rules
from campaigns.staff import queries as staff
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role

bp = Blueprint("digest_issues", __name__)


@bp.get("/<int:id>")
def show(id: int) -> str:
    """One issue."""
    return _page(queries.get_issue(id))


@bp.get("/<int:id>/state")
def state(id: int) -> ResponseReturnValue:
    """Whether its links are still being looked at, for the page that waits for it."""
    issue = queries.get_issue(id)
    is_over = issue.state != IssueState.DRAFTED
    return jsonify(done=is_over, reload=is_over, state=issue.state)


@bp.post("/<int:id>/hand")
def hand(id: int) -> ResponseReturnValue:
    """Try again to hand it to its approver, after something was put right."""
    if handing.hand_over(id, clock.now()):
        flash("It waits for its approver.", "success")
    return redirect(url_for("digest_issues.show", id=id), 303)


@bp.post("/<int:id>/drop")
def drop(id: int) -> ResponseReturnValue:
    """Throw its draft away; the stories are free again."""
    issues.drop(id, me().id, clock.now())
    flash("The draft is in the bin, and its stories are free again.", "success")
    return redirect(url_for("digest_issues.show", id=id), 303)


@bp.post("/stories/<int:printed>/correct")
def correct(printed: int) -> ResponseReturnValue:
    """Mark a printed story as corrected."""
    row, form = queries.get_printed(printed), CorrectionForm()
    issue = queries.get_issue(row.issue_id or 0)
    if not form.validate():
        return _page(issue, form, printed), 400
    try:
        correction_actions.correct(printed, form.text.data or "", me().id, clock.now())
    except Invalid as error:
        form.text.errors = [*form.text.errors, *error.fields.values()]
        return _page(issue, form, printed), 400
    flash("The correction stands on the public page now. The next issue says so.", "success")
    return redirect(url_for("digest_issues.show", id=issue.id) + f"#story-{printed}", 303)


@bp.post("/corrections/<int:number>/withdraw")
def withdraw(number: int) -> ResponseReturnValue:
    """Take a correction back before an issue says it."""
    issue_id = corrections.issue_of(number)
    correction_actions.withdraw(number, me().id, clock.now())
    flash("The correction is taken back.", "success")
    return redirect(url_for("digest_issues.show", id=issue_id), 303)


def _page(issue: DigestIssue, form: CorrectionForm | None = None, wrong: int = 0) -> str:
    printed = queries.printed_of(issue.id)
    said = corrections.of_printed([row.id for row in printed])
    newsletter = newsletters.get_newsletter(issue.newsletter_id) if issue.newsletter_id else None
    people = [one.by_id for some in said.values() for one in some if one.by_id]
    return render_template(
        "staff/digests/issues/show.html",
        issue=issue,
        digest=queries.get_digest(issue.digest_id),
        newsletter=newsletter,
        may_drop=newsletter is not None
        and newsletter.binned_at is None
        and newsletter_rules.may_bin(newsletter.state)
        and issue.state in issues.OPEN,
        printed=printed,
        checks={row.id: checks.of(row) for row in printed},
        corrections=said,
        names=staff.names_of(people),
        form=form or CorrectionForm(formdata=None),
        wrong=wrong,
        states=ISSUE_STATES,
        may_write=has_role(me(), RoleName.WRITER),
    )
