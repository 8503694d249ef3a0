"""The pages of sources: the list, one source, its rules, and what a person can do with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.digests import keywords
from campaigns.digests.actions import sources
from campaigns.digests.forms.sources import SourceForm, trust_choices
from campaigns.digests.models import Feed
from campaigns.digests.queries import sources as queries
from campaigns.digests.rules import health
from campaigns.errors import Conflict, Invalid
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors
from campaigns.web.paging import asked_page
from campaigns.web.wanted import json_is_wanted

bp = Blueprint("sources", __name__)


@dataclass(frozen=True)
class Asked:
    """Which sources a page is about, as its address says."""

    q: str
    folder: str
    trust: str
    state: str

    @property
    def is_on(self) -> bool:
        """Whether any is left out."""
        return bool(self.q or self.folder or self.trust or self.state)

    def args(self) -> dict[str, str]:
        """The same as the arguments of an address."""
        return {name: value for name, value in self.__dict__.items() if value}


def asked_filter() -> Asked:
    """The filter in the address of the present request."""
    words = {name: request.args.get(name, "").strip()[:200] for name in ("q", "folder", "trust", "state")}
    words["trust"] = words["trust"] if words["trust"] in trust_choices() else ""
    words["state"] = words["state"] if words["state"] in queries.STATES else ""
    return Asked(**words)


@bp.get("")
def index() -> ResponseReturnValue:
    """The sources, those with a problem first."""
    now, asked = clock.now(), asked_filter()
    page = queries.search_feeds(asked.q, asked.folder, asked.trust, asked.state, now, asked_page())
    return render_template(
        "staff/digests/sources/index.html",
        page=page,
        asked=asked,
        states=queries.STATES,
        folders=queries.folders(),
        trust=trust_choices(),
        health={feed.id: health.of(feed, now, since(now)) for feed in page.items},
        activity=queries.activity([feed.id for feed in page.items], now),
        none=queries.Activity(),
        now=now,
        is_outage=queries.is_outage(now),
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.get("/<int:id>")
def show(id: int) -> ResponseReturnValue:
    """One source: how it is doing, what it brought."""
    feed, now = queries.get_feed(id), clock.now()
    return render_template(
        "staff/digests/sources/show.html",
        feed=feed,
        state=health.of(feed, now, since(now)),
        activity=queries.activity([id], now).get(id, queries.Activity()),
        page=queries.entries_of(id, asked_page()),
        trust=trust_choices(),
        now=now,
        is_waiting=_is_waiting(feed, now),
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.get("/<int:id>/state.json")
def state(id: int) -> ResponseReturnValue:
    """Whether a source is being fetched, for its page."""
    feed = queries.get_feed(id)
    done = not _is_waiting(feed, clock.now())
    return jsonify(done=done, say="The source was read." if done else "")


@bp.get("/<int:id>/edit")
def edit(id: int) -> ResponseReturnValue:
    """The form for a source."""
    feed = queries.get_feed(id)
    return _show_form(feed, _form_of(feed))


@bp.post("/<int:id>/edit")
def update(id: int) -> ResponseReturnValue:
    """Change a source."""
    feed, form = queries.get_feed(id), SourceForm()
    if not form.validate():
        return _show_form(feed, form, 400)
    try:
        sources.change(id, form.version.data or 0, form.values(), me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _show_form(feed, form, 400)
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _show_form(feed, form, 409)
    flash("Saved.", "good")
    return redirect(url_for("sources.show", id=id), 303)


@bp.post("/<int:id>/try")
def try_rules(id: int) -> ResponseReturnValue:
    """What keyword rules would do with the latest entries; nothing is saved."""
    feed, form = queries.get_feed(id), SourceForm()
    tried = _tried(feed, form)
    if json_is_wanted():
        return jsonify(html=render_template("staff/digests/sources/tried.html", tried=tried))
    return _show_form(feed, form, tried=tried)


@bp.post("/<int:id>/fetch")
def fetch(id: int) -> ResponseReturnValue:
    """Have a source fetched as soon as manners allow."""
    at = sources.fetch_soon(id, me().id, clock.now())
    soon = (at - clock.now()).total_seconds() < 15
    flash(
        "It is fetched in a few seconds."
        if soon
        else f"It was fetched just now. We ask it again {clock.distance(at, clock.now())}; servers dislike more.",
        "info",
    )
    return redirect(url_for("sources.show", id=id), 303)


@bp.post("/<int:id>/pause")
def pause(id: int) -> ResponseReturnValue:
    """Stop fetching a source."""
    sources.pause(id, me().id, clock.now())
    return _with_undo(id, "The source is paused; nothing is fetched from it.", "sources.resume")


@bp.post("/<int:id>/resume")
def resume(id: int) -> ResponseReturnValue:
    """Fetch a source again."""
    sources.resume(id, me().id, clock.now())
    flash("The source is read again.", "good")
    return redirect(url_for("sources.show", id=id), 303)


@bp.post("/<int:id>/remove")
def remove(id: int) -> ResponseReturnValue:
    """Take a source away."""
    sources.remove(id, me().id, clock.now())
    message = {"text": "The source is removed.", "url": url_for("sources.restore", id=id)}
    flash(message, "undo")  # type: ignore[arg-type]
    return redirect(url_for("sources.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> ResponseReturnValue:
    """Bring a removed source back."""
    sources.restore(id, me().id, clock.now())
    flash("The source is back.", "good")
    return redirect(url_for("sources.show", id=id), 303)


@bp.post("/<int:id>/take-offer")
def take_offer(id: int) -> ResponseReturnValue:
    """Read the address that the site offers instead."""
    sources.take_offer(id, me().id, clock.now())
    return _with_undo(id, "From now on the new address is read.", "sources.move_back")


@bp.post("/<int:id>/move-back")
def move_back(id: int) -> ResponseReturnValue:
    """Go back to the address before a move."""
    sources.move_back(id, me().id, clock.now())
    flash("The earlier address is read again.", "good")
    return redirect(url_for("sources.show", id=id), 303)


def since(now: datetime) -> Any:
    """A function that says an instant as "since Tuesday", in the zone of the office."""
    zone = get_organization().zone
    return lambda at: health.since_words(at, now, lambda instant: clock.wall_time_of(instant, zone))


def _is_waiting(feed: Feed, now: datetime) -> bool:
    if not feed.is_active or feed.gone_at is not None:
        return False
    return feed.next_fetch_at <= now or (feed.claimed_until is not None and feed.claimed_until > now)


def _with_undo(id: int, text: str, endpoint: str) -> ResponseReturnValue:
    flash({"text": text, "url": url_for(endpoint, id=id)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("sources.show", id=id), 303)


def _form_of(feed: Feed) -> SourceForm:
    return SourceForm(
        formdata=None, obj=feed, data={"keep": "\n".join(feed.keep_words), "skip": "\n".join(feed.skip_words)}
    )


def _tried(feed: Feed, form: SourceForm) -> list[dict[str, Any]]:
    keep, skip = keywords.read(form.keep.data or ""), keywords.read(form.skip.data or "")
    return [
        {
            "title": entry.title or entry.url,
            "reason": keywords.why_skipped(
                keep[: keywords.MOST], skip[: keywords.MOST], entry.title, entry.text, *entry.categories
            ),
        }
        for entry in queries.recent_entries(feed.id)
    ]


def _show_form(
    feed: Feed, form: SourceForm, status: int = 200, tried: list[dict[str, Any]] | None = None
) -> ResponseReturnValue:
    page = render_template(
        "staff/digests/sources/edit.html",
        feed=feed,
        form=form,
        tried=_tried(feed, form) if tried is None else tried,
        folders=queries.folders(),
        categories=queries.categories(),
    )
    return page, status
