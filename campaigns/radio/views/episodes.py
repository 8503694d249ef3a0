"""Episodes: what is broadcast, who is heard, which broadcasts carry it, the archive and the bin."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Conflict, Invalid
from campaigns.radio import queries, transcripts
from campaigns.radio.actions import episodes
from campaigns.radio.forms.episodes import EpisodeForm, length_words
from campaigns.radio.models import Episode
from campaigns.radio.views.schedule import WALL, read_wall
from campaigns.radio.words import SCRIPTS
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.queries import site_url
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors
from campaigns.web.paging import asked_page

bp = Blueprint("episodes", __name__)


@bp.get("")
def index() -> str:
    """All episodes, or those that fit a search."""
    question = request.args.get("q", "").strip()
    show_id = int(asked) if (asked := request.args.get("show", "")).isdigit() else None
    page = queries.episodes(show_id, question, asked_page())
    return render_template(
        "staff/radio/episodes/index.html",
        page=page,
        q=question,
        show_id=show_id,
        shows={show.id: show for show in queries.shows()},
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.get("/new/<int:show_id>")
@needs(RoleName.WRITER)
def new(show_id: int) -> str:
    """The form for a new episode."""
    show = queries.get_show(show_id)
    form = EpisodeForm(data={"number": queries.next_number(show_id), "issues": show.topics})
    return render_template("staff/radio/episodes/new.html", show=show, form=form)


@bp.post("/new/<int:show_id>")
def create(show_id: int) -> ResponseReturnValue:
    """Begin an episode; asked from a broadcast, that one carries it."""
    show, form = queries.get_show(show_id), EpisodeForm()
    if not form.validate():
        return render_template("staff/radio/episodes/new.html", show=show, form=form), 400
    try:
        values = form.values() | _transcript(form)
        episode_id = episodes.create(show_id, values, form.guest_entries(), me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return render_template("staff/radio/episodes/new.html", show=show, form=form), 400
    asked, wall = request.args.get("airing", ""), request.args.get("wall", "")
    if asked.isdigit() and wall:
        episodes.carry(episode_id, int(asked), read_wall(wall), me().id, clock.now())
    flash("The episode is there.", "good")
    return redirect(url_for("episodes.edit", id=episode_id), 303)


@bp.get("/<int:id>")
def edit(id: int) -> str:
    """One episode."""
    episode = queries.get_episode(id)
    return _page(episode, _filled(episode))


@bp.post("/<int:id>")
def update(id: int) -> ResponseReturnValue:
    """Change an episode."""
    episode, form = queries.get_episode(id), EpisodeForm()
    if not form.validate():
        return _page(episode, form), 400
    try:
        values = form.values() | _transcript(form)
        episodes.change(id, int(form.version.data or 0), values, form.guest_entries(), me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _page(episode, form), 400
    except Conflict as error:
        show_errors(form, Invalid(str(error)))
        return _page(episode, form), 409
    flash("Saved.", "good")
    return redirect(url_for("episodes.edit", id=id), 303)


@bp.get("/broadcast/<int:id>")
def broadcast(id: int) -> ResponseReturnValue:
    """From the calendar to the broadcast's own page."""
    row = queries.get_broadcast(id)
    return redirect(url_for("radio.show", airing_id=row.airing_id, wall=row.wall.strftime(WALL)))


@bp.post("/carry/<int:airing_id>/<wall>")
def carry(airing_id: int, wall: str) -> ResponseReturnValue:
    """Have a broadcast carry an episode."""
    asked = request.form.get("episode", "")
    if not asked.isdigit():
        raise Invalid("Choose an episode.")
    episodes.carry(int(asked), airing_id, read_wall(wall), me().id, clock.now())
    flash("That broadcast carries the episode.", "good")
    return redirect(url_for("radio.show", airing_id=airing_id, wall=wall), 303)


@bp.post("/broadcast/<int:id>/drop")
def drop(id: int) -> ResponseReturnValue:
    """Take the episode off a broadcast."""
    row = queries.get_broadcast(id)
    airing_id, wall = row.airing_id, row.wall.strftime(WALL)
    episodes.drop(id, me().id, clock.now())
    flash("The broadcast has no episode now.", "good")
    return redirect(url_for("radio.show", airing_id=airing_id, wall=wall), 303)


@bp.post("/<int:id>/publish")
def publish(id: int) -> ResponseReturnValue:
    """Put it into the public archive and the podcast."""
    try:
        episodes.publish(id, me().id, clock.now())
    except Invalid as error:
        flash(str(error), "caution")
    else:
        flash("Anybody can hear it now, and podcast programs find it.", "good")
    return redirect(url_for("episodes.edit", id=id), 303)


@bp.post("/<int:id>/withdraw")
def withdraw(id: int) -> ResponseReturnValue:
    """Take it out of the archive."""
    episodes.withdraw(id, me().id, clock.now())
    flash({"text": "It is no longer in the archive.", "url": url_for("episodes.publish", id=id)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("episodes.edit", id=id), 303)


@bp.post("/<int:id>/bin")
def bin(id: int) -> ResponseReturnValue:
    """Move it to the bin."""
    episodes.bin(id, me().id, clock.now())
    flash({"text": "The episode is in the bin.", "url": url_for("episodes.restore", id=id)}, "undo")  # type: ignore[arg-type]
    return redirect(url_for("episodes.index"), 303)


@bp.post("/<int:id>/restore")
def restore(id: int) -> ResponseReturnValue:
    """Take it out of the bin."""
    episodes.restore(id, me().id, clock.now())
    flash("The episode is back.", "good")
    return redirect(url_for("episodes.edit", id=id), 303)


def _transcript(form: EpisodeForm) -> dict[str, str]:
    upload = form.transcript_file.data
    text = form.transcript.data or ""
    if upload:
        try:
            text = upload.read(2_000_000).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Invalid({"transcript_file": "The file is no text in UTF-8. Save it as .vtt or .txt."}) from error
    if not text.strip():
        return {"transcript_vtt": "", "transcript_html": ""}
    vtt, html = transcripts.read(text)
    return {"transcript_vtt": vtt, "transcript_html": html}


def _filled(episode: Episode) -> EpisodeForm:
    guests: list[dict[str, Any]] = [
        {name: getattr(guest, name) for name in ("public_name", "role", "has_consent", "consent_on")}
        for guest in queries.guests_of([episode.id]).get(episode.id, [])
    ]
    names = ("title", "number", "summary", "narrative", "issues", "audio_url", "social_url")
    data: dict[str, Any] = {name: getattr(episode, name) for name in names}
    data |= {
        "version": str(episode.version),
        "guests": guests + [{}] * (2 if len(guests) < 5 else 6 - len(guests)),
        "links": [_link_line(link) for link in episode.links],
        "segments": [f"{length_words(each['seconds'])} {each['title']}".strip() for each in episode.segments],
        "audio_megabytes": f"{episode.audio_bytes / 1_000_000:g}" if episode.audio_bytes else "",
        "audio_minutes": length_words(episode.audio_seconds),
        "transcript": episode.transcript_vtt or episode.transcript_html,
    }
    return EpisodeForm(formdata=None, data=data)


def _link_line(link: dict[str, str]) -> str:
    return link["url"] if link["label"] == link["url"] else f"{link['label']} {link['url']}"


def _page(episode: Episode, form: EpisodeForm) -> str:
    show = queries.get_show(episode.show_id)
    guests = queries.guests_of([episode.id]).get(episode.id, [])
    return render_template(
        "staff/radio/episodes/edit.html",
        episode=episode,
        show=show,
        form=form,
        broadcasts=queries.broadcasts_of_episode(episode.id),
        scripts=queries.scripts_of(episode.id),
        kinds=SCRIPTS,
        missing=episodes.missing_for_archive(episode),
        unnamed=[guest for guest in guests if not guest.has_consent],
        segments_total=length_words(sum(each["seconds"] for each in episode.segments)),
        public_url=f"{site_url()}{url_for('radio_public.episode', show=show.slug, episode=episode.slug)}",
        wall=WALL,
        may_write=has_role(me(), RoleName.WRITER),
    )
