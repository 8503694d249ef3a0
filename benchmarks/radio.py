"""How quick the radio pages are: `python3 run.py bench radio [--check]`.

Five years of occurrences of 50 slots, a calendar feed of 200 events, and the public "now" answer beside an empty view
of the same application, asked in turn within each round; the last is a ratio of the same run.
"""

import argparse
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta

import config
from campaigns import clock
from campaigns.radio import calendars, now
from campaigns.radio.occurrences import Slot, _known, occurrences

ROUNDS = 7
MOST_MS = {"occurrences_ms": 200.0, "calendar_ms": 100.0}
LEAST = {"now_ratio": 1.5}
RULES = (
    *("FREQ=WEEKLY;BYDAY=TH",) * 7,
    *("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
)
ZONES = ("America/Los_Angeles", "America/New_York", "America/Chicago", "America/Denver", "Europe/Lisbon")


def slots() -> list[Slot]:
    """Fifty slots with the rhythms that stations use."""
    first = datetime(2026, 1, 1, 18, 30)  # noqa: DTZ001 - wall time
    return [Slot(n, first + timedelta(minutes=n), ZONES[n % 5], 30, RULES[n % len(RULES)]) for n in range(50)]


def five_years(known: list[Slot]) -> tuple[float, int]:
    """Milliseconds for five years of all slots, nothing remembered from before; and how many there are."""
    _known.cache_clear()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    began = time.process_time()
    count = sum(len(occurrences(slot, start, start + timedelta(days=5 * 365))) for slot in known)
    return (time.process_time() - began) * 1000, count


def feed_of_200(known: list[Slot]) -> tuple[float, int]:
    """Milliseconds for a feed of 200 events: each slot with three occurrences that differ; and its size in bytes."""
    at = clock.now()
    lines = [_line(slot, at) for slot in known]
    began = time.process_time()
    raw = calendars.calendar("Show", "", "https://x.org/calendar.ics", lines, at)
    return (time.process_time() - began) * 1000, len(raw)


def _line(slot: Slot, at: datetime) -> calendars.Line:
    moved = {
        wall: calendars.Override("moved", wall + timedelta(hours=1), None, "Late", 1, at)
        for wall in (slot.first_wall + timedelta(weeks=week) for week in (1, 2, 3))
    }
    uid, site = f"{slot.id}@radio", "https://example.org"
    return calendars.Line(slot, uid, 0, at, "Show", "Text", "Radio", site, "", None, moved, {})


def rates(requests: int) -> tuple[float, float]:
    """Requests a second of the "now" answer and of an empty view, asked of the same application in turn."""
    from werkzeug.test import EnvironBuilder

    from campaigns.app import create_app
    from campaigns.migrations.run import upgrade
    from campaigns.start.actions import add_sample, install

    settings = config.load()
    upgrade(settings)
    app = create_app(settings)
    with app.app_context():
        if install(clock.now()):
            add_sample(clock.now())
    app.add_url_rule("/empty", "empty", lambda: "")
    found = []
    for path in (now.PATH, "/empty"):
        environ = EnvironBuilder(path=path).get_environ()
        b"".join(app.wsgi_app(dict(environ), lambda *_: None))
        began = time.process_time()
        for _ in range(requests):
            answer = app.wsgi_app(dict(environ), lambda *_: None)
            b"".join(answer)
            if hasattr(answer, "close"):
                answer.close()
        found.append(requests / (time.process_time() - began))
    return found[0], found[1]


def main() -> int:
    """Run, print a table and one line of JSON; 1 with --check when a figure is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    known = slots()
    measured: dict[str, list[float]] = {"occurrences_ms": [], "calendar_ms": [], "now_ratio": []}
    counts: dict[str, float] = {}
    for _ in range(asked.rounds):
        took, counts["occurrences"] = five_years(known)
        measured["occurrences_ms"].append(took)
        took, counts["calendar_bytes"] = feed_of_200(known)
        measured["calendar_ms"].append(took)
        counts["now_rate"], counts["empty_rate"] = rates(300)
        measured["now_ratio"].append(counts["now_rate"] / counts["empty_rate"])
    medians = {name: round(statistics.median(values), 2) for name, values in measured.items()}
    missed = [name for name, most in MOST_MS.items() if medians[name] > most]
    missed += [name for name, least in LEAST.items() if medians[name] < least]
    print(f"{'figure':<18}{'median':>10}{'aim':>12}")
    for name, value in medians.items():
        aim = f"<= {MOST_MS[name]:g}" if name in MOST_MS else f">= {LEAST[name]:g}"
        print(f"{name:<18}{value:>10}{aim:>12}{'  missed' if name in missed else ''}")
    print(json.dumps({**medians, **{name: round(value) for name, value in counts.items()}, "missed": missed}))
    return 1 if asked.check and missed else 0


if __name__ == "__main__":
    import os

    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        raise SystemExit(main())
