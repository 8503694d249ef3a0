"""From the draft to the decision: test sends, sending for approval, reading and deciding."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience import queries as audience
from campaigns.delivery import brakes
from campaigns.delivery.doctor import gate
from campaigns.errors import Invalid
from campaigns.newsletters import actions, forms, preparing, queries, rules, words
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.preparing import Prepared
from campaigns.planning.models import ItemState
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors

bp = Blueprint("review", __name__)


@bp.get("/<int:id>/test")
@needs(RoleName.WRITER)
def test(id: int) -> str:
    """Choose who gets a test."""
    return _test_page(id, _people_form())


@bp.post("/<int:id>/test")
def send_test(id: int) -> ResponseReturnValue:
    """Send a test to colleagues whose address is confirmed."""
    form = _people_form()
    if not form.validate_on_submit():
        return _test_page(id, form), 400
    chosen = [int(number) for number in form.people.data or []]
    try:
        count = actions.send_test(preparing.prepare(id, clock.now()), chosen, me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _test_page(id, form), 400
    flash(
        f"A test is on its way to {count} {'person' if count == 1 else 'people'}. Its subject begins “[Test]”.",
        "success",
    )
    return redirect(url_for("newsletters.show", id=id), 303)


@bp.get("/<int:id>/check")
@needs(RoleName.WRITER)
def check(id: int) -> ResponseReturnValue:
    """What is still missing, who could approve, and the button that asks them."""
    newsletter = queries.get_newsletter(id)
    if not rules.may_submit(newsletter.state):
        return redirect(url_for("newsletters.show", id=id))
    return _check_page(newsletter, forms.NoteForm())


@bp.post("/<int:id>/check")
def submit(id: int) -> ResponseReturnValue:
    """Ask for approval."""
    form = forms.NoteForm()
    newsletter = queries.get_newsletter(id)
    if not form.validate_on_submit():
        return _check_page(newsletter, form), 400
    try:
        actions.submit(preparing.prepare(id, clock.now()), form.note.data or "", me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _check_page(newsletter, form), 400
    flash("It waits for approval.", "success")
    return redirect(url_for("review.show", id=id), 303)


@bp.post("/<int:id>/take-back")
def take_back(id: int) -> ResponseReturnValue:
    """Make it a draft again."""
    actions.take_back(id, me().id, clock.now())
    flash("It is a draft again. Nothing was sent.", "success")
    return redirect(url_for("newsletters.show", id=id), 303)


@bp.get("/<int:id>/review")
def show(id: int) -> str:
    """Everything that an approver must know, on one page."""
    return _review_page(id, forms.ApproveForm(), forms.ChangesForm())


@bp.post("/<int:id>/approve")
@needs(RoleName.APPROVER)
def approve(id: int) -> ResponseReturnValue:
    """Approve exactly what was read."""
    form = forms.ApproveForm()
    if not form.validate_on_submit():
        return _review_page(id, form, forms.ChangesForm(formdata=None)), 400
    prepared = preparing.prepare(id, clock.now())
    try:
        seen_hash, _, people = (form.seen_hash.data or "").partition(" ")
        seen_people = forms.posted_number(people)
        actions.approve(
            prepared,
            seen_hash,
            form.comment.data or "",
            me().id,
            clock.now(),
            seen_people,
            forms.posted_outside(request.form),
        )
    except Invalid as error:
        show_errors(form, error)
        return _review_page(id, form, forms.ChangesForm(formdata=None)), 400
    return redirect(url_for("launch.show", id=id), 303)


@bp.post("/<int:id>/ask")
@needs(RoleName.APPROVER)
def ask(id: int) -> ResponseReturnValue:
    """Give it back to the author with a word on what should change."""
    form = forms.ChangesForm()
    if not form.validate_on_submit():
        return _review_page(id, forms.ApproveForm(formdata=None), form), 400
    actions.ask_for_changes(id, form.comment.data or "", me().id, clock.now())
    flash("The author has your comment, and it is a draft again.", "success")
    return redirect(url_for("newsletters.index"), 303)


def _people_form() -> forms.PeopleForm:
    form = forms.PeopleForm()
    confirmed = [person for person in staff.users() if person.active and person.confirmed_at]
    form.people.choices = [forms.choice(str(person.id), f"{person.name} ({person.email})") for person in confirmed]
    if not form.is_submitted():
        form.people.data = [str(me().id)]
    return form


def _test_page(id: int, form: forms.PeopleForm) -> str:
    return render_template("staff/newsletters/test.html", newsletter=queries.get_newsletter(id), form=form)


def sentence(prepared: Prepared, is_approved: bool = False, at: datetime | None = None) -> str:
    """What goes to whom and when, in one sentence; `at` is the instant where that is settled."""
    document = queries.get_document(prepared.newsletter_id)
    known = {entry.id: entry.name for entry in audience.lists(with_archived=True)}
    lists = words.joined(words.names(document.lists, known))
    return rules.summary(
        document.text(forms.LANGUAGE).subject or document.title,
        [lists + words.readers(document, queries.title_of(document.reached))] if document.lists else [],
        words.names(document.minus, known),
        prepared.people,
        words.at(at, document, clock.now()) if at else words.when(document, clock.now(), is_approved),
    )


def _check_page(newsletter: Newsletter, form: forms.NoteForm) -> str:
    prepared = preparing.prepare(newsletter.id, clock.now())
    return render_template(
        "staff/newsletters/check.html",
        newsletter=newsletter,
        form=form,
        prepared=prepared,
        sentence=sentence(prepared),
        is_at_once=prepared.document.send_mode == "now",
        hours_wait=brakes.hours_wait(rules.launch_time(prepared.document.send_at, clock.now())),
        gate=gate.problem(prepared.from_address, prepared.people),
        approvers=queries.other_approvers(newsletter),
        candidates=queries.could_approve(newsletter),
        may_invite=has_role(me(), RoleName.ADMINISTRATOR),
        may_decide=queries.may_decide(newsletter, me().id) and has_role(me(), RoleName.APPROVER),
    )


def _review_page(id: int, form: forms.ApproveForm, changes_form: forms.ChangesForm) -> str:
    newsletter = queries.get_newsletter(id)
    document = queries.get_document(id)
    prepared = preparing.prepare(id, clock.now())
    if (form.seen_hash.data or prepared.content_hash).startswith(prepared.content_hash):
        form.seen_hash.data = f"{prepared.content_hash} {prepared.people}"
    authors = staff.names_of([number for number in (newsletter.submitted_by_id, newsletter.author_id) if number])
    return render_template(
        "staff/newsletters/review.html",
        newsletter=newsletter,
        document=document,
        form=form,
        changes_form=changes_form,
        prepared=prepared,
        sentence=sentence(prepared),
        gate=gate.problem(prepared.from_address, prepared.people),
        time_words=words.when(document, clock.now()),
        hours_wait=brakes.hours_wait(rules.launch_time(document.send_at, clock.now())),
        outside=forms.posted_outside(request.form),
        sender=preparing.sender_of(id),
        doubt=words.doubt(document.leaves_uncertain),
        author=authors.get(newsletter.submitted_by_id or newsletter.author_id or 0, "Somebody"),
        changes=queries.changes_since_approval(id),
        pieces=words.pieces,
        decision=queries.last_decision(id),
        note=queries.note_of(newsletter),
        is_waiting=newsletter.state == ItemState.IN_REVIEW,
        is_approver=has_role(me(), RoleName.APPROVER),
        may_decide=queries.may_decide(newsletter, me().id),
        may_write=has_role(me(), RoleName.WRITER),
        approvers=queries.other_approvers(newsletter),
        candidates=queries.could_approve(newsletter),
        may_invite=has_role(me(), RoleName.ADMINISTRATOR),
    )
