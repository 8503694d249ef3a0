"""Channels: which there are, how each stands, its slots and limits; hold and release it, take it away."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Conflict, Invalid, OutsideError
from campaigns.social import due, forms, preparing, publishing, queries, rules, times
from campaigns.social.actions import channels as actions
from campaigns.social.models import Channel
from campaigns.social.networks.known import NETWORKS, network
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors
from campaigns.web.paging import asked_page

bp = Blueprint("channels", __name__)


@bp.get("")
def index() -> str:
    """Every channel and how it stands."""
    shown = queries.channels()
    now = clock.now()
    return render_template(
        "staff/social/channels/index.html",
        channels=shown,
        networks=NETWORKS,
        next_slots={one.id: next(times.slot_times(queries.slots_of(one.id), one.zone, now), None) for one in shown},
        may_connect=has_role(me(), RoleName.ADMINISTRATOR),
    )


@bp.get("/<int:id>")
def show(id: int) -> str:
    """One channel: what it did, its slots, and what can be done with it."""
    return _page(queries.get_channel(id))


@bp.post("/<int:id>/test")
def test(id: int) -> ResponseReturnValue:
    """Ask the network who we are. Nothing is posted."""
    try:
        verified = publishing.verify(id)
    except OutsideError as error:
        flash(f"The test failed. {error}", "error")
        return redirect(url_for("channels.show", id=id), 303)
    actions.record_test(id, verified, me().id, clock.now())
    flash(f"It works: the network knows us as {verified.handle}. Nothing was posted.", "success")
    return redirect(url_for("channels.show", id=id), 303)


@bp.get("/<int:id>/edit")
@needs(RoleName.ADMINISTRATOR)
def edit(id: int) -> str:
    """The form of what the office decides about it."""
    channel = queries.get_channel(id)
    cap = channel.monthly_cap_mills
    values = {
        "name": channel.name,
        "zone": channel.zone,
        "spacing_minutes": channel.spacing_minutes,
        "monthly_cap": f"{cap / 1_000:.2f}" if cap is not None else "",
        "version": str(channel.version),
    }
    return _edit_page(channel, _form(channel, forms.ChannelForm(formdata=None, data=values)))


@bp.post("/<int:id>/edit")
@needs(RoleName.ADMINISTRATOR)
def save(id: int) -> ResponseReturnValue:
    """Change it."""
    channel = queries.get_channel(id)
    form = _form(channel, forms.ChannelForm())
    if not form.validate():
        return _edit_page(channel, form), 400
    try:
        actions.change(
            id,
            forms.posted_number(form.version.data) or 0,
            name=form.name.data or "",
            zone=form.zone.data or "",
            spacing_minutes=form.spacing_minutes.data or 0,
            monthly_cap_mills=form.cap_mills,
            user_id=me().id,
            now=clock.now(),
        )
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _edit_page(channel, form), 409
    flash("Saved.", "success")
    return redirect(url_for("channels.show", id=id), 303)


@bp.get("/<int:id>/slots")
@needs(RoleName.APPROVER)
def slots(id: int) -> str:
    """The weekly slots, a line a day."""
    lines = {f"day-{day}": "" for day in range(7)}
    for slot in queries.slots_of(id):
        name = f"day-{slot.weekday}"
        lines[name] = ", ".join(filter(None, [lines[name], f"{slot.at:%H:%M}"]))
    return _slots_page(queries.get_channel(id), lines, {})


@bp.post("/<int:id>/slots")
def save_slots(id: int) -> ResponseReturnValue:
    """Change the slots."""
    channel = queries.get_channel(id)
    try:
        actions.set_slots(id, forms.read_slots(request.form), me().id, clock.now())
    except Invalid as error:
        lines = {f"day-{day}": request.form.get(f"day-{day}", "") for day in range(7)}
        return _slots_page(channel, lines, error.fields), 400
    flash("The slots are saved. “Next free slot” uses them from now on.", "success")
    return redirect(url_for("channels.show", id=id), 303)


@bp.post("/<int:id>/hold")
def hold(id: int) -> ResponseReturnValue:
    """Let nothing out on it."""
    form = forms.HoldForm()
    channel = queries.get_channel(id)
    if not form.validate_on_submit():
        return _page(channel, form), 400
    actions.hold(id, form.reason.data or "", me().id, clock.now())
    flash(f"{channel.name} is held. What comes due there waits for a decision.", "warning")
    return redirect(url_for("channels.show", id=id), 303)


@bp.post("/<int:id>/release")
def release(id: int) -> ResponseReturnValue:
    """Let it publish again."""
    actions.release(id, me().id, clock.now())
    flash("It publishes again. Decide now about what was held.", "success")
    return redirect(url_for("publications.held"), 303)


@bp.post("/<int:id>/remove")
@needs(RoleName.ADMINISTRATOR)
def remove(id: int) -> ResponseReturnValue:
    """Take it away."""
    name = queries.get_channel(id).name
    actions.remove(id, me().id, clock.now())
    flash(f"{name} is taken away, and its access is forgotten. What was posted there stays there.", "success")
    return redirect(url_for("channels.index"), 303)


def _form(channel: Channel, form: forms.ChannelForm) -> forms.ChannelForm:
    zones = {channel.zone: channel.zone, **forms.ZONES}
    form.zone.choices = [forms.choice(name, words) for name, words in zones.items()]
    return form


def _edit_page(channel: Channel, form: forms.ChannelForm) -> str:
    has_price = bool(network(channel.network).price(preparing.EMPTY))
    return render_template("staff/social/channels/edit.html", channel=channel, form=form, has_price=has_price)


def _slots_page(channel: Channel, lines: dict[str, str], errors: dict[str, str]) -> str:
    days = [(f"day-{number}", name) for number, name in enumerate(forms.DAYS)]
    return render_template("staff/social/channels/slots.html", channel=channel, lines=lines, errors=errors, days=days)


def _page(channel: Channel, form: forms.HoldForm | None = None) -> str:
    now = clock.now()
    kind = network(channel.network)
    page = queries.publications_of_channel(channel.id, asked_page())
    since = times.month_start(now, channel.zone)
    until = times.month_start(since.replace(day=28) + clock.DAY * 7, channel.zone)
    return render_template(
        "staff/social/channels/show.html",
        channel=channel,
        network=kind,
        form=form or forms.HoldForm(formdata=None),
        slots=queries.slots_of(channel.id),
        days=forms.DAYS,
        page=page,
        titles=queries.titles_of([one.post_id for one in page.items]),
        next_times={one.id: due.next_time(one, channel) for one in page.items},
        spent=rules.money(queries.spent(channel.id, since, until)) if kind.price(preparing.EMPTY) else "",
        cap=rules.money(channel.monthly_cap_mills) if channel.monthly_cap_mills is not None else "",
        may_change=has_role(me(), RoleName.ADMINISTRATOR),
        may_hold=has_role(me(), RoleName.APPROVER),
    )
