"""Where bounces go: the return address, the mailbox they are read in, the services that report them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, http, tokens
from campaigns.db import end_reading
from campaigns.delivery.bounces import polling, queries
from campaigns.delivery.bounces.actions import mailboxes, services
from campaigns.delivery.bounces.forms import MailboxForm, ServiceForm
from campaigns.delivery.bounces.models import Webhook
from campaigns.delivery.bounces.webhooks import ses
from campaigns.errors import Conflict, Invalid, OutsideError
from campaigns.staff.guards import me
from campaigns.staff.queries import get_organization
from campaigns.web.forms import show_errors

bp = Blueprint("bounces", __name__)

NAMES = {"ses": "Amazon SES", "sendgrid": "SendGrid", "mailgun": "Mailgun", "postmark": "Postmark", "generic": "Other"}


@bp.get("")
def show() -> str:
    """The settings, without secrets of others."""
    return _page(MailboxForm(formdata=None, obj=queries.mailbox()))


@bp.post("")
def save() -> ResponseReturnValue:
    """Keep return address and mailbox."""
    form = MailboxForm()
    if not form.validate():
        return _page(form), 400
    version = form.version.data or ""
    try:
        mailboxes.save(form.wanted, int(version) if version.isdigit() else 0, me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(form), 400
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _page(form), 409
    flash("Saved. Now test whether the mailbox opens." if form.wanted.host else "Saved.", "success")
    return redirect(url_for("bounces.show"), 303)


@bp.post("/test")
def test() -> ResponseReturnValue:
    """Open the mailbox once, and change nothing in it."""
    try:
        flash(polling.try_out(), "success")
    except OutsideError as error:
        flash(str(error), "error")
    return redirect(url_for("bounces.show"), 303)


@bp.get("/services/new")
def new_service() -> str:
    """The form of a new connection."""
    return _service_form(ServiceForm(formdata=None))


@bp.post("/services/new")
def add_service() -> ResponseReturnValue:
    """Make an address that a service reports to."""
    form = ServiceForm()
    if not form.validate():
        return _service_form(form), 400
    try:
        made = services.add(form.provider.data or "", form.secret.data or "", me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _service_form(form), 400
    return redirect(url_for("bounces.service", id=made), 303)


@bp.get("/services/<int:id>")
def service(id: int) -> str:
    """How to connect a service, step by step, with the values it needs."""
    webhook = queries.get_webhook(id)
    return render_template(
        "staff/delivery/bounces/service.html",
        webhook=webhook,
        name=NAMES[webhook.provider],
        url=_url(webhook),
        secret=tokens.decrypt(services.SECRET, webhook.secret_sealed) or "",
    )


@bp.post("/services/<int:id>/confirm")
def confirm_service(id: int) -> ResponseReturnValue:
    """Confirm the topic of Amazon that asked."""
    webhook = queries.get_webhook(id)
    if not webhook.confirm_url or not ses.ours(webhook.confirm_url):
        flash("No topic asks to be confirmed. In Amazon SNS, request the confirmation again.", "warning")
        return redirect(url_for("bounces.service", id=id), 303)
    url = webhook.confirm_url
    end_reading()
    try:
        if not http.get(url, limits=http.Limits(seconds=10, wire_bytes=65_536, redirects=0)).is_ok:
            raise OutsideError("Amazon did not accept the confirmation. Request it again in Amazon SNS.", "failed")
        services.confirm(id, me().id, clock.now())
        flash("Confirmed. From now on Amazon reports what comes back.", "success")
    except OutsideError as error:
        flash(str(error), "error")
    return redirect(url_for("bounces.service", id=id), 303)


@bp.post("/services/<int:id>/remove")
def remove_service(id: int) -> ResponseReturnValue:
    """Take a connection away."""
    services.remove(id, me().id, clock.now())
    flash("Removed. What the service still sends there is refused.", "success")
    return redirect(url_for("bounces.show"), 303)


def _url(webhook: Webhook) -> str:
    token = tokens.decrypt(services.TOKEN, webhook.token_sealed) or ""
    return get_organization().public_url.rstrip("/") + url_for("webhooks.take", token=token)


def _service_form(form: ServiceForm) -> str:
    return render_template("staff/delivery/bounces/new_service.html", form=form)


def _page(form: MailboxForm) -> str:
    form.password.data = None
    mailbox = queries.mailbox()
    return render_template(
        "staff/delivery/bounces/show.html",
        form=form,
        mailbox=mailbox,
        has_password=bool(mailbox and mailbox.password_sealed),
        services=queries.webhooks(),
        names=NAMES,
        unread=queries.unread_reports(),
    )
