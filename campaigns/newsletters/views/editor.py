"""The editor: one page that is an ordinary form, the saving beside it, and the pictures."""

from typing import Any

from flask import Blueprint, flash, get_template_attribute, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience import queries as audience
from campaigns.delivery import queries as delivery
from campaigns.errors import Invalid, Refused
from campaigns.newsletters import actions, blocks, diff, forms, ordering, preparing, queries, words
from campaigns.newsletters.actions.writing import Changed
from campaigns.newsletters.documents import Document, read_document
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.views.preview import VIEWS, readers
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName

bp = Blueprint("editor", __name__)

STEPS = {"undo": actions.undo, "redo": actions.redo}


@bp.get("/<int:id>/edit")
@needs(RoleName.WRITER)
def edit(id: int) -> ResponseReturnValue:
    """Write a draft; what is no draft is opened on its own page."""
    newsletter = queries.get_newsletter(id)
    if newsletter.state != ItemState.DRAFT or newsletter.binned_at:
        return redirect(url_for("newsletters.show", id=id))
    return _page(newsletter, queries.get_document(id).to_json(), newsletter.version)


@bp.post("/<int:id>/edit")
def save(id: int) -> ResponseReturnValue:
    """Keep what was typed, then do what the pressed button says; without JavaScript every button comes here."""
    newsletter = _draft(id)
    command = request.form.get("do", "save")
    document = forms.posted_document(request.form, queries.get_document(id).to_json())
    text = document["editions"][forms.LANGUAGE]
    place = forms.posted_number(request.form.get(f"{command.partition(':')[2]}-position")) or 0
    text["blocks"], look_at = ordering.apply(text["blocks"], command, place)
    try:
        _take_pictures(text["blocks"])
        version = actions.save(id, _version(), document, me().id, clock.now())
        if command in STEPS:
            STEPS[command](id, version, me().id, clock.now())
    except Changed as clash:
        return _page(newsletter, document, clash.version, conflict=_conflict(id, clash, document)), 409
    except Invalid as error:
        return _page(newsletter, document, _version(), errors=forms.field_errors(error.fields, document)), 400
    if command == "save":
        flash("Saved.", "success")
    return redirect(url_for("editor.edit", id=id, _anchor=f"block-{look_at}" if look_at else None), 303)


@bp.post("/<int:id>/autosave")
def autosave(id: int) -> ResponseReturnValue:
    """The same for the script of the page, which learns what else changed on it."""
    _draft(id)
    document = forms.posted_document(request.form, queries.get_document(id).to_json())
    now = clock.now()
    try:
        version = actions.save(id, _version(), document, me().id, now)
    except Changed as clash:
        return jsonify(version=clash.version, conflict=_conflict(id, clash, document)), 409
    except Invalid as error:
        return jsonify(errors=forms.field_errors(error.fields, document)), 400
    settings = _settings(queries.get_document(id))
    checks = get_template_attribute("staff/newsletters/parts/checks.html", "checks")
    return jsonify(
        version=version,
        saved=words.saved(ItemState.DRAFT, now, staff.get_organization().zone),
        may_undo=queries.may_undo(id),
        may_redo=queries.may_redo(id),
        words=settings,
        checks=checks(preparing.prepare(id, now).problems),
    )


@bp.post("/<int:id>/images")
def upload(id: int) -> ResponseReturnValue:
    """Take one picture for the editor's script."""
    _draft(id)
    given = request.files.get("file")
    if given is None:
        raise Invalid("Choose a file first.")
    image = actions.add_image(given.read(), me().id, clock.now())
    shown = preparing.with_image_urls([{"kind": "image", "image": image.token}])[0]
    return jsonify(token=image.token, url=shown["image_url"])


def _draft(id: int) -> Newsletter:
    newsletter = queries.get_newsletter(id)
    if newsletter.state != ItemState.DRAFT or newsletter.binned_at:
        raise Refused("This is no longer a draft, so it cannot be changed here. Open it again to see where it stands.")
    return newsletter


def _version() -> int:
    return forms.posted_number(request.form.get("version")) or 0


def _take_pictures(posted: list[dict[str, Any]]) -> None:
    for at, block in enumerate(posted):
        given = request.files.get(f"{block['id']}-file")
        if block["kind"] != "image" or not given or not given.filename:
            continue
        try:
            block["image"] = actions.add_image(given.read(), me().id, clock.now()).token
        except Invalid as error:
            raise Invalid({f"editions.{forms.LANGUAGE}.blocks.{at}.image": str(error)}) from error


def _conflict(id: int, clash: Changed, mine: dict[str, Any]) -> str:
    by = staff.names_of([clash.by_id]) if clash.by_id else {}
    lists = {entry.id: entry.name for entry in audience.lists(with_archived=True)}
    senders = {entry.id: entry.name for entry in delivery.senders(with_retired=True)}
    panel = get_template_attribute("staff/newsletters/parts/conflict.html", "conflict")
    local = words.saved("", clash.at, staff.get_organization().zone).rpartition("saved ")[2]
    return str(
        panel(
            by=by.get(clash.by_id or 0, "somebody else"),
            at=local,
            changes=diff.changes(clash.theirs, mine, lambda key: lists.get(key, ""), lambda key: senders.get(key, "")),
            url=url_for("editor.edit", id=id),
        )
    )


def _settings(document: Document) -> dict[str, str]:
    """The words of the lines To, From and When."""
    known = {entry.id: entry.name for entry in audience.lists(with_archived=True)}
    people = queries.count_of(document, clock.now())
    sender = next((entry for entry in delivery.senders() if entry.id == document.sender_id), None)
    return {
        "to": words.audience(document, known, queries.title_of(document.reached)),
        "to-extra": f"{people:,} {'person' if people == 1 else 'people'}",
        "from": f"{sender.name} <{sender.address}>" if sender else "No sender chosen yet",
        "when": words.capital(words.when(document, clock.now()).removeprefix("on ")),
        "title": document.title,
        "doubt": "Leave it to a person" if document.leaves_uncertain else "Send it again",
    }


def _form(document: dict[str, Any], version: int) -> forms.EditorForm:
    form = forms.EditorForm(formdata=None)
    counts = audience.list_counts()
    form.sender_id.choices = [forms.choice("", "Choose a sender")] + [
        forms.choice(str(entry.id), f"{entry.name} <{entry.address}>") for entry in delivery.senders()
    ]
    entries = audience.lists()
    form.lists.choices = form.minus.choices = [
        forms.choice(str(entry.id), f"{entry.name} ({counts.get(entry.id, 0):,})") for entry in entries
    ]
    title = queries.title_of(document.get("reached"))
    form.reached.choices = [forms.choice(str(document["reached"]), f"people who got “{title}”")] if title else []
    zones = {document["send_zone"]: document["send_zone"], **forms.ZONES}
    form.send_zone.choices = [forms.choice(name, words) for name, words in zones.items()]
    forms.fill(form, document, version)
    return form


def _page(
    newsletter: Newsletter,
    document: dict[str, Any],
    version: int,
    errors: dict[str, str] | None = None,
    conflict: str = "",
) -> str:
    form = _form(document, version)
    for name, sentence in (errors or {}).items():
        if name in form:
            form[name].errors = [sentence]
    stored = queries.get_document(newsletter.id)
    now = clock.now()
    view = request.args.get("view", "desktop")
    return render_template(
        "staff/newsletters/edit.html",
        newsletter=newsletter,
        form=form,
        errors=errors or {},
        conflict=conflict,
        blocks=preparing.with_image_urls(document["editions"][forms.LANGUAGE]["blocks"]),
        fresh=[{**blocks.new_block(kind), "id": f"new{kind}"} for kind in blocks.ADDABLE],
        kinds=blocks.ADDABLE,
        settings=_settings(stored if errors else read_document(document)),
        problems=preparing.prepare(newsletter.id, now).problems,
        saved=words.saved(newsletter.state, newsletter.changed_at, staff.get_organization().zone),
        may_undo=queries.may_undo(newsletter.id),
        may_redo=queries.may_redo(newsletter.id),
        view=view if view in VIEWS else "desktop",
        readers=readers(),
        reader=request.args.get("reader", ""),
        doubts={"again": words.doubt(False), "leave": words.doubt(True)},
        decision=queries.last_decision(newsletter.id),
        note=queries.note_of(newsletter),
        campaigns=planning.campaigns(),
    )
