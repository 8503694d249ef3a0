"""What is on the air: now, next and in the coming weeks; one broadcast, and extra ones."""

from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.errors import Invalid, NotFound
from campaigns.radio import now as now_state
from campaigns.radio import occurrences, queries
from campaigns.radio.actions import airings
from campaigns.radio.forms.airings import SpecialForm
from campaigns.radio.models import ChangeKind
from campaigns.radio.queries import OnAir
from campaigns.radio.words import CHANGES
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization
from campaigns.staff.rules import has_role
from campaigns.web.forms import show_errors

bp = Blueprint("radio", __name__)

WEEKS = 2
WALL = "%Y%m%dT%H%M"
# Longer than this without a broadcast, and people ask whether the show still exists.
LONG_GAP = timedelta(days=14)


@bp.get("")
def index() -> str:
    """The schedule from a day on (today, if none is named)."""
    zone = get_organization().zone
    today = clock.today(zone)
    first = _asked_day(today)
    start = clock.day_start(first, zone)
    end = clock.day_start(first + timedelta(weeks=WEEKS), zone)
    shown = queries.schedule(start, end)
    now = clock.now()
    return render_template(
        "staff/radio/schedule/index.html",
        days=_by_day(shown, zone),
        first=first,
        today=today,
        earlier=first - timedelta(weeks=WEEKS),
        later=first + timedelta(weeks=WEEKS),
        now=now_state.state_of(queries.schedule(now, now + now_state.AHEAD), now),
        shows=queries.shows(),
        stations=queries.stations(),
        clashes=_clashes(shown),
        silent=_silent(now),
        changes=CHANGES,
        wall=WALL,
        may_write=has_role(me(), RoleName.WRITER),
    )


@bp.get("/<int:airing_id>/<wall>")
def show(airing_id: int, wall: str) -> str:
    """One broadcast, and what is different about it."""
    return _page(airing_id, read_wall(wall))


@bp.get("/<int:airing_id>/special")
def special(airing_id: int) -> str:
    """The form for an extra broadcast."""
    airing = queries.get_airing(airing_id)
    return _special_page(airing_id, SpecialForm(data={"minutes": airing.minutes, "starts": airing.first_wall.time()}))


@bp.post("/<int:airing_id>/special")
def add_special(airing_id: int) -> ResponseReturnValue:
    """Add an extra broadcast."""
    form = SpecialForm()
    if not form.validate():
        return _special_page(airing_id, form), 400
    try:
        station = queries.get_station(queries.get_airing(airing_id).station_id)
        if clock.instant_of(form.wall, station.zone) <= clock.now():
            raise Invalid({"day": "That time has passed. Choose one that lies ahead."})
        minutes, reason = form.minutes.data or 0, form.reason.data or ""
        airings.add_special(airing_id, form.wall, minutes, reason, me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _special_page(airing_id, form), 400
    flash("The extra broadcast is on the schedule.", "good")
    return redirect(url_for("radio.show", airing_id=airing_id, wall=form.wall.strftime(WALL)), 303)


def read_wall(text: str) -> datetime:
    """The wall time in an address; raises NotFound for anything else."""
    try:
        return datetime.strptime(text, WALL)  # noqa: DTZ007 - the studio's wall clock has no zone of its own
    except ValueError as error:
        raise NotFound() from error


def _asked_day(today: date) -> date:
    try:
        return datetime.strptime(request.args.get("from", ""), "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        return today


def _by_day(shown: list[OnAir], zone: str) -> list[tuple[date, list[OnAir]]]:
    days: dict[date, list[OnAir]] = {}
    for one in shown:
        days.setdefault(one.occurrence.starts_at.astimezone(clock.zone(zone)).date(), []).append(one)
    return list(days.items())


def _clashes(shown: list[OnAir]) -> list[tuple[OnAir, OnAir]]:
    """Two at the same time on one station."""
    found = []
    for station_id in {one.station.id for one in shown}:
        here = [one for one in shown if one.station.id == station_id]
        by_time = {one.occurrence: one for one in here}
        pairs = occurrences.overlapping([one.occurrence for one in here])
        found += [(by_time[one], by_time[two]) for one, two in pairs]
    return found


def _silent(now: datetime) -> list[tuple[str, datetime | None]]:
    """Shows that are off the air for long: their title, and when they come back, if they do."""
    found: list[tuple[str, datetime | None]] = []
    ahead = queries.schedule(now, now + timedelta(days=90))
    for show in queries.shows():
        times = [one.occurrence for one in ahead if one.show.id == show.id and not one.occurrence.is_off]
        if not times:
            found.append((show.title, None))
        elif times[0].starts_at - now > LONG_GAP:
            found.append((show.title, times[0].starts_at))
        else:
            found += [(show.title, end) for _, end in occurrences.gaps(times, LONG_GAP)[:1]]
    return found


def _page(airing_id: int, wall: datetime) -> str:
    found = queries.get_occurrence(airing_id, wall)
    change = queries.find_change(airing_id, wall)
    return render_template(
        "staff/radio/schedule/show.html",
        found=found,
        wall=wall.strftime(WALL),
        change=change if change and change.kind != ChangeKind.USUAL else None,
        can_go_back=change is not None
        and change.kind not in (ChangeKind.USUAL, ChangeKind.SPECIAL)
        and occurrences.has_wall(queries.slot_of(found.airing, found.station), wall),
        changes=CHANGES,
        broadcast=queries.find_broadcast(airing_id, wall),
        is_over=found.occurrence.ends_at <= clock.now(),
        episodes=queries.episodes(found.show.id).items,
        may_write=has_role(me(), RoleName.WRITER),
    )


def _special_page(airing_id: int, form: SpecialForm) -> str:
    airing = queries.get_airing(airing_id)
    return render_template(
        "staff/radio/schedule/special.html",
        form=form,
        airing=airing,
        show=queries.get_show(airing.show_id),
        station=queries.get_station(airing.station_id),
    )
