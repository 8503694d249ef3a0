"""What anybody can see and hear: the schedule, episodes with player and transcript, calendars, podcasts, "now"."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Invalid, NotFound
from campaigns.radio import feeds, links, now, queries
from campaigns.radio.actions import log
from campaigns.radio.forms.scripts import AnswerForm
from campaigns.radio.models import Episode, Show
from campaigns.radio.rhythm import clock_words, words_of
from campaigns.staff.queries import get_organization, site_url
from campaigns.web.forms import check_public_form
from campaigns.web.headers import allow_media, cacheable
from campaigns.web.paging import asked_page

bp = Blueprint("radio_public", __name__)

WEEKS = 2
FEEDS_LAST = 900


@bp.get("")
def index() -> str:
    """What is on the air now, what comes next, and the coming two weeks."""
    at = clock.now()
    shown = queries.schedule(at, at + timedelta(weeks=WEEKS), only_public=True)
    return render_template(
        "public/radio/index.html",
        now=now.state_of(shown, at),
        shown=shown,
        shows=queries.public_shows(),
        local=_local,
        clock_words=clock_words,
    )


@bp.get("/now.json")
@cacheable
def now_json() -> Response:
    """What is on the air now and next, for the program's own website."""
    at = clock.now()
    state = now.state_of(queries.schedule(at, at + now.AHEAD, only_public=True), at)
    answer = jsonify(
        now=[_fact(one) for one in state.on_air],
        next=[_fact(one) for one in state.following],
        valid_until=state.until.isoformat(),
    )
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return _kept(answer, max(1, round((state.until - at).total_seconds())))


@bp.get("/<slug>")
def show(slug: str) -> str:
    """One show: when and where it is on the air, and its episodes."""
    found = _show(slug)
    at = clock.now()
    stations = {station.id: station for station in queries.stations()}
    airings = queries.airings(found.id)
    return render_template(
        "public/radio/show.html",
        show=found,
        slots=[(airing, stations[airing.station_id], words_of(airing.rule, airing.first_wall)) for airing in airings],
        upcoming=queries.schedule(at, at + timedelta(days=30), found.id)[:6],
        page=queries.published(found.id, at, asked_page()),
        local=_local,
        clock_words=clock_words,
        calendar_url=site_url().replace("https://", "webcal://").replace("http://", "webcal://")
        + url_for("radio_public.show_calendar", slug=slug),
    )


@bp.get("/<show>/<episode>")
def episode(show: str, episode: str) -> Response:
    """One episode: player, transcript, links, and where to get help."""
    found_show = _show(show)
    found = _episode(found_show, episode)
    page = make_response(
        render_template(
            "public/radio/episode.html",
            show=found_show,
            episode=found,
            guests=queries.named_guests([found.id]).get(found.id, []),
            audio_host=urlsplit(found.audio_url).hostname or "",
        )
    )
    return allow_media(page, found.audio_url)


@bp.get("/<show>/<episode>/captions.vtt")
@cacheable
def captions(show: str, episode: str) -> Response:
    """The transcript of an episode with times."""
    found = _episode(_show(show), episode)
    if not found.transcript_vtt:
        raise NotFound()
    answer = Response(found.transcript_vtt, mimetype="text/vtt")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return _kept(answer, FEEDS_LAST)


@bp.get("/<slug>/calendar.ics")
@cacheable
def show_calendar(slug: str) -> Response:
    """The calendar of a show, on all its stations."""
    return _kept(Response(feeds.show_calendar(_show(slug), clock.now()), mimetype="text/calendar"), FEEDS_LAST)


@bp.get("/stations/<slug>.ics")
@cacheable
def station_calendar(slug: str) -> Response:
    """The calendar of a station, with all our shows."""
    station = queries.find_station(slug)
    if station is None:
        raise NotFound()
    return _kept(Response(feeds.station_calendar(station, clock.now()), mimetype="text/calendar"), FEEDS_LAST)


@bp.get("/<slug>/podcast.xml")
@cacheable
def podcast(slug: str) -> Response:
    """The podcast of a show."""
    body = feeds.podcast(_show(slug), clock.now())
    return _kept(Response(body, content_type="application/rss+xml; charset=utf-8"), 60)


@bp.get("/<slug>/artwork")
@cacheable
def artwork(slug: str) -> Response:
    """The picture of a show."""
    found = queries.find_artwork(_show(slug).id)
    if found is None:
        raise NotFound()
    answer = Response(found.data, mimetype=found.media_type)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return _kept(answer, 86_400)


@bp.get("/aired/<token>")
def aired(token: str) -> ResponseReturnValue:
    """A station's link: what we have in our log, and two buttons."""
    return _aired_page(token, AnswerForm())


@bp.post("/aired/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Take the station's answer."""
    form = AnswerForm()
    try:
        check_public_form("aired")
        if not form.validate():
            return _aired_page(token, form), 400
        log.answer(
            _broadcast(token),
            has_aired=request.form.get("aired") == "yes",
            name=form.name.data or "",
            note=form.note.data or "",
            now=clock.now(),
        )
    except Invalid as error:
        return _aired_page(token, form, str(error)), 400
    return redirect(url_for("radio_public.thanks"), 303)


@bp.get("/aired/thanks")
def thanks() -> str:
    """After a station's answer."""
    return render_template("public/radio/thanks.html")


def _aired_page(token: str, form: AnswerForm, problem: str = "") -> str:
    found = queries.get_aired(_broadcast(token))
    return render_template(
        "public/radio/aired.html", found=found, form=form, problem=problem, local=_local, clock_words=clock_words
    )


def _broadcast(token: str) -> int:
    number = links.broadcast_of(token)
    if number is None:
        raise NotFound()
    return number


def _show(slug: str) -> Show:
    found = queries.find_public_show(slug)
    if found is None:
        raise NotFound()
    return found


def _episode(found: Show, slug: str) -> Episode:
    episode = queries.find_public_episode(found, slug)
    if episode is None:
        raise NotFound()
    return episode


def _local(instant: datetime, zone: str) -> datetime:
    return clock.wall_time_of(instant, zone)


def _fact(one: queries.OnAir) -> dict[str, object]:
    zone = clock.zone(one.station.zone)
    base = site_url()
    return {
        "show": one.show.title,
        "episode": one.episode.title if one.episode else None,
        "station": one.station.name,
        "frequency": one.station.frequency or None,
        "starts": one.occurrence.starts_at.astimezone(zone).isoformat(),
        "ends": one.occurrence.ends_at.astimezone(zone).isoformat(),
        "stream": one.station.stream_url or None,
        "url": base + url_for("radio_public.show", slug=one.show.slug),
        "help": [{"label": "Tip line", "number": get_organization().tip_line}],
    }


def _kept(answer: Response, seconds: int) -> Response:
    """May be kept by anybody so long, and asked again by its ETag (RFC 9110)."""
    answer.headers["Cache-Control"] = f"public, max-age={seconds}"
    answer.add_etag()
    answer.make_conditional(request)
    return answer
