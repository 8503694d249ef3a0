"""The main job in one command: every count is right, and one that is off is said and ends with exit code 1."""

import pytest

from campaigns.demo import Line, report
from tests.test_run import Program


@pytest.mark.processes
def test_the_main_job_counts_right_and_touches_no_installation(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("installation") / "data"
    demo = Program(folder, "demo")
    assert demo.ends() == 0, demo.printed
    assert "Every count is right." in demo.printed
    assert "OFF" not in demo.printed
    for line in ("bad lines, each named by its number: 20", "of them exactly once: 1000", "reader who left: 0"):
        assert line in demo.printed
    for line in (
        "sources of news that were read: 5",
        "stories in the issue: 8",
        "people who got the digest: 999",
        "of them with every story and its link: 999",
        "stories that a second issue would print again: 0",
    ):
        assert line in demo.printed
    assert not folder.exists()


def test_a_count_that_is_off_is_said_and_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([Line("people who got it", 999, 1000)]) == 1
    shown = capsys.readouterr().out
    assert "OFF  people who got it: 999   should be 1000" in shown
    assert report([Line("people who got it", 1000, 1000)]) == 0
