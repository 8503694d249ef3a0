"""Importing a CSV file: choose, look at what would happen, do it, see line by line, take it back."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience import exports, queries, rules
from campaigns.audience.actions import importing
from campaigns.audience.forms import ColumnsForm, UploadForm
from campaigns.audience.imports import Sheet
from campaigns.audience.models import Import, ImportState
from campaigns.audience.sorting import Verdict
from campaigns.errors import Invalid
from campaigns.staff.guards import me
from campaigns.staff.queries import names_of
from campaigns.web.forms import show_errors
from campaigns.web.paging import asked_page

bp = Blueprint("imports", __name__)

SHOWN_LINES = 200


@bp.get("")
def index() -> ResponseReturnValue:
    """The imports until now."""
    page = queries.imports(asked_page())
    names = {each.id: each.name for each in queries.lists(with_archived=True)}
    staff = names_of([each.user_id for each in page.items if each.user_id])
    return render_template("staff/audience/imports/index.html", page=page, names=names, staff=staff)


@bp.get("/new")
def new() -> ResponseReturnValue:
    """The form for a file."""
    return _show_new(_upload_form())


@bp.post("/new")
def check() -> ResponseReturnValue:
    """Look at a file; nobody is added yet."""
    form = _upload_form()
    if not form.validate():
        return _show_new(form, 400)
    try:
        import_id = importing.check(
            filename=form.file.data.filename or "people.csv",
            content=form.file.data.read(),
            list_ids=form.lists.data or [],
            basis=form.basis.data,
            user_id=me().id,
            now=clock.now(),
        )
    except Invalid as error:
        show_errors(form, error)
        return _show_new(form, 400)
    return redirect(url_for("imports.show", id=import_id), 303)


@bp.get("/<int:id>")
def show(id: int) -> ResponseReturnValue:
    """One import: what would happen, what happens, what happened."""
    made = queries.get_import(id)
    return _show(made, _columns_form(made, is_submitted=False))


@bp.post("/<int:id>/columns")
def columns(id: int) -> ResponseReturnValue:
    """Say which column holds what, and look again."""
    made = queries.get_import(id)
    form = _columns_form(made)
    if form is None or not form.validate():
        return _show(made, form, 400)
    try:
        importing.choose_columns(id, form.columns(), me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _show(queries.get_import(id), form, 400)
    return redirect(url_for("imports.show", id=id), 303)


@bp.post("/<int:id>/start")
def start(id: int) -> ResponseReturnValue:
    """Add the people. A short file is done at once; the scheduler goes on with a long one."""
    importing.start(id, me().id, clock.now())
    made = queries.get_import(id)
    if len(made.content or b"") <= importing.AT_ONCE_BYTES:
        importing.carry_out(id, clock.now())
    return redirect(url_for("imports.show", id=id), 303)


@bp.get("/<int:id>/progress.json")
def progress(id: int) -> ResponseReturnValue:
    """How far an import is, for the bar on its page."""
    made = queries.get_import(id)
    total = made.total or 1
    is_done = made.state != ImportState.RUNNING
    say = "The import is done." if is_done else ""
    return jsonify(progress=made.position, progress_total=total, done=is_done, say=say)


@bp.get("/<int:id>/report.csv")
def report(id: int) -> ResponseReturnValue:
    """The report by line, as a file."""
    made = queries.get_import(id)
    headers = {"Content-Disposition": f'attachment; filename="import-{id}-report.csv"'}
    return Response("".join(exports.report_lines(made.report)), mimetype="text/csv", headers=headers)


@bp.post("/<int:id>/undo")
def undo(id: int) -> ResponseReturnValue:
    """Take an import back."""
    importing.undo(id, me().id, clock.now())
    flash("The import is taken back. Who changed something themselves since then stays.", "good")
    return redirect(url_for("imports.show", id=id), 303)


@bp.post("/<int:id>/discard")
def discard(id: int) -> ResponseReturnValue:
    """Throw a file away that was only looked at."""
    importing.discard(id, me().id, clock.now())
    flash("The file is thrown away. Nobody was added.", "good")
    return redirect(url_for("imports.index"), 303)


def _upload_form() -> UploadForm:
    form = UploadForm()
    form.lists.offer(queries.lists())
    return form


def _show_new(form: UploadForm, status: int = 200) -> ResponseReturnValue:
    return render_template("staff/audience/imports/new.html", form=form), status


def _columns_form(made: Import, *, is_submitted: bool = True) -> ColumnsForm | None:
    if made.state != ImportState.CHECKED or made.content is None:
        return None
    header = Sheet(made.content).header
    chosen = {name: int(made.columns.get(name, -1)) for name in ("address", "first_name", "last_name")}
    form = ColumnsForm(data=chosen) if is_submitted else ColumnsForm(formdata=None, data=chosen)
    form.offer(header)
    return form


def _show(made: Import, form: ColumnsForm | None, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "staff/audience/imports/show.html",
        made=made,
        form=form,
        names=queries.list_names(made.list_ids),
        basis=rules.IMPORT_BASES.get(made.basis, made.basis),
        repeated=queries.repeated_import(made),
        may_undo=made.state == ImportState.DONE and rules.may_undo(made.done_at, made.undone_at, clock.now()),
        count={str(verdict): made.counts.get(str(verdict), 0) for verdict in Verdict},
        shown=made.report[:SHOWN_LINES],
    )
    return page, status
