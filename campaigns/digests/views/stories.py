"""The inbox of stories and the page of one story."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.digests.actions import inserting, triage
from campaigns.digests.queries import digests, stories
from campaigns.digests.views.words import CHANGES
from campaigns.errors import Invalid, NotFound
from campaigns.newsletters import queries as newsletters
from campaigns.planning.models import ItemState
from campaigns.staff import queries as staff
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.paging import asked_page
from campaigns.web.wanted import json_is_wanted

bp = Blueprint("stories", __name__)

SAID = {"pick": "picked", "skip": "skipped", "wait": "waiting again"}


@bp.get("")
def index() -> str:
    """The stories that wait for a decision, or another view of them."""
    asked = _asked(request.args)
    page = stories.inbox(asked["view"], asked["q"], asked["category"], page=asked_page())
    return render_template(
        "staff/digests/stories/index.html",
        page=page,
        asked=asked,
        counts=stories.counts(),
        categories=stories.categories(),
        names=staff.names_of([card.story.decided_by_id for card in page.items if card.story.decided_by_id]),
        last_change=stories.last_change(me().id, clock.now()),
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.post("/decide")
def decide() -> ResponseReturnValue:
    """What a button of the inbox says, about one story ("pick:12") or about those that are ticked ("pick")."""
    what, _, number = request.form.get("do", "").partition(":")
    chosen = [int(number)] if number.isdigit() else [int(one) for one in request.form.getlist("story") if one.isdigit()]
    now = clock.now()
    if what == "skip-all":
        chosen, what = stories.waiting_ids(request.form.get("q", ""), request.form.get("category", "")), "skip"
    if not chosen:
        raise Invalid("Tick at least one story first.")
    if what == "newsletter":
        return redirect(url_for("stories.choose_newsletter", story=chosen), 303)
    if what == "write":
        note, summary = request.form.get(f"note-{number}", ""), request.form.get(f"summary-{number}", "")
        change = triage.write(chosen[0], note=note, summary=summary, user_id=me().id, now=now)
        said = "Your words are saved."
    elif what == "merge":
        change, said = triage.merge(chosen, me().id, now), f"{len(set(chosen))} stories are one now."
    else:
        change = triage.decide(chosen, what, me().id, now)
        said = f"{'The story is' if len(chosen) == 1 else f'{len(chosen):,} stories are'} {SAID[what]}."
    if json_is_wanted():
        return jsonify(said=said, change=change, counts=stories.counts())
    return _back(said, change, number)


@bp.post("/undo")
def undo() -> ResponseReturnValue:
    """Take back one's last change, or the one that is named."""
    number = request.args.get("change", "")
    story_id = triage.undo(me().id, clock.now(), int(number) if number.isdigit() else None)
    if json_is_wanted():
        return jsonify(said="Taken back.", story=story_id)
    flash("Taken back.", "success")
    return _to_list(story_id)


@bp.get("/<int:id>")
def show(id: int) -> ResponseReturnValue:
    """One story: its sources and why they belong together, our words, where it was printed."""
    card = stories.get_card(id)
    if card.story.merged_into_id and not card.sources:
        return redirect(url_for("stories.show", id=card.story.merged_into_id))
    return _page(card)


@bp.post("/<int:id>/words")
def write(id: int) -> ResponseReturnValue:
    """Keep the note and our own line."""
    note, summary = request.form.get("note", ""), request.form.get("summary", "")
    try:
        change = triage.write(id, note=note, summary=summary, user_id=me().id, now=clock.now())
    except Invalid as error:
        return _page(stories.get_card(id), errors=error.fields, typed={"note": note, "summary": summary}), 400
    return _to_story(id, "Your words are saved.", change)


@bp.post("/<int:id>/decide")
def decide_one(id: int) -> ResponseReturnValue:
    """Pick, skip or put back from its own page."""
    what = request.form.get("do", "")
    change = triage.decide([id], what, me().id, clock.now())
    return _to_story(id, f"The story is {SAID[what]}.", change)


@bp.post("/<int:id>/split/<int:entry>")
def split(id: int, entry: int) -> ResponseReturnValue:
    """Take one source out, for good."""
    _, change = triage.split(id, entry, me().id, clock.now())
    return _to_story(id, "It is a story of its own now, and stays one.", change)


@bp.post("/<int:id>/speak/<int:entry>")
def speak(id: int, entry: int) -> ResponseReturnValue:
    """Let one source give the headline and the words."""
    return _to_story(id, "This source speaks for the story now.", triage.let_speak(id, entry, me().id, clock.now()))


@bp.post("/<int:id>/merge/<int:other>")
def merge(id: int, other: int) -> ResponseReturnValue:
    """Take another story into this one, for good."""
    return _to_story(id, "Both stories are one now.", triage.merge([id, other], me().id, clock.now()))


@bp.get("/newsletter")
@needs(RoleName.WRITER)
def choose_newsletter() -> str:
    """Into which newsletter stories go."""
    asked = [int(one) for one in request.args.getlist("story") if one.isdigit()]
    return render_template(
        "staff/digests/stories/newsletter.html",
        cards=[stories.get_card(number) for number in dict.fromkeys(asked)][: inserting.MOST],
        newsletters=newsletters.search_newsletters("", ItemState.DRAFT).items,
    )


@bp.post("/newsletter")
def add_to_newsletter() -> ResponseReturnValue:
    """Put stories at the end of a newsletter."""
    asked = [int(one) for one in request.form.getlist("story") if one.isdigit()]
    chosen = request.form.get("newsletter", "")
    made, problems = inserting.add(
        asked, int(chosen) if chosen.isdigit() else None, "pictures" in request.form, me().id, clock.now()
    )
    for sentence in problems:
        flash(sentence, "warning")
    flash("The newsletter holds what you chose, at its end. Undo there takes it out again.", "success")
    return redirect(url_for("newsletters.show", id=made), 303)


@bp.post("/printed/<int:id>/take-out")
def take_out(id: int) -> ResponseReturnValue:
    """Take a story out of a newsletter that did not leave yet."""
    story_id = digests.get_printed(id).story_id
    inserting.take_out(id, me().id, clock.now())
    flash("It is taken out of the newsletter, and free again.", "success")
    return redirect(url_for("stories.show", id=story_id) if story_id else url_for("stories.index"), 303)


def _page(card: stories.Card, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> str:
    changes = stories.changes_of(card.story.id)
    people = [change.user_id for change in changes] + [source.by_id for source in card.sources]
    return render_template(
        "staff/digests/stories/show.html",
        card=card,
        near=stories.near(card, clock.now()),
        changes=changes,
        words=CHANGES,
        titles={row.newsletter_id: newsletters.title_of(row.newsletter_id) for row in card.printed},
        names=staff.names_of([number for number in people if number]),
        errors=errors or {},
        typed=typed or {"note": card.story.note, "summary": card.story.summary},
        may_write=has_role(me(), RoleName.WRITER),
    )


def _asked(values: Any) -> dict[str, str]:
    view = values.get("view", "waiting")
    if view not in stories.VIEWS:
        raise NotFound()
    return {"view": view, "q": values.get("q", "").strip(), "category": values.get("category", "")}


def _back(said: str, change: int | None, number: str) -> ResponseReturnValue:
    """To the list where the person was, at the story that follows."""
    if change is None:
        flash("Nothing changed.", "info")
    else:
        flash({"text": said, "url": url_for("stories.undo", change=change)}, "undo")  # type: ignore[arg-type]
    following = request.form.get(f"next-{number}", "") if number else ""
    return _to_list(int(following) if following.isdigit() else None)


def _to_list(story_id: int | None) -> ResponseReturnValue:
    asked = _asked(request.form)
    page = request.form.get("page", "")
    address: dict[str, Any] = {
        name: value for name, value in {**asked, "page": page}.items() if value and value != "waiting"
    }
    return redirect(url_for("stories.index", **address, _anchor=f"story-{story_id}" if story_id else None), 303)


def _to_story(id: int, said: str, change: int | None) -> ResponseReturnValue:
    if change is not None:
        flash({"text": said, "url": url_for("stories.undo", change=change)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("stories.show", id=id), 303)
