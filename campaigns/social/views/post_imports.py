"""Importing many posts from a file: choose, see line by line what would happen, make the drafts, take it back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Invalid
from campaigns.social import forms, queries
from campaigns.social.actions import importing
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.web.forms import show_errors

bp = Blueprint("post_imports", __name__)


@bp.get("")
@needs(RoleName.WRITER)
def new() -> str:
    """The form for a file."""
    return _page(forms.ImportForm(formdata=None))


@bp.post("")
def check() -> ResponseReturnValue:
    """Look at a file; nothing is made yet."""
    form = forms.ImportForm()
    if not form.validate_on_submit():
        return _page(form), 400
    try:
        made = importing.check(form.file.data.filename or "posts.csv", form.file.data.read(), me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(form), 400
    return redirect(url_for("post_imports.show", id=made), 303)


@bp.get("/<int:id>")
@needs(RoleName.WRITER)
def show(id: int) -> str:
    """What each line would become, or became."""
    made = queries.get_import(id)
    bad = [row for row in made.rows if row["problems"]]
    good = [row for row in made.rows if not row["problems"]]
    return render_template("staff/social/imports/show.html", made=made, bad=bad, good=good)


@bp.post("/<int:id>/start")
def start(id: int) -> ResponseReturnValue:
    """Make drafts of the good lines."""
    count = importing.carry_out(id, me().id, clock.now())
    flash(
        f"{count} {'draft was' if count == 1 else 'drafts were'} made. Each needs an approval before it leaves.",
        "success",
    )
    return redirect(url_for("post_imports.show", id=id), 303)


@bp.post("/<int:id>/undo")
def undo(id: int) -> ResponseReturnValue:
    """Take them back."""
    count = importing.undo(id, me().id, clock.now())
    flash(
        f"{count} {'draft is' if count == 1 else 'drafts are'} in the bin. What was sent for approval stays.", "success"
    )
    return redirect(url_for("posts.index"), 303)


@bp.post("/<int:id>/discard")
def discard(id: int) -> ResponseReturnValue:
    """Throw the file away."""
    importing.discard(id, me().id, clock.now())
    flash("The file is thrown away. No post was made.", "success")
    return redirect(url_for("posts.index"), 303)


def _page(form: forms.ImportForm) -> str:
    return render_template("staff/social/imports/new.html", form=form, channels=queries.channels())
