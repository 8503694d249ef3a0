"""`python3 run.py radio ...`: what is on the air next, the pack of an episode, the quarterly report."""

import sys

from flask import Flask

from campaigns import clock
from campaigns.playbooks import queries as playbooks
from campaigns.playbooks import rules
from campaigns.playbooks.actions import packs
from campaigns.radio import now as now_state
from campaigns.radio import quarterly, queries, reports
from campaigns.radio.words import SCRIPTS
from campaigns.staff.queries import get_organization

USAGE = "Write: radio next, radio pack EPISODE (its number or title), or radio report 2026Q4."


def run(arguments: list[str]) -> int:
    """Carry out one of them; 2 for anything else."""
    if arguments[:1] == ["next"] and len(arguments) == 1:
        return show_next()
    if arguments[:1] == ["report"] and len(arguments) == 2:
        return report(arguments[1])
    if arguments[:1] == ["pack"] and len(arguments) >= 2:
        return pack(" ".join(arguments[1:]))
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


def pack(asked: str) -> int:
    """Draft what is missing of an episode's pack, and print where each part stands; 2 when no episode fits."""
    with _app().app_context():
        found = [one for one in queries.episodes(per_page=500).items if asked in (str(one.number), one.title)]
        if len(found) != 1:
            few = "No episode has" if not found else "Several episodes have"
            print(f"{few} that number or title.", file=sys.stderr)
            return 2
        made, problems = packs.make(found[0].id, None, clock.now())
        print(f"{found[0].title}: {made} drafts made.")
        for each in playbooks.pack_of(found[0].id):
            for announcement, item in each.announcements:
                where = each.aired.station.name
                words = rules.distance_words(announcement.days, announcement.minutes)
                print(f"  {item.state if item else 'gone':<10} {rules.KINDS[announcement.kind]}, {words} ({where})")
        for script in queries.scripts_of(found[0].id).values():
            print(f"  {script.state:<10} {SCRIPTS[script.kind].title}")
        for problem in problems:
            print(f"  {problem}", file=sys.stderr)
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
