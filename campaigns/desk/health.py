"""How the machine is, in plain words: the processes, the jobs, the single mails that could not leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from campaigns import facts

SILENT_AFTER = timedelta(seconds=60)
RECENT = timedelta(hours=24)
WORDS = {"web": "The web process", "scheduler": "The scheduler", "sandbox": "The mail sandbox"}


@dataclass(frozen=True)
class Problem:
    """Something about the machine that a person should know; `advice` says what it means and what to do."""

    title: str
    advice: str


def problems(
    folder: Path, failed_mails: int, now: datetime, undelivered: Mapping[str, Sequence[str]] | None = None
) -> list[Problem]:
    """What is wrong, worst first; `folder` is the data folder in which the processes write down how they are.

    `undelivered` is what the last deliverability check wants put right, by sender and mail server.
    """
    schedule = facts.read(folder / "scheduler.json")
    children = facts.read(folder / "children.json")
    return [
        *_scheduler(schedule, now),
        *_children(children, now),
        *_jobs(schedule, now),
        *_mails(failed_mails),
        *_delivery(undelivered or {}),
    ]


def _scheduler(schedule: dict[str, Any], now: datetime) -> list[Problem]:
    alive_at = _instant(schedule.get("alive_at"))
    if alive_at is not None and now - alive_at <= SILENT_AFTER:
        return []
    since = "has not been heard of yet" if alive_at is None else f"has been silent for {_spell(now - alive_at)}"
    return [
        Problem(
            f"The scheduler {since}",
            "Until it runs, nothing is sent, no confirmation leaves and nothing scheduled starts; nothing is lost. "
            "Ask whoever looks after the machine to look at the program’s window or its log.",
        )
    ]


def _children(children: dict[str, Any], now: datetime) -> list[Problem]:
    found = []
    for name, child in sorted(children.items()):
        if not isinstance(child, dict):
            continue
        who = WORDS.get(name, f"The process “{name}”")
        started_at = _instant(child.get("started_at"))
        times = child.get("restarts") or 0
        if not child.get("is_running"):
            found.append(Problem(f"{who} is not running", "It is started again by itself, a little later each time."))
        elif times and started_at is not None and now - started_at < RECENT:
            often = "once" if times == 1 else f"{times} times"
            text = f"It ended unexpectedly and runs again since {_spell(now - started_at)}. The reason is in its log."
            found.append(Problem(f"{who} was started again {often}", text))
    return found


def _jobs(schedule: dict[str, Any], now: datetime) -> list[Problem]:
    found = []
    jobs = schedule.get("jobs")
    for name, job in sorted(jobs.items()) if isinstance(jobs, dict) else []:
        failed_at = _instant(job.get("last_failure_at"))
        if failed_at is not None and now - failed_at < RECENT:
            count = job.get("failures") or 1
            often = "once" if count == 1 else f"{count:,} times"
            text = f"Last {_spell(now - failed_at)} ago ({job.get('last_failure')}). It is tried again by itself."
            found.append(Problem(f"The job “{name.replace('_', ' ')}” failed {often}", text))
    return found


def _mails(failed: int) -> list[Problem]:
    if not failed:
        return []
    title = "1 single mail could not be sent" if failed == 1 else f"{failed:,} single mails could not be sent"
    return [Problem(title, "The mail server refused them for good, often because an address does not exist.")]


def _delivery(undelivered: Mapping[str, Sequence[str]]) -> list[Problem]:
    return [
        Problem(
            f"Mail from {way} may not arrive",
            f"{'; '.join(titles[:3])}. Settings, Deliverability, says what to do and whom to ask.",
        )
        for way, titles in undelivered.items()
    ]


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _spell(span: timedelta) -> str:
    seconds = max(int(span.total_seconds()), 0)
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "a moment"
