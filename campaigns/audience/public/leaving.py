"""The link in every newsletter: leaving and pausing, by a page with buttons or by a mail provider's one click."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from campaigns import clock
from campaigns.audience import links, queries, rules
from campaigns.audience.actions import preferences
from campaigns.audience.consent import Channel
from campaigns.audience.public.buttons import check_button
from campaigns.errors import Invalid
from campaigns.web import limits

bp = Blueprint("leaving", __name__)


@bp.get("/<token>")
def ask(token: str) -> ResponseReturnValue:
    """The page with the buttons; opening it changes nothing. One that we did not seal looks the same."""
    return _ask(token)


def _ask(token: str, problem: str = "") -> ResponseReturnValue:
    copy = links.read_leave_token(token)
    names = queries.list_names(copy.list_ids) if copy else []
    is_test = copy is not None and copy.is_test
    page = render_template(
        "public/audience/leave.html", token=token, names=names, is_test=is_test, pauses=rules.PAUSES, problem=problem
    )
    return page, 400 if problem else 200


@bp.post("/<token>")
def act(token: str) -> ResponseReturnValue:
    """Leave at once for a mail provider (RFC 8058), else do what the person's button says."""
    if request.form.get("List-Unsubscribe") == "One-Click":
        preferences.leave_by_link(token, Channel.ONE_CLICK, clock.now())
        return "Done.\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
    try:
        check_button("leave")
    except Invalid as error:
        return _ask(token, str(error))
    do = request.form.get("do", "")
    if do == "data":
        preferences.ask_for_link_by_copy(token, limits.client_network(), clock.now())
        return redirect(url_for("preferences.mailed"), 303)
    if do in {str(days) for days in rules.PAUSES}:
        preferences.pause_by_link(token, int(do), clock.now())
        return redirect(url_for("leaving.paused", days=do), 303)
    preferences.leave_by_link(token, Channel.NEWSLETTER_LINK, clock.now())
    return redirect(url_for("leaving.left"), 303)


@bp.get("/left")
def left() -> ResponseReturnValue:
    """It worked."""
    title = gettext("You will not get this mail again")
    text = gettext("A mail that is already on its way may still arrive. You can close this page.")
    return render_template("public/audience/said.html", title=title, text=text)


@bp.get("/paused/<int:days>")
def paused(days: int) -> ResponseReturnValue:
    """It worked."""
    title = gettext("We will write again later")
    text = gettext("You will hear nothing from us for %(days)s days.", days=days)
    return render_template("public/audience/said.html", title=title, text=text)
