"""`python3 run.py radio ...`: what is on the air next, and the quarterly report of issues and programs."""

import sys

from flask import Flask

from campaigns import clock
from campaigns.radio import now as now_state
from campaigns.radio import quarterly, queries, reports
from campaigns.staff.queries import get_organization

USAGE = "Write: radio next, or radio report 2026Q4."


def run(arguments: list[str]) -> int:
    """Carry out one of them; 2 for anything else."""
    if arguments[:1] == ["next"] and len(arguments) == 1:
        return show_next()
    if arguments[:1] == ["report"] and len(arguments) == 2:
        return report(arguments[1])
    print(USAGE, file=sys.stderr)
    return 2


def show_next() -> int:
    """Print what is on the air now, and the next ten broadcasts, on each station's clock."""
    with _app().app_context():
        at = clock.now()
        shown = queries.schedule(at, at + now_state.AHEAD)
        state = now_state.state_of(shown, at, count=10)
        zone = get_organization().zone
        for one in state.on_air:
            print(f"ON AIR  {_line(one)}")
        for one in state.following:
            print(f"{clock.friendly(one.occurrence.starts_at, zone, at)}  {_line(one)}")
        if not state.on_air and not state.following:
            print("Nothing is on the air in the next two weeks.")
    return 0


def report(quarter: str) -> int:
    """Print the list of a quarter as CSV."""
    chosen = reports.read_quarter(quarter)
    with _app().app_context():
        print(reports.to_csv(quarterly.rows(chosen)), end="")
        missing = quarterly.without_issue(chosen)
    if missing:
        print(f"{len(missing)} broadcasts name no issue and are not in the list.", file=sys.stderr)
    return 0


def _line(one: queries.OnAir) -> str:
    local = clock.wall_time_of(one.occurrence.starts_at, one.station.zone)
    episode = f": {one.episode.title}" if one.episode else ""
    return f"{one.show.title}{episode}, {one.station.name}, {local:%H:%M} there"


def _app() -> Flask:
    # Only here: the command line must answer `help` without reading the whole program.
    from campaigns.app import create_app
    from campaigns.startup import read_settings

    return create_app(read_settings())
