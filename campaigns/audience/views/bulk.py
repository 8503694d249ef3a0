"""Putting many people on a list or taking them off: who and where, then how many exactly, then undo."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience import queries, rules
from campaigns.audience.actions import bulk
from campaigns.audience.forms import BulkForm
from campaigns.audience.models import BulkKind, MailingList
from campaigns.audience.views.subscribers import Filter, asked_filter
from campaigns.errors import Invalid
from campaigns.staff.guards import me
from campaigns.web.forms import show_errors

bp = Blueprint("bulk", __name__)

MOST_IDS = 1_000


@bp.get("")
def choose() -> ResponseReturnValue:
    """What to do with the people that were ticked, or with all that the list shows."""
    form = BulkForm()
    if request.args.get("kind") in list(BulkKind):
        form.kind.data = request.args["kind"]
    return _show(form)


@bp.post("")
def act() -> ResponseReturnValue:
    """First say exactly how many would change; with that number confirmed, do it."""
    form = BulkForm()
    if not form.validate():
        return _show(form, status=400)
    kind = BulkKind(form.kind.data)
    if kind == BulkKind.ADD and form.basis.data not in rules.BASES:
        show_errors(form, Invalid({"basis": "Say how these people asked to get our mail."}))
        return _show(form, status=400)
    chosen = queries.get_list(form.list_id.data or 0)
    ids = _chosen_ids()
    count = len(queries.changeable(kind, chosen.id, ids))
    if not count or form.expected.data != count:
        return _show(form, confirm=(chosen, count, len(ids) - count))
    basis = form.basis.data if kind == BulkKind.ADD else ""
    change_id = bulk.change(kind, chosen.id, ids, basis=basis, user_id=me().id, now=clock.now())
    where = f"on {chosen.name}" if kind == BulkKind.ADD else f"off {chosen.name}"
    text = f"{count:,} {'person is' if count == 1 else 'people are'} {where}."
    flash({"text": text, "url": url_for("bulk.undo", id=change_id)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("subscribers.index", **asked_filter().args()), 303)


@bp.post("/<int:id>/undo")
def undo(id: int) -> ResponseReturnValue:
    """Take a change back."""
    count = bulk.undo(id, me().id, clock.now())
    flash(f"Taken back for {count:,} {'person' if count == 1 else 'people'}.", "good")
    return redirect(url_for("subscribers.index"), 303)


def _ticked() -> list[int]:
    ids = request.values.getlist("ids", type=int)
    return sorted(set(ids))[:MOST_IDS]


def _is_all() -> bool:
    return request.values.get("all") == "1"


def _chosen_ids() -> Sequence[int]:
    return asked_filter().ids() if _is_all() else _ticked()


def _show(
    form: BulkForm, confirm: tuple[MailingList, int, int] | None = None, status: int = 200
) -> ResponseReturnValue:
    chosen: Filter = asked_filter()
    ids = _chosen_ids()
    page = render_template(
        "staff/audience/subscribers/bulk.html",
        form=form,
        confirm=confirm,
        chosen=chosen,
        is_all=_is_all(),
        ticked=[] if _is_all() else ids,
        total=len(ids),
        lists=queries.lists(),
    )
    return page, status
