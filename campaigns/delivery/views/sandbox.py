"""The mail sandbox: every message of practice mode, shown as readers would see it and as it came over the wire.

Mail to one person alone may hold a link that opens an account or somebody's data, so only administrators see all of it.
Newsletters name their readers: writers see them if they keep the lists too, and else only what was sent to themselves.
"""

import re

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import config
from campaigns import clock
from campaigns.delivery.actions import emptying
from campaigns.delivery.sandbox.store import Entry, Reader, Store
from campaigns.errors import NotFound, Refused
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization, site_url
from campaigns.staff.rules import has_role
from campaigns.web.headers import own_policy
from campaigns.web.paging import Page, asked_page

bp = Blueprint("sandbox", __name__)

PER_PAGE = 25
SHOWN_BYTES = 300_000
VIEWS = {"rendered": "As readers see it", "text": "Plain text", "raw": "As it was sent"}
# No script, no form, nothing from elsewhere; a link opens a page of its own.
POLICY = (
    "default-src 'none'; img-src 'self' data: {site}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_BASE = '<base target="_blank">'


@bp.get("")
def index() -> str:
    """The messages, the newest first."""
    search = request.args.get("q", "").strip()
    store, reader = _store(), _reader()
    total = store.count(search, reader)
    number = min(asked_page(), max(1, -(-total // PER_PAGE)))
    page: Page[Entry] = Page(store.list(number, PER_PAGE, search, reader), number, PER_PAGE, total)
    return render_template(
        "staff/delivery/sandbox/index.html",
        page=page,
        q=search,
        everything=store.count(reader=reader),
        sees_all=reader is None,
        sees_newsletters=reader is None or reader.sees_newsletters,
    )


@bp.get("/<int:id>")
def show(id: int) -> str:
    """One message."""
    store, entry = _store(), _entry(id)
    message, raw = store.get(id), store.raw(id)
    view = request.args.get("view", "rendered" if message.html else "text")
    return render_template(
        "staff/delivery/sandbox/show.html",
        entry=entry,
        message=message,
        view=view if view in VIEWS else "text",
        views={name: word for name, word in VIEWS.items() if name != "rendered" or message.html},
        raw=raw[:SHOWN_BYTES].decode("utf-8", "replace"),
        is_cut=len(raw) > SHOWN_BYTES,
    )


@bp.get("/<int:id>/frame")
def frame(id: int) -> Response:
    """The HTML of one message, for a frame, under a policy of its own."""
    html = _store().get(_entry(id).id).html
    if not html:
        abort(404)
    opened = _HEAD.sub(lambda found: found[0] + _BASE, html, count=1)
    response = Response(opened if opened != html else _BASE + html, mimetype="text/html")
    return own_policy(response, POLICY.format(site=site_url()))


@bp.get("/<int:id>/message.eml")
def download(id: int) -> Response:
    """One message as a file."""
    response = Response(_store().raw(_entry(id).id), mimetype="message/rfc822")
    response.headers["Content-Disposition"] = f"attachment; filename=message-{id}.eml"
    return response


@bp.post("/empty")
@needs(RoleName.ADMINISTRATOR)
def empty() -> ResponseReturnValue:
    """Throw all messages away."""
    count = _store().clear()
    emptying.record_emptied(count, me().id, clock.now())
    flash("The sandbox is empty.", "success")
    return redirect(url_for("sandbox.index"), 303)


def _store() -> Store:
    return Store(config.load().sandbox_dir)


def _entry(id: int) -> Entry:
    entry = _store().entry(id)
    if not entry.is_for(_reader()):
        raise NotFound("That message is no longer in the sandbox.")
    return entry


def _reader() -> Reader | None:
    """Whose eyes the sandbox is shown to: None for an administrator, who sees everything."""
    if has_role(me(), RoleName.ADMINISTRATOR):
        return None
    if not get_organization().is_practice:
        raise Refused("The office is live. Only administrators may look at the mail of its practice time.")
    return Reader(me().email, has_role(me(), RoleName.LIST_KEEPER))
