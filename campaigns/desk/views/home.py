"""The desk: what waits for the person, what the week brings, how the list and the machine are."""

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

import config
from campaigns import clock
from campaigns.delivery import queries as delivery
from campaigns.delivery.bounces import queries as bounces
from campaigns.delivery.doctor import queries as doctor
from campaigns.desk import growth, health, needs, reputation
from campaigns.planning import days
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.staff.guards import me
from campaigns.staff.guards import needs as needs_role
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization
from campaigns.staff.rules import has_role
from campaigns.start.actions import remove_sample

bp = Blueprint("desk", __name__)


@bp.get("")
def home() -> str:
    """The first page after signing in."""
    organization, now, user = get_organization(), clock.now(), me()
    waiting = needs.of(user, organization, now)
    return render_template(
        "staff/desk/home.html",
        greeting=_greeting(clock.wall_time_of(now, organization.zone).hour),
        today=clock.today(organization.zone),
        needs=waiting,
        trouble=sum(1 for need in waiting if need.rank == needs.Rank.TROUBLE),
        steps=needs.first_steps(user),
        week=_week(organization.zone),
        growth=growth.read(organization.zone, now),
        problems=_problems(now),
        may_keep_lists=has_role(user, RoleName.LIST_KEEPER),
        is_administrator=has_role(user, RoleName.ADMINISTRATOR),
    )


@bp.post("/sample/remove")
@needs_role(RoleName.ADMINISTRATOR)
def clear_sample() -> Response:
    """Remove the sample content."""
    if remove_sample(me().id, clock.now()):
        flash("The sample content is gone. Everything else is as it was.", "success")
    else:
        flash("The sample content was gone already.", "info")
    return redirect(url_for("desk.home"), 303)


def _greeting(hour: int) -> str:
    return "Good morning" if 4 <= hour < 12 else "Good afternoon" if 12 <= hour < 18 else "Good evening"


def _week(zone: str) -> list[days.Day]:
    today = clock.today(zone)
    shown = [today + timedelta(days=number) for number in range(7)]
    start, end = clock.day_start(today, zone), clock.day_start(today + timedelta(days=7), zone)
    items = [item for item in planning.items_between(start, end) if item.state != ItemState.CANCELED]
    return days.lay_out(shown, items, zone, today)


def _problems(now: datetime) -> list[health.Problem]:
    undelivered = {} if get_organization().is_practice else doctor.to_put_right()
    machine = health.problems(config.load().data_dir, delivery.outbox_counts().get("failed", 0), now, undelivered)
    return [*reputation.problems(*bounces.counts_since(now - reputation.LOOKED_AT)), *machine]
