"""One's own data and choices, behind a fresh link that is mailed to the address and works for 30 minutes."""

import json

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from campaigns import clock
from campaigns.audience import consent, queries
from campaigns.audience.actions import preferences
from campaigns.audience.forms import RHYTHMS, AskForm, NewAddressForm, PreferencesForm
from campaigns.audience.models import RequestKind, Subscriber
from campaigns.audience.public.buttons import check_button
from campaigns.delivery import addresses
from campaigns.errors import Invalid
from campaigns.staff.queries import get_organization
from campaigns.web import limits
from campaigns.web.forms import check_public_form, show_errors

bp = Blueprint("preferences", __name__)
bp.add_app_template_filter(addresses.display, "address")


@bp.get("")
def ask() -> ResponseReturnValue:
    """The form that asks for the link."""
    return render_template("public/audience/ask.html", form=AskForm())


@bp.post("")
def mail_link() -> ResponseReturnValue:
    """Mail the link; the answer is the same for every address."""
    form = AskForm()
    try:
        check_public_form("ask")
    except Invalid as error:
        form.validate()
        show_errors(form, error)
        return render_template("public/audience/ask.html", form=form), 400
    if not form.validate():
        return render_template("public/audience/ask.html", form=form), 400
    preferences.ask_for_link(form.address.value, limits.client_network(), clock.now())
    return redirect(url_for("preferences.mailed"), 303)


@bp.get("/mailed")
def mailed() -> ResponseReturnValue:
    """What happens next."""
    title = gettext("Please check your mail")
    text = gettext(
        "If this address is on our mailing list, a link is on its way to it. It works for 30 minutes. "
        "For safety we mail only a few links a day."
    )
    return render_template("public/audience/said.html", title=title, text=text)


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Everything that is stored about a person, and the choices."""
    subscriber = _subscriber(token)
    return _show(token, subscriber) if subscriber else _gone()


@bp.post("/<token>")
def save(token: str) -> ResponseReturnValue:
    """Keep the choices."""
    subscriber = _subscriber(token)
    if subscriber is None:
        return _gone()
    form = _form(subscriber)
    try:
        check_button("preferences")
    except Invalid as error:
        show_errors(form, error)
        return _show(token, subscriber, form, 400)
    if not form.validate():
        return _show(token, subscriber, form, 400)
    organization = get_organization()
    is_saved = preferences.save(
        token,
        list_ids=form.lists.data or [],
        first_name=form.first_name.data or "",
        last_name=form.last_name.data or "",
        language=form.language.data,
        contact_mode=form.contact_mode.data,
        paused_until=form.paused_until.instant(organization.zone),
        rhythms={list_id: request.form.get(f"rhythm-{list_id}", "") for list_id in queries.list_rhythms()},
        wording=consent.wording(organization.name),
        now=clock.now(),
    )
    return redirect(url_for("preferences.saved", token=token), 303) if is_saved else _gone()


@bp.get("/<token>/saved")
def saved(token: str) -> ResponseReturnValue:
    """It worked."""
    if _subscriber(token) is None:
        return _gone()
    return render_template("public/audience/saved.html", token=token)


@bp.post("/<token>/address")
def change_address(token: str) -> ResponseReturnValue:
    """Mail a confirmation to a new address; the answer is the same whether it is known here or not."""
    subscriber = _subscriber(token)
    if subscriber is None:
        return _gone()
    form = NewAddressForm()
    try:
        check_button("preferences")
    except Invalid as error:
        show_errors(form, error)
        return _show(token, subscriber, _form(subscriber, is_submitted=False), 400, form)
    if not form.validate():
        return _show(token, subscriber, _form(subscriber, is_submitted=False), 400, form)
    preferences.ask_address_change(token, form.address.value, limits.client_network(), clock.now())
    return redirect(url_for("preferences.address_asked"), 303)


@bp.get("/address-asked")
def address_asked() -> ResponseReturnValue:
    """What happens next."""
    title = gettext("Please check your mail")
    text = gettext(
        "We wrote to the new address. Press the button behind the link there; until then nothing changes. "
        "An address that we must not write to gets nothing."
    )
    return render_template("public/audience/said.html", title=title, text=text)


@bp.get("/<token>/data.json")
def download(token: str) -> ResponseReturnValue:
    """Everything that is stored about a person, for themselves or for a program."""
    subscriber = _subscriber(token)
    if subscriber is None:
        return _gone()
    body = json.dumps(_data(subscriber), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(body + "\n", mimetype="application/json", headers=headers)


@bp.get("/<token>/erase")
def ask_erase(token: str) -> ResponseReturnValue:
    """The page that says what erasing means."""
    return render_template("public/audience/erase.html", token=token, problem="") if _subscriber(token) else _gone()


@bp.post("/<token>/erase")
def erase(token: str) -> ResponseReturnValue:
    """Erase everything about a person."""
    try:
        check_button("preferences")
    except Invalid as error:
        return render_template("public/audience/erase.html", token=token, problem=str(error)), 400
    return redirect(url_for("preferences.erased"), 303) if preferences.erase(token, clock.now()) else _gone()


@bp.get("/erased")
def erased() -> ResponseReturnValue:
    """It worked."""
    title = gettext("Everything about you is erased")
    text = gettext("We will not write again. You can come back at any time through the page where people join.")
    return render_template("public/audience/said.html", title=title, text=text)


def _subscriber(token: str) -> Subscriber | None:
    request = queries.find_request(token, clock.now())
    if request is None or request.kind != RequestKind.MY_DATA or request.subscriber_id is None:
        return None
    return queries.find_subscriber(request.subscriber_id)


def _form(subscriber: Subscriber, *, is_submitted: bool = True) -> PreferencesForm:
    held = {
        each.list_id for each in queries.memberships_of([subscriber.id])[subscriber.id] if each.state == "confirmed"
    }
    until = subscriber.paused_until
    zone = get_organization().zone
    form = PreferencesForm(
        **({} if is_submitted else {"formdata": None}),
        data={
            "lists": sorted(held),
            "first_name": subscriber.first_name,
            "last_name": subscriber.last_name,
            "language": subscriber.language,
            "contact_mode": subscriber.contact_mode,
            "paused_until": clock.wall_time_of(until, zone).date() if until and until > clock.now() else None,
        },
    )
    form.lists.offer([each for each in queries.lists() if each.is_public or each.id in held])
    return form


def _show(
    token: str,
    subscriber: Subscriber,
    form: PreferencesForm | None = None,
    status: int = 200,
    address_form: NewAddressForm | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "public/audience/preferences.html",
        token=token,
        subscriber=subscriber,
        form=form or _form(subscriber),
        address_form=address_form or NewAddressForm(formdata=None),
        rhythms=_rhythms(subscriber),
        hints={str(each.id): each.description for each in queries.lists() if each.description},
        wording=consent.wording(get_organization().name),
    )
    return page, status


def _rhythms(subscriber: Subscriber) -> list[dict[str, object]]:
    """How often each list can be had that offers more than one rhythm, and what the person has now."""
    chosen = {each.list_id: each.rhythm for each in queries.memberships_of([subscriber.id])[subscriber.id]}
    offered = queries.list_rhythms()
    found: list[dict[str, object]] = []
    for each in queries.lists():
        keys = ["", *(row.key for row in offered.get(each.id, []))]
        if len(keys) > 1:
            now = chosen.get(each.id, "")
            options = [
                {"key": key, "words": RHYTHMS[key], "is_on": key == (now if now in keys else "")} for key in keys
            ]
            found.append({"id": each.id, "name": each.name, "options": options})
    return found


def _data(subscriber: Subscriber) -> dict[str, object]:
    names = {each.id: each.name for each in queries.lists(with_archived=True)}
    held = queries.memberships_of([subscriber.id])[subscriber.id]
    events = queries.history_of(subscriber.id)
    return {
        "address": subscriber.address,
        "first_name": subscriber.first_name,
        "last_name": subscriber.last_name,
        "language": subscriber.language,
        "how_to_write": subscriber.contact_mode,
        "paused_until": subscriber.paused_until.isoformat() if subscriber.paused_until else None,
        "since": subscriber.created_at.isoformat(),
        "lists": [
            {
                "list": names[each.list_id],
                "state": each.state,
                "since": each.changed_at.isoformat(),
                "how_often": str(RHYTHMS.get(each.rhythm, each.rhythm)),
            }
            for each in held
        ],
        "history": [
            {"at": each.at.isoformat(), "what": each.event, "list": names.get(each.list_id or 0), "how": each.channel}
            for each in events
        ],
    }


def _gone() -> ResponseReturnValue:
    return render_template("public/audience/gone_link.html"), 404
