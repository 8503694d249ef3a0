"""The list of people: search, filter, add by hand, export what is shown."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience import exports, queries
from campaigns.audience.actions import subscribers
from campaigns.audience.forms import NewSubscriberForm
from campaigns.audience.models import MembershipState
from campaigns.errors import Invalid, Refused
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.web.forms import show_errors
from campaigns.web.paging import asked_page

bp = Blueprint("subscribers", __name__)

STATES = {
    "": "Everybody",
    str(MembershipState.CONFIRMED): "Subscribed",
    str(MembershipState.PENDING): "Not confirmed yet",
    str(MembershipState.LEFT): "Left",
    str(MembershipState.REMOVED): "Taken off by staff",
    queries.PAUSED: "Paused",
}


@dataclass(frozen=True)
class Filter:
    """Which people a page is about, as its address says."""

    q: str
    list_id: int | None
    state: str

    @property
    def is_on(self) -> bool:
        """Whether anybody is left out."""
        return bool(self.q or self.list_id or self.state)

    def args(self) -> dict[str, Any]:
        """The same as the arguments of an address."""
        return {name: value for name, value in (("q", self.q), ("list", self.list_id), ("state", self.state)) if value}

    def ids(self) -> list[int]:
        """The ids of everybody it lets through."""
        return queries.matching_ids(self.q, self.list_id, self.state)


def asked_filter() -> Filter:
    """The filter in the present request, in its address or in its form."""
    list_id = request.values.get("list", type=int)
    state = request.values.get("state", "")
    return Filter(request.values.get("q", "").strip()[:200], list_id, state if state in STATES else "")


@bp.get("")
def index() -> ResponseReturnValue:
    """People, 50 a page, the newest first."""
    chosen = asked_filter()
    page = queries.search_subscribers(chosen.q, chosen.list_id, chosen.state, asked_page())
    return render_template(
        "staff/audience/subscribers/index.html",
        page=page,
        chosen=chosen,
        held=queries.memberships_of([each.id for each in page.items]),
        lists=queries.lists(),
        names={each.id: each.name for each in queries.lists(with_archived=True)},
        states=STATES,
        now=clock.now(),
    )


@bp.get("/new")
def new() -> ResponseReturnValue:
    """The form for adding somebody by hand."""
    return _show_new(_new_form())


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Add somebody by hand."""
    form = _new_form()
    if not form.validate():
        return _show_new(form, 400)
    is_agreed = form.how.data == "agreed"
    try:
        subscriber_id = subscribers.add(
            address=form.address.value,
            list_ids=form.lists.data or [],
            basis=form.basis.data,
            is_agreed=is_agreed,
            first_name=form.first_name.data or "",
            last_name=form.last_name.data or "",
            user_id=me().id,
            now=clock.now(),
        )
    except Invalid as error:
        show_errors(form, error)
        return _show_new(form, 400)
    except Refused as error:
        show_errors(form, Invalid({"address": str(error)}))
        return _show_new(form, 400)
    flash("They are on the list." if is_agreed else "A confirmation is on its way to them.", "good")
    return redirect(url_for("subscriber.show", id=subscriber_id), 303)


@bp.post("/export")
@needs(RoleName.LIST_KEEPER)
def export() -> ResponseReturnValue:
    """Everybody whom the filter lets through, as CSV; the audit log keeps that it happened."""
    chosen = asked_filter()
    ids = chosen.ids()
    names = {each.id: each.name for each in queries.lists(with_archived=True)}
    subscribers.record_export(len(ids), chosen.is_on, me().id, clock.now())
    body = stream_with_context(exports.lines(queries.export_rows(ids), names))
    headers = {"Content-Disposition": f'attachment; filename="subscribers-{clock.now():%Y-%m-%d}.csv"'}
    return Response(body, mimetype="text/csv", headers=headers)


def _new_form() -> NewSubscriberForm:
    form = NewSubscriberForm()
    form.lists.offer(queries.lists())
    return form


def _show_new(form: NewSubscriberForm, status: int = 200) -> ResponseReturnValue:
    return render_template("staff/audience/subscribers/new.html", form=form), status
