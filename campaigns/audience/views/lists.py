"""The lists that people join: make, change, order, archive; and the address of each join page."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience import links, queries
from campaigns.audience.actions import lists
from campaigns.audience.forms import ListForm
from campaigns.audience.models import MailingList
from campaigns.errors import Conflict, Invalid
from campaigns.staff.guards import me
from campaigns.web.forms import show_errors

bp = Blueprint("lists", __name__)


@bp.get("")
def index() -> ResponseReturnValue:
    """All lists, in the order in which people see them."""
    return render_template(
        "staff/audience/lists/index.html",
        lists=queries.lists(),
        archived=[each for each in queries.lists(with_archived=True) if each.archived_at],
        counts=queries.list_counts(),
    )


@bp.get("/new")
def new() -> ResponseReturnValue:
    """The form for a new list."""
    return render_template("staff/audience/lists/new.html", form=ListForm())


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Make a list."""
    form = ListForm()
    if not form.validate():
        return render_template("staff/audience/lists/new.html", form=form), 400
    try:
        lists.create(user_id=me().id, now=clock.now(), **_values(form))
    except Invalid as error:
        show_errors(form, error)
        return render_template("staff/audience/lists/new.html", form=form), 400
    flash("The list is ready.", "good")
    return redirect(url_for("lists.index"), 303)


@bp.get("/<int:id>")
def edit(id: int) -> ResponseReturnValue:
    """One list: its words, its join page, how many are on it."""
    found = queries.get_list(id)
    return _show(found, ListForm(obj=found))


@bp.post("/<int:id>")
def update(id: int) -> ResponseReturnValue:
    """Change a list."""
    found = queries.get_list(id)
    form = ListForm(obj=found)
    if not form.validate():
        return _show(found, form, 400)
    try:
        lists.change(id, version=form.version.data or 0, user_id=me().id, now=clock.now(), **_values(form))
    except Invalid as error:
        show_errors(form, error)
        return _show(found, form, 400)
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _show(found, form, 409)
    flash("Saved.", "good")
    return redirect(url_for("lists.index"), 303)


@bp.post("/<int:id>/move")
def move(id: int) -> ResponseReturnValue:
    """Move a list up or down."""
    lists.move(id, -1 if request.form.get("to") == "up" else 1, me().id, clock.now())
    return redirect(url_for("lists.index"), 303)


@bp.post("/<int:id>/archive")
def archive(id: int) -> ResponseReturnValue:
    """Put a list away."""
    lists.archive(id, me().id, clock.now())
    message = {"text": "The list is in the archive.", "url": url_for("lists.restore", id=id)}
    flash(message, "undo")  # type: ignore[arg-type]
    return redirect(url_for("lists.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> ResponseReturnValue:
    """Take a list out of the archive."""
    lists.restore(id, me().id, clock.now())
    flash("The list is in use again.", "good")
    return redirect(url_for("lists.index"), 303)


def _values(form: ListForm) -> dict[str, Any]:
    return {"name": form.name.data, "description": form.description.data, "is_public": form.is_public.data}


def _show(found: MailingList, form: ListForm, status: int = 200) -> ResponseReturnValue:
    join_url = links.site_url() + url_for("join.form_of_list", slug=found.slug)
    count = queries.list_counts().get(found.id, 0)
    page = render_template("staff/audience/lists/edit.html", list=found, form=form, join_url=join_url, count=count)
    return page, status
