"""What `bench send` measures of the brakes: how long after "pause" and "cancel" the last message leaves."""

import threading
import time
from collections.abc import Callable

from flask import Flask, current_app
from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.db import action, db, end_reading
from campaigns.delivery import queries, runs, sender
from campaigns.delivery.recipients import Source

UNDER_WAY = 100


def measure(launch: Callable[[int], int], source: Source, people: int, times: int) -> dict[str, float | None]:
    """The longest of so many times, in seconds, from the press until the sender has nothing on the wire any more."""
    found: dict[str, list[float]] = {"pause_s": [], "cancel_s": []}
    for _ in range(times):
        run_id = launch(people)
        found["pause_s"].append(_held(run_id, source, lambda session, run: runs.pause(session, run, "")))
        _press(run_id, runs.resume)
        found["cancel_s"].append(_held(run_id, source, lambda session, run: runs.cancel(session, run, clock.now())))
    return {name: max(seconds) for name, seconds in found.items()}


def _held(run_id: int, source: Source, press: Callable[[Session, int], None]) -> float:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def work() -> None:
        with app.app_context():
            while sender.work({"bench": source}, lambda: False, threading.Event(), "bench"):
                pass

    wanted = _sent(run_id) + UNDER_WAY
    thread = threading.Thread(target=work)
    thread.start()
    while _sent(run_id) < wanted:
        time.sleep(0.002)
    began = time.perf_counter()
    _press(run_id, press)
    thread.join()
    return time.perf_counter() - began


@action
def _press(run_id: int, press: Callable[[Session, int], None]) -> None:
    press(db.session(), run_id)


def _sent(run_id: int) -> int:
    sent = queries.progress(run_id).sent
    end_reading()
    return sent
