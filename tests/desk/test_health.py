"""What the desk says about the machine, from the files that the processes write."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from campaigns import facts
from campaigns.desk import health

NOW = datetime(2026, 12, 3, 16, 0, tzinfo=UTC)


def titles(folder: Path, failed: int = 0) -> list[str]:
    return [problem.title for problem in health.problems(folder, failed, NOW)]


def alive(folder: Path, ago: timedelta, **jobs: object) -> None:
    facts.write(folder / "scheduler.json", {"alive_at": (NOW - ago).isoformat(), "jobs": jobs})


def test_all_is_well_when_everybody_was_heard_of(tmp_path: Path) -> None:
    alive(tmp_path, timedelta(seconds=5))
    facts.write(tmp_path / "children.json", {"web": {"is_running": True, "restarts": 0, "started_at": NOW.isoformat()}})
    assert titles(tmp_path) == []


def test_mail_that_may_not_arrive_is_said_with_its_reasons(tmp_path: Path) -> None:
    alive(tmp_path, timedelta(seconds=5))
    way = {"example.org through County relay": ["example.org has no SPF record", "The key is short"]}
    (problem,) = health.problems(tmp_path, 0, NOW, way)
    assert problem.title == "Mail from example.org through County relay may not arrive"
    assert problem.advice.startswith("example.org has no SPF record; The key is short. Settings, Deliverability")


def test_a_silent_scheduler_is_said_in_plain_words(tmp_path: Path) -> None:
    assert titles(tmp_path) == ["The scheduler has not been heard of yet"]
    alive(tmp_path, timedelta(minutes=3))
    assert titles(tmp_path) == ["The scheduler has been silent for 3 minutes"]


def test_a_restarted_and_a_dead_process_are_named(tmp_path: Path) -> None:
    alive(tmp_path, timedelta(seconds=5))
    started = (NOW - timedelta(minutes=10)).isoformat()
    children = {
        "sandbox": {"is_running": False, "restarts": 1, "started_at": started},
        "web": {"is_running": True, "restarts": 2, "started_at": started},
    }
    facts.write(tmp_path / "children.json", children)
    assert titles(tmp_path) == ["The mail sandbox is not running", "The web process was started again 2 times"]


def test_a_restart_is_forgotten_after_a_day(tmp_path: Path) -> None:
    alive(tmp_path, timedelta(seconds=5))
    started = (NOW - timedelta(days=2)).isoformat()
    facts.write(tmp_path / "children.json", {"web": {"is_running": True, "restarts": 1, "started_at": started}})
    assert titles(tmp_path) == []


def test_failing_jobs_and_mails_are_counted(tmp_path: Path) -> None:
    failed = {"last_failure_at": (NOW - timedelta(minutes=1)).isoformat(), "failures": 4, "last_failure": "OSError"}
    alive(tmp_path, timedelta(seconds=5), send_mail=failed)
    assert titles(tmp_path, failed=2) == ["The job “send mail” failed 4 times", "2 single mails could not be sent"]


def test_a_broken_file_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "scheduler.json").write_text("{", "utf-8")
    facts.write(tmp_path / "children.json", {"web": "odd"})
    assert titles(tmp_path) == ["The scheduler has not been heard of yet"]
