"""Connecting a channel: the steps in plain words, what to enter, and the way over the network's own page."""

import base64
import hashlib

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.db import end_reading
from campaigns.errors import Invalid, OutsideError
from campaigns.social import accounts, forms, queries
from campaigns.social.actions import channels as actions
from campaigns.social.models import Channel
from campaigns.social.networks import webhook
from campaigns.social.networks.known import NETWORKS, network
from campaigns.social.networks.port import Network, Verified
from campaigns.staff.guards import me
from campaigns.staff.queries import get_organization, site_url
from campaigns.web.forms import show_errors

bp = Blueprint("connecting", __name__)


@bp.get("/new")
def choose() -> str:
    """The networks there are."""
    return render_template("staff/social/channels/choose.html", networks=NETWORKS)


@bp.get("/new/<name>")
def new(name: str) -> str:
    """What to do on the network, and what to enter here."""
    kind = network(name)
    return _page(kind, forms.connect_form(kind, is_new=True))


@bp.post("/new/<name>")
def connect(name: str) -> ResponseReturnValue:
    """Ask the network who we are, and keep the channel if it knows us."""
    kind = network(name)
    form = forms.connect_form(kind, is_new=True)
    if not form.validate_on_submit():
        return _page(kind, form), 400
    entered = form.credentials(kind)
    try:
        server = forms.server_of(form["server"].data or "", kind) if kind.may_choose_server else ""
        verified = None if _goes_over_page(kind, entered) else _verify(kind, server, entered)
        made = actions.connect(
            name=form["name"].data or "",
            network_name=name,
            base_url=server,
            credentials=entered,
            verified=verified,
            zone=get_organization().zone,
            user_id=me().id,
            now=clock.now(),
        )
    except (Invalid, OutsideError) as error:
        show_errors(form, error if isinstance(error, Invalid) else Invalid(str(error)))
        return _page(kind, form), 400
    if verified is None:
        flash(f"Saved. One more step: sign in to {kind.label}.", "success")
    else:
        flash(f"Connected as {verified.handle}. Nothing was posted.", "success")
    return redirect(url_for("channels.show", id=made), 303)


@bp.get("/<int:id>/credentials")
def again(id: int) -> str:
    """What to enter when access ended; what is stored is never shown."""
    channel = queries.get_channel(id)
    kind = network(channel.network)
    return _page(kind, forms.connect_form(kind, is_new=False), channel)


@bp.post("/<int:id>/credentials")
def replace(id: int) -> ResponseReturnValue:
    """Put fresh credentials in place of the old ones, if the network knows us by them."""
    channel = queries.get_channel(id)
    kind = network(channel.network)
    form = forms.connect_form(kind, is_new=False)
    if not form.validate_on_submit():
        return _page(kind, form, channel), 400
    entered = form.credentials(kind)
    try:
        verified = _verify(kind, channel.base_url, entered)
    except OutsideError as error:
        show_errors(form, Invalid(str(error)))
        return _page(kind, form, channel), 400
    actions.sign_in_again(id, entered, verified, me().id, clock.now())
    flash(f"It works again, as {verified.handle}. Decide now about what was held.", "success")
    return redirect(url_for("channels.show", id=id), 303)


@bp.post("/<int:id>/sign-in")
def begin(id: int) -> ResponseReturnValue:
    """Prepare the way to the network's own page, which leads back here."""
    channel = queries.get_channel(id)
    kind = network(channel.network)
    account = accounts.account(channel, accounts.credentials_of(channel), _keep_nothing)
    if not kind.has_sign_in_page or not account.credentials.get("client_id"):
        raise Invalid("This channel is connected by what is entered here.")
    state, verifier = actions.begin_sign_in(id, me().id, clock.now())
    url = kind.sign_in_url(account, state, challenge(verifier), back_address())
    return render_template("staff/social/channels/away.html", channel=channel, network=kind, url=url)


@bp.get("/came-back")
def came_back() -> str:
    """Where the network's page leads to. Nothing has happened yet; the button acts."""
    given = {name: request.args.get(name, "") for name in ("state", "code", "error")}
    return render_template("staff/social/channels/came_back.html", given=given)


@bp.post("/came-back")
def finish() -> ResponseReturnValue:
    """Exchange what the network gave for access; its state must be ours, fresh and unused."""
    state, code = request.form.get("state", ""), request.form.get("code", "")
    if not code:
        raise Invalid("The network gave no permission. You can begin again on the page of the channel.")
    channel_id, verifier = actions.use_sign_in(state, me().id, clock.now())
    channel = queries.get_channel(channel_id)
    kind = network(channel.network)
    account = accounts.account(channel, accounts.credentials_of(channel), _keep_nothing)
    base_url = channel.base_url
    end_reading()
    try:
        fresh = kind.sign_in(account, code, verifier, back_address())
        verified = _verify(kind, base_url, fresh)
    except OutsideError as error:
        flash(f"The sign-in failed. {account.hide(str(error))}", "error")
        return redirect(url_for("channels.show", id=channel_id), 303)
    actions.sign_in_again(channel_id, fresh, verified, me().id, clock.now())
    flash(f"Signed in as {verified.handle}. Nothing was posted.", "success")
    return redirect(url_for("channels.show", id=channel_id), 303)


def challenge(verifier: str) -> str:
    """What the network sees of the verifier at first (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def back_address() -> str:
    """The address that must be entered at the network."""
    return f"{site_url()}{url_for('connecting.came_back')}"


def _verify(kind: Network, base_url: str, entered: dict[str, str]) -> Verified:
    channel = Channel(id=0, network=kind.name, base_url=base_url, limits={})
    account = accounts.account(channel, entered, _keep_nothing)
    end_reading()
    try:
        return kind.verify(account)
    except OutsideError as error:
        raise OutsideError(account.hide(str(error)), error.outcome) from error


def _goes_over_page(kind: Network, entered: dict[str, str]) -> bool:
    return kind.has_sign_in_page and "client_id" in entered and "token_secret" not in entered


def _keep_nothing(_fresh: dict[str, str]) -> None:
    """What is only tried is not stored; tokens made by the try are made again when they are needed."""


def _page(kind: Network, form: forms.ConnectForm, channel: Channel | None = None) -> str:
    return render_template(
        "staff/social/channels/connect.html",
        network=kind,
        form=form,
        channel=channel,
        back=back_address(),
        suggestion=webhook.new_secret() if kind.name == "webhook" else "",
    )
