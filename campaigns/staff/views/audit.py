"""The audit log: who did what to what."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, stream_with_context
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from campaigns import clock
from campaigns.staff import queries, words
from campaigns.staff.forms import AuditForm
from campaigns.staff.guards import needs
from campaigns.staff.models import AuditEntry, RoleName
from campaigns.web.paging import asked_page

bp = Blueprint("audit", __name__)

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@bp.get("")
def index() -> str:
    """One page of the log."""
    form = _form()
    page = queries.audit_entries(*_asked(form), page=asked_page())
    names = queries.names_of([entry.user_id for entry in page.items if entry.user_id])
    args = {name: value for name, value in request.args.items() if name != "page" and value}
    return render_template("staff/staff/audit/index.html", form=form, page=page, names=names, args=args, words=words)


@bp.get("/export.csv")
@needs(RoleName.ADMINISTRATOR)
def export() -> Response:
    """What the filter shows, as a file."""
    rows = _rows(queries.each_audit_entry(*_asked(_form())))
    response = Response(stream_with_context(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=audit-log.csv"
    return response


def _form() -> AuditForm:
    form = AuditForm(request.args)
    people = [SelectChoice(str(user.id), user.name) for user in queries.users()]
    form.person.choices = [SelectChoice("", "Everybody"), *people, SelectChoice("0", "The program itself")]
    form.kind.choices = [
        SelectChoice("", "Everything"),
        *(SelectChoice(kind, words.kind(kind)) for kind in queries.audit_kinds()),
    ]
    form.validate()
    return form


def _asked(form: AuditForm) -> tuple[int | None, str, datetime | None, datetime | None]:
    zone = queries.get_organization().zone
    person = form.person.data or ""
    start = clock.day_start(form.start.data, zone) if form.start.data else None
    end = clock.day_start(form.end.data + timedelta(days=1), zone) if form.end.data else None
    is_number = person.isascii() and person.isdigit() and len(person) < 10
    return int(person) if is_number else None, form.kind.data or "", start, end


def _rows(entries: Iterator[AuditEntry]) -> Iterator[str]:
    names = {user.id: user.name for user in queries.users()}
    yield _line(["When (UTC)", "Who", "What", "About", "Number", "Details"])
    for entry in entries:
        who = names.get(entry.user_id, f"account {entry.user_id}") if entry.user_id else "The program itself"
        details = words.details(entry.details)
        yield _line([entry.at.isoformat(), who, entry.action, entry.object_kind, entry.object_id or "", details])


def _line(values: list[Any]) -> str:
    file = io.StringIO()
    # A name that begins like a formula must stay a name when a spreadsheet opens the file.
    csv.writer(file).writerow([f"'{value}" if str(value).lstrip().startswith(FORMULA) else value for value in values])
    return file.getvalue()
