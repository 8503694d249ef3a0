"""The composer: one ordinary form, and beside it what every channel would show, counted as the network counts."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Invalid, OutsideError, Refused
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.social import cards, forms, posting, preparing, queries, rules, times
from campaigns.social.actions import writing
from campaigns.social.documents import Document, read_document
from campaigns.social.models import Post
from campaigns.social.networks.known import NETWORKS
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName

bp = Blueprint("compose", __name__)


@bp.get("/new")
@needs(RoleName.WRITER)
def new() -> str:
    """An empty post; it is kept when it is saved."""
    zone = staff.get_organization().zone
    day = forms.posted_day(request.args.get("on"))
    document = read_document(posting.empty(zone, day))
    return _page(None, document, campaign_id=forms.posted_number(request.args.get("campaign")))


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Keep a new post, then do what the pressed button says."""
    typed = posting.read(request.form)
    campaign_id = forms.posted_number(request.form.get("campaign"))
    try:
        typed = _with_uploads(typed)
        document, said = _commanded(typed, 0)
        made = writing.create(document, me().id, clock.now(), campaign_id)
    except Invalid as error:
        return _page(None, _lenient(typed), posting.field_errors(error.fields), campaign_id), 400
    return _go_on(made, said)


@bp.get("/<int:id>/edit")
@needs(RoleName.WRITER)
def edit(id: int) -> ResponseReturnValue:
    """Write a draft; what is no draft is opened on its own page."""
    post = queries.get_post(id)
    if post.state != ItemState.DRAFT or post.binned_at:
        return redirect(url_for("posts.show", id=id))
    return _page(post, queries.document_of(post))


@bp.post("/<int:id>/edit")
def save(id: int) -> ResponseReturnValue:
    """Keep what was typed, then do what the pressed button says."""
    post = queries.get_post(id)
    if post.state != ItemState.DRAFT or post.binned_at:
        raise Refused("This is no longer a draft, so it cannot be changed here. Open it again to see where it stands.")
    typed = posting.read(request.form)
    version = forms.posted_number(request.form.get("version")) or 0
    try:
        typed = _with_uploads(typed)
        document, said = _commanded(typed, id)
        writing.save(id, version, document, me().id, clock.now())
        writing.file_under(id, forms.posted_number(request.form.get("campaign")), me().id, clock.now())
    except writing.Changed as clash:
        return _page(post, _lenient(typed), clash=clash), 409
    except Invalid as error:
        return _page(post, _lenient(typed), posting.field_errors(error.fields)), 400
    return _go_on(id, said)


@bp.post("/look")
def look() -> ResponseReturnValue:
    """The same side of the page for what is being typed, for the script; nothing is kept."""
    try:
        document = read_document(posting.read(request.form))
    except Invalid as error:
        return jsonify(detail=str(error)), 400
    post_id = forms.posted_number(request.form.get("post")) or 0
    campaign_id = forms.posted_number(request.form.get("campaign"))
    return jsonify(side=render_template("staff/social/parts/side.html", **_side(post_id, document, campaign_id)))


def _go_on(id: int, said: str) -> ResponseReturnValue:
    if request.form.get("do") == "check":
        return redirect(url_for("post_review.check", id=id), 303)
    flash(said or "Saved.", "success")
    return redirect(url_for("compose.edit", id=id), 303)


def _commanded(typed: dict[str, Any], post_id: int) -> tuple[dict[str, Any], str]:
    """What was typed after the pressed button did its part, and what to say about it."""
    command, _, which = request.form.get("do", "save").partition(":")
    if command == "remove":
        typed = {**typed, "pictures": [use for use in typed["pictures"] if use["token"] != which]}
    elif command == "tags":
        chosen = next((one for one in queries.hashtag_sets() if str(one.id) == request.form.get("hashtags")), None)
        if chosen is not None:
            typed = {**typed, "text": posting.with_hashtags(typed["text"], chosen.tags)}
    elif command == "slot":
        return _in_next_slot(typed, post_id)
    elif command == "card":
        return _with_card(typed)
    return typed, ""


def _in_next_slot(typed: dict[str, Any], post_id: int) -> tuple[dict[str, Any], str]:
    """The post at the next slot of its first channel that has any, where nothing else lies close on any of them."""
    document, now = read_document(typed), clock.now()
    found = queries.channels_by_id(document.channels)
    with_slots = [one for key in document.channels if (one := found.get(key)) and queries.slots_of(one.id)]
    if not with_slots:
        raise Invalid({"send_day": "None of the chosen channels has slots. Slots are set on the page of a channel."})
    channel = with_slots[0]
    spacing = timedelta(minutes=max(one.spacing_minutes for one in found.values()))
    taken = queries.taken(document.channels, post_id, now - spacing)
    slots = times.slot_times(queries.slots_of(channel.id), channel.zone, now + rules.STOP_WINDOW)
    at = times.next_free(slots, taken, spacing)
    if at is None:
        raise Invalid({"send_day": f"All slots of {channel.name} are taken for half a year. Choose a time yourself."})
    wall = clock.wall_time_of(at, channel.zone).strftime("%Y-%m-%dT%H:%M")
    said = f"The next free slot of {channel.name} is {clock.friendly(at, channel.zone, now)}."
    return {**typed, "send_mode": "at", "send_wall": wall, "send_zone": channel.zone}, said


def _with_card(typed: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The post with what the page behind its link says about itself."""
    link = read_document(typed).link
    if not link:
        raise Invalid({"link": "Enter the link first."})
    try:
        found = cards.fetch(link)
    except OutsideError as error:
        raise Invalid({"link": str(error)}) from error
    said = "The card says what the page says about itself." if found.title else "The page says nothing about itself."
    return {**typed, "card": {"title": found.title, "description": found.description}}, said


def _with_uploads(typed: dict[str, Any]) -> dict[str, Any]:
    """What was typed, with the chosen files as pictures behind those that are there."""
    pictures = list(typed["pictures"])
    for given in request.files.getlist("files"):
        if given and given.filename:
            token = writing.add_picture(given.read(), me().id, clock.now()).token
            if token not in {use["token"] for use in pictures}:
                pictures.append({"token": token, "alt": "", "is_decorative": False, "reason": ""})
    return {**typed, "pictures": pictures}


def _lenient(typed: dict[str, Any]) -> Document:
    """What was typed, as far as it can be shown again beside its errors."""
    try:
        return read_document(typed)
    except Invalid as error:
        wrong = {path.partition(".")[0] for path in error.fields}
        # A text that is too long is shown as it was typed; other fields that cannot be read begin anew.
        kept = {name: value for name, value in typed.items() if name not in wrong}
        fallback = {"send_zone": staff.get_organization().zone}
        return Document.model_validate({**fallback, **kept}).model_copy(update={"text": typed["text"]})


def _side(post_id: int, document: Document, campaign_id: int | None) -> dict[str, Any]:
    prepared = preparing.prepare_document(document, campaign_id, post_id, clock.now())
    return {"prepared": prepared, "zone": document.send_zone}


def _page(
    post: Post | None,
    document: Document,
    errors: dict[str, str] | None = None,
    campaign_id: int | None = None,
    clash: writing.Changed | None = None,
) -> str:
    campaign_id = post.campaign_id if post else campaign_id
    channels = queries.channels()
    by = staff.names_of([clash.by_id]) if clash and clash.by_id else {}
    return render_template(
        "staff/social/compose.html",
        post=post,
        document=document,
        errors=errors or {},
        channels=channels,
        networks=NETWORKS,
        pictures=queries.pictures_of(use.token for use in document.pictures),
        time=posting.shown(document),
        zones={document.send_zone: document.send_zone, **forms.ZONES},
        lateness={str(document.lateness_minutes): f"{document.lateness_minutes} minutes", **posting.LATENESS},
        repeats=posting.REPEATS,
        hashtag_sets=queries.hashtag_sets(),
        campaigns=planning.campaigns(),
        campaign_id=campaign_id,
        decision=queries.last_decision(post.id) if post else None,
        clash=clash,
        clash_by=by.get(clash.by_id or 0, "Somebody else") if clash else "",
        **_side(post.id if post else 0, document, campaign_id),
    )
