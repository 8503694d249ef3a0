"""Joining the mailing list: the form, and what the button behind the mailed link does."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from campaigns import clock
from campaigns.audience import consent, queries
from campaigns.audience.actions import joining
from campaigns.audience.forms import JoinForm
from campaigns.audience.models import MailingList, RequestKind
from campaigns.audience.public.buttons import check_button
from campaigns.errors import Invalid
from campaigns.staff.queries import get_organization
from campaigns.web import limits
from campaigns.web.forms import check_public_form, show_errors

bp = Blueprint("join", __name__)
confirm_bp = Blueprint("confirm", __name__)


@bp.get("")
def form() -> ResponseReturnValue:
    """The form for all public lists."""
    return _show(_form(queries.public_lists()), queries.public_lists())


@bp.get("/<slug>")
def form_of_list(slug: str) -> ResponseReturnValue:
    """The form for one list, which is chosen already."""
    lists = [queries.get_public_list(slug)]
    return _show(_form(lists), lists)


@bp.post("")
def join() -> ResponseReturnValue:
    """Ask for a confirmation; the answer is the same for every address."""
    return _join(queries.public_lists())


@bp.post("/<slug>")
def join_list(slug: str) -> ResponseReturnValue:
    """The same for one list."""
    return _join([queries.get_public_list(slug)])


@bp.get("/thanks")
def thanks() -> ResponseReturnValue:
    """What happens next."""
    return render_template("public/audience/thanks.html")


def _form(lists: list[MailingList]) -> JoinForm:
    made = JoinForm(data={"lists": [each.id for each in lists] if len(lists) == 1 else []})
    made.lists.offer(lists)
    made.is_agreed.label.text = consent.wording(get_organization().name)
    return made


def _join(lists: list[MailingList]) -> ResponseReturnValue:
    made = _form(lists)
    try:
        check_public_form("join")
    except Invalid as error:
        made.validate()
        show_errors(made, error)
        return _show(made, lists, 400)
    if not made.validate():
        return _show(made, lists, 400)
    joining.ask_to_join(
        address=made.address.value,
        list_ids=made.lists.data or [],
        first_name=made.first_name.data or "",
        wording=consent.wording(get_organization().name),
        network=limits.client_network(),
        now=clock.now(),
    )
    return redirect(url_for("join.thanks"), 303)


def _show(made: JoinForm, lists: list[MailingList], status: int = 200) -> ResponseReturnValue:
    hints = {str(each.id): each.description for each in lists if each.description}
    return render_template("public/audience/join.html", form=made, lists=lists, hints=hints), status


@confirm_bp.get("/<token>")
def ask(token: str) -> ResponseReturnValue:
    """The page with the button; opening it changes nothing, since mail scanners open links."""
    return _ask(token)


def _ask(token: str, problem: str = "") -> ResponseReturnValue:
    request = queries.find_request(token, clock.now())
    if request is None or request.kind == RequestKind.MY_DATA:
        return _gone()
    is_join = request.kind == RequestKind.JOIN
    names = queries.list_names(request.list_ids)
    words = {"token": token, "is_join": is_join, "names": names, "problem": problem}
    return render_template("public/audience/confirm.html", **words), 400 if problem else 200


@confirm_bp.post("/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Join, or change the address."""
    try:
        check_button("confirm")
    except Invalid as error:
        return _ask(token, str(error))
    if not joining.confirm(token, clock.now()):
        return _gone()
    return redirect(url_for("confirm.done"), 303)


@confirm_bp.get("/done")
def done() -> ResponseReturnValue:
    """It worked."""
    title = gettext("That is done")
    text = gettext("Thank you. Every mail from us has a link with which you can stop or pause at any time.")
    return render_template("public/audience/said.html", title=title, text=text)


@confirm_bp.get("/<token>/not-me")
def ask_not_me(token: str) -> ResponseReturnValue:
    """The page of "this was not me"."""
    if queries.find_request(token, clock.now()) is None:
        return _gone()
    return render_template("public/audience/not_me.html", token=token, problem="")


@confirm_bp.post("/<token>/not-me")
def not_me(token: str) -> ResponseReturnValue:
    """Never write to this address again."""
    try:
        check_button("confirm")
    except Invalid as error:
        return render_template("public/audience/not_me.html", token=token, problem=str(error)), 400
    if not joining.refuse(token, clock.now()):
        return _gone()
    return redirect(url_for("confirm.refused"), 303)


@confirm_bp.get("/refused")
def refused() -> ResponseReturnValue:
    """The address is suppressed."""
    title = gettext("Thank you for telling us")
    text = gettext("We will not write to this address again.")
    return render_template("public/audience/said.html", title=title, text=text)


def _gone() -> ResponseReturnValue:
    return render_template("public/audience/gone.html"), 404
