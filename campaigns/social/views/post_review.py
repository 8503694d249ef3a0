"""From the draft to the decision: sending for approval, reading and deciding."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Invalid
from campaigns.planning.models import ItemState
from campaigns.social import forms, preparing, queries, rules, words
from campaigns.social.actions import approving
from campaigns.social.models import Post
from campaigns.social.preparing import Prepared
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors

bp = Blueprint("post_review", __name__)


@bp.get("/<int:id>/check")
@needs(RoleName.WRITER)
def check(id: int) -> ResponseReturnValue:
    """What is still missing, who could approve, and the button that asks them."""
    post = queries.get_post(id)
    if not rules.may_submit(post.state) or post.binned_at:
        return redirect(url_for("posts.show", id=id))
    return _check_page(post, forms.NoteForm())


@bp.post("/<int:id>/check")
def submit(id: int) -> ResponseReturnValue:
    """Ask for approval."""
    form = forms.NoteForm()
    post = queries.get_post(id)
    if not form.validate_on_submit():
        return _check_page(post, form), 400
    try:
        approving.submit(preparing.prepare(id, clock.now()), form.note.data or "", me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _check_page(post, form), 400
    flash("It waits for approval.", "success")
    return redirect(url_for("post_review.show", id=id), 303)


@bp.post("/<int:id>/take-back")
def take_back(id: int) -> ResponseReturnValue:
    """Make it a draft again."""
    approving.take_back(id, me().id, clock.now())
    flash("It is a draft again. Nothing was posted.", "success")
    return redirect(url_for("posts.show", id=id), 303)


@bp.get("/<int:id>/review")
def show(id: int) -> str:
    """Everything that an approver must know, on one page."""
    return _page(id, forms.ApproveForm(), forms.ChangesForm())


@bp.post("/<int:id>/approve")
@needs(RoleName.APPROVER)
def approve(id: int) -> ResponseReturnValue:
    """Approve exactly what was read."""
    form = forms.ApproveForm()
    if not form.validate_on_submit():
        return _page(id, form, forms.ChangesForm(formdata=None)), 400
    prepared = preparing.prepare(id, clock.now())
    try:
        approving.approve(prepared, form.seen_hash.data or "", form.comment.data or "", me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(id, form, forms.ChangesForm(formdata=None)), 400
    return redirect(url_for("posts.show", id=id), 303)


@bp.post("/<int:id>/ask")
@needs(RoleName.APPROVER)
def ask(id: int) -> ResponseReturnValue:
    """Give it back to the author with a word on what should change."""
    form = forms.ChangesForm()
    if not form.validate_on_submit():
        return _page(id, forms.ApproveForm(formdata=None), form), 400
    approving.ask_for_changes(id, form.comment.data or "", me().id, clock.now())
    flash("The author has your comment, and it is a draft again.", "success")
    return redirect(url_for("posts.index"), 303)


def _sentence(post: Post, prepared: Prepared) -> str:
    names = [one.channel.name for one in prepared.said]
    return rules.summary(post.title, names, words.when(prepared.document, clock.now()))


def _check_page(post: Post, form: forms.NoteForm) -> str:
    prepared = preparing.prepare(post.id, clock.now())
    return render_template(
        "staff/social/check.html",
        post=post,
        form=form,
        prepared=prepared,
        sentence=_sentence(post, prepared),
        approvers=queries.other_approvers(post),
        candidates=queries.could_approve(post),
        may_invite=has_role(me(), RoleName.ADMINISTRATOR),
    )


def _page(id: int, form: forms.ApproveForm, changes_form: forms.ChangesForm) -> str:
    post = queries.get_post(id)
    now = clock.now()
    prepared = preparing.prepare(id, now)
    form.seen_hash.data = form.seen_hash.data or prepared.content_hash
    before = queries.approved_document(id)
    names = {one.id: one.name for one in queries.channels(with_removed=True)}
    author_id = post.submitted_by_id or post.author_id or 0
    return render_template(
        "staff/social/review.html",
        post=post,
        form=form,
        changes_form=changes_form,
        prepared=prepared,
        sentence=_sentence(post, prepared),
        time_words=words.when(prepared.document, now),
        author=staff.names_of([author_id]).get(author_id, "Somebody"),
        changes=words.changes(before, prepared.document, names, now) if before else None,
        decision=queries.last_decision(id),
        is_waiting=post.state == ItemState.IN_REVIEW,
        is_approver=has_role(me(), RoleName.APPROVER),
        may_decide=queries.may_decide(post, me().id),
        may_write=has_role(me(), RoleName.WRITER),
        approvers=queries.other_approvers(post),
        candidates=queries.could_approve(post),
        may_invite=has_role(me(), RoleName.ADMINISTRATOR),
    )
