"""The digests of news: the list, a rule and its next issue, on and off, standing approvals."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience import queries as audience
from campaigns.db import end_reading
from campaigns.delivery import queries as delivery
from campaigns.digests import composing, drafting
from campaigns.digests.actions import digests as actions
from campaigns.digests.actions import issues, standing
from campaigns.digests.forms.digests import DigestForm, StandingForm, columns_of, shown
from campaigns.digests.models import Digest, IssueState
from campaigns.digests.queries import digests as queries
from campaigns.digests.queries import stories
from campaigns.digests.recipe import credit, quotation
from campaigns.digests.views.words import ISSUE_STATES
from campaigns.errors import Conflict, Invalid
from campaigns.newsletters import preparing
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors
from campaigns.web.paging import asked_page

bp = Blueprint("digests", __name__)


@bp.get("")
def index() -> str:
    """All digests: when the next draft is made, what became of the last one."""
    everything = queries.digests(with_archived=True)
    return render_template(
        "staff/digests/digests/index.html",
        rows=queries.rows([one for one in everything if one.archived_at is None]),
        archived=[one for one in everything if one.archived_at],
        rhythms={one.id: queries.rhythm_of(one).words for one in everything},
        states=ISSUE_STATES,
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.get("/new")
@needs(RoleName.WRITER)
def new() -> str:
    """The form for a new digest."""
    form = DigestForm(formdata=None, data=shown({**actions.usual(), "version": 0}))
    return _form_page("new", form)


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Make a digest; it rests until somebody switches it on."""
    form = _offered(DigestForm())
    if not form.validate():
        return _form_page("new", form), 400
    try:
        made = actions.create(form.values(), me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _form_page("new", form), 400
    flash("The digest is there. Look at what it would hold now, then switch it on.", "success")
    return redirect(url_for("digests.show", id=made), 303)


@bp.get("/<int:id>")
def show(id: int) -> str:
    """One digest: its rule in words, what it would hold now, its issues."""
    return _page(queries.get_digest(id))


@bp.get("/<int:id>/edit")
@needs(RoleName.WRITER)
def edit(id: int) -> str:
    """The form of its rule."""
    digest = queries.get_digest(id)
    return _form_page("edit", DigestForm(formdata=None, data=shown(columns_of(digest))), digest)


@bp.post("/<int:id>/edit")
def update(id: int) -> ResponseReturnValue:
    """Change the rule; a standing approval is void then."""
    digest, form = queries.get_digest(id), _offered(DigestForm())
    if not form.validate():
        return _form_page("edit", form, digest), 400
    had_standing = queries.standing(id) is not None
    try:
        actions.change(id, int(form.version.data or 0), form.values(), me().id, clock.now())
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _form_page("edit", form, digest), 409
    except Invalid as error:
        show_errors(form, error)
        return _form_page("edit", form, digest), 400
    flash("Saved. The standing approval does not count any more." if had_standing else "Saved.", "success")
    return redirect(url_for("digests.show", id=id), 303)


@bp.post("/<int:id>/on")
def switch_on(id: int) -> ResponseReturnValue:
    """Let it make drafts at its times."""
    try:
        actions.switch(id, True, me().id, clock.now())
    except Invalid as error:
        flash(" ".join(error.fields.values()), "error")
        return redirect(url_for("digests.edit", id=id), 303)
    flash("It is on. At each of its times a draft is made; nothing is sent before it is approved.", "success")
    return redirect(url_for("digests.show", id=id), 303)


@bp.post("/<int:id>/off")
def switch_off(id: int) -> ResponseReturnValue:
    """Let it rest."""
    actions.switch(id, False, me().id, clock.now())
    flash({"text": "It rests. No more drafts are made.", "url": url_for("digests.switch_on", id=id)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("digests.show", id=id), 303)


@bp.post("/<int:id>/run")
def run(id: int) -> ResponseReturnValue:
    """Make a draft now, beside its times."""
    made = issues.prepare_now(id, clock.now())
    return redirect(url_for("digest_issues.show", id=made), 303)


@bp.post("/<int:id>/archive")
def archive(id: int) -> ResponseReturnValue:
    """Put it away."""
    actions.archive(id, me().id, clock.now())
    flash({"text": "The digest is in the archive.", "url": url_for("digests.restore", id=id)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("digests.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> ResponseReturnValue:
    """Take it out of the archive; it rests."""
    actions.restore(id, me().id, clock.now())
    flash("The digest is back. It rests until somebody switches it on.", "success")
    return redirect(url_for("digests.show", id=id), 303)


@bp.post("/<int:id>/standing")
@needs(RoleName.ADMINISTRATOR)
def record_standing(id: int) -> ResponseReturnValue:
    """Record a standing approval; it counts once the named person agrees."""
    digest, form = queries.get_digest(id), StandingForm()
    form.offer(_approvers())
    if not form.validate():
        return _page(digest, form), 400
    template = preparing.template_hash(digest.sender_id)
    try:
        standing.record(id, form.approver_id.data, form.days.data or 0, template, me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(queries.get_digest(id), form), 400
    flash("It is recorded. It counts once the person named agrees on this page.", "success")
    return redirect(url_for("digests.show", id=id) + "#standing", 303)


@bp.post("/<int:id>/standing/<int:number>/agree")
@needs(RoleName.APPROVER)
def agree(id: int, number: int) -> ResponseReturnValue:
    """The named person agrees."""
    template = preparing.template_hash(queries.get_digest(id).sender_id)
    standing.agree(number, template, me().id, clock.now())
    flash("You agreed. Each issue waits two hours in view before it leaves.", "success")
    return redirect(url_for("digests.show", id=id) + "#standing", 303)


@bp.post("/<int:id>/standing/<int:number>/revoke")
def revoke(id: int, number: int) -> ResponseReturnValue:
    """Take it back."""
    standing.revoke(number, me().id, clock.now())
    flash("It is taken back. Each issue is approved by a person again.", "success")
    return redirect(url_for("digests.show", id=id) + "#standing", 303)


def _page(digest: Digest, form: StandingForm | None = None) -> str:
    now = clock.now()
    if form is None:
        form = StandingForm(formdata=None, data={"approver_id": digest.approver_id})
        form.offer(_approvers())
    found = drafting.choose(digest, now)
    standings = queries.standings_of(digest.id)
    people = [digest.approver_id, digest.changed_by_id, *(one for each in standings for one in (each.approver_id,))]
    lists = {entry.id: entry.name for entry in audience.lists(with_archived=True)}
    return render_template(
        "staff/digests/digests/show.html",
        digest=digest,
        when_words=queries.rhythm_of(digest).words,
        found=found,
        subject=composing.subject(digest, digest.next_at or now),
        said={one.story_id: _said(digest, one) for section in found.sections for one in section.stories},
        page=queries.issues_of(digest.id, asked_page()),
        states=ISSUE_STATES,
        lists=[lists[number] for number in digest.list_ids if number in lists],
        readers=audience.count_audience(digest.list_ids, [], now, digest.rhythm),
        standing=queries.standing(digest.id),
        standings=standings,
        standing_form=form,
        names=staff.names_of([number for number in people if number]),
        issue_state=IssueState,
        now=now,
        may_write=has_role(me(), RoleName.WRITER),
        is_admin=has_role(me(), RoleName.ADMINISTRATOR),
        me_id=me().id,
    )


def _said(digest: Digest, story: Any) -> dict[str, str]:
    words = story.summary or quotation(story.text, digest.quote_words)
    return {"words": words, "credit": credit(digest.credit, story.source, story.author, story.at, digest.zone)}


def _form_page(name: str, form: DigestForm, digest: Digest | None = None) -> str:
    _offered(form)
    page = render_template(
        f"staff/digests/digests/{name}.html",
        form=form,
        digest=digest,
        has_standing=digest is not None and queries.standing(digest.id) is not None,
    )
    end_reading()
    return page


def _offered(form: DigestForm) -> DigestForm:
    form.offer(
        stories.categories(),
        {entry.id: entry.name for entry in audience.lists()},
        {entry.id: f"{entry.name} <{entry.address}>" for entry in delivery.senders()},
        _approvers(),
    )
    return form


def _approvers() -> dict[int, str]:
    return {user.id: user.name for user in staff.approvers()}
