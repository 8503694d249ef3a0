"""The program as a person starts it: real processes, one screen, one sentence when something is wrong."""

import contextlib
import http.client
import os
import re
import runpy
import select
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import config
from campaigns import facts
from campaigns.cli import COMMANDS
from tests.postgres import free_port, fresh_database

PATIENCE = 300
pytestmark = pytest.mark.processes


class Program:
    """`python3 run.py` with its own data folder and ports; what it prints is read as it comes."""

    def __init__(self, folder: Path, *arguments: str, **settings: str) -> None:
        self.folder = folder
        self.port, self.sandbox_port = free_port(), free_port()
        own = {"DATA_DIR": str(folder), "PORT": str(self.port), "SANDBOX_PORT": str(self.sandbox_port)}
        self.environment = {**os.environ, "DATABASE_URL": "", **own, **settings}
        self.process = subprocess.Popen(
            [sys.executable, "run.py", *arguments],
            cwd=config.ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed = ""

    def read_until(self, words: str) -> str:
        """Read lines until one holds the words; fails with all that was printed when it ends before."""
        assert self.process.stdout is not None
        overdue = threading.Timer(PATIENCE, self.process.kill)
        overdue.start()
        try:
            for line in self.process.stdout:
                self.printed += line
                if words in line:
                    return line
        finally:
            overdue.cancel()
        raise AssertionError(f"“{words}” was never printed, but: {self.printed}")

    def ends(self) -> int:
        """Its exit code, once it has ended by itself."""
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.printed += rest
        return self.process.returncode

    def children(self) -> dict[str, int]:
        """The process id of each child, as it is written down for the desk."""
        return {name: child["pid"] for name, child in facts.read(self.folder / "children.json").items()}


def members(leaders: list[int]) -> list[int]:
    """All processes in the groups of those leaders."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) in leaders and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def wait_for_the_end_of(pids: list[int]) -> None:
    """Wait until none of the processes is there, by the kernel's own event."""
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            assert select.select([handle], [], [], PATIENCE)[0], f"process {pid} did not end"
        finally:
            os.close(handle)


@contextlib.contextmanager
def started(folder: Path, **settings: str) -> Iterator[Program]:
    """The program, up; nothing of it is left afterwards."""
    program = Program(folder, **settings)
    try:
        program.read_until("Stop ")
        yield program
    finally:
        program.process.kill()
        program.process.communicate()
        wait_for_the_end_of(members(list(filter(None, program.children().values()))))


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A program of this test's own, which it may stop."""
    with started(tmp_path / "data") as one:
        yield one


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program for all tests that leave it running."""
    with started(tmp_path_factory.mktemp("running") / "data") as one:
        yield one


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def test_it_starts_shows_one_screen_and_stops_cleanly(program: Program) -> None:
    link = re.search(r"Sign in +http://127\.0\.0\.1:\d+(/\S+)", program.printed)
    assert f"http://127.0.0.1:{program.port}/" in program.printed
    assert str(program.folder) in program.printed
    assert link is not None
    assert get(program.port, "/healthz") == 200
    assert get(program.port, link[1]) == 200
    with socket.create_connection(("127.0.0.1", program.sandbox_port), timeout=PATIENCE) as mail:
        assert mail.recv(200).startswith(b"220 ")
    everyone = members(list(program.children().values()))
    assert len(everyone) >= 4, "web with its worker, scheduler, sandbox"

    program.process.send_signal(signal.SIGTERM)
    assert program.ends() == 0
    assert not members(list(program.children().values()))
    wait_for_the_end_of(everyone)
    token = link[1].rpartition("/")[2]
    logs = "".join(path.read_text() for path in (program.folder / "logs").iterdir())
    assert token not in logs
    assert "Traceback" not in logs


def test_secrets_and_data_are_for_our_eyes_only(running: Program) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in running.folder.iterdir()}
    assert modes["secret_key"] == modes["pepper"] == 0o600
    assert stat.S_IMODE(running.folder.stat().st_mode) == 0o700
    assert not [name for name, mode in modes.items() if mode & 0o077]


def test_a_second_start_on_the_same_folder_is_refused(running: Program) -> None:
    second = Program(running.folder)
    assert second.ends() == 2
    assert second.printed.count("\n") == 1
    assert "already runs" in second.printed


@pytest.mark.parametrize("name", ["web", "scheduler", "sandbox"])
def test_a_child_that_is_killed_is_started_again(running: Program, name: str) -> None:
    before = running.children()[name]
    os.kill(before, signal.SIGKILL)
    running.read_until(f"{name} ended (signal SIGKILL)")
    running.read_until(f"{name} was started again")
    child = facts.read(running.folder / "children.json")[name]
    assert child["restarts"] == 1
    assert child["last_exit"] == "signal SIGKILL"
    assert child["pid"] != before


def test_the_children_end_when_their_parent_is_killed(program: Program) -> None:
    everyone = members(list(program.children().values()))
    program.process.kill()
    program.process.wait()
    wait_for_the_end_of(everyone)
    assert not members(list(program.children().values()))


@pytest.mark.postgres
def test_it_runs_on_postgresql_with_the_engine_for_many_machines(tmp_path: Path, postgres_url: str) -> None:
    name = f"{postgres_url.rpartition('/')[2]}_run"
    with fresh_database(postgres_url, name) as url:
        with started(tmp_path / "data", DATABASE_URL=url) as program:
            assert get(program.port, "/healthz") == 200
            overdue = time.monotonic() + PATIENCE
            while "heartbeat" not in (jobs := facts.read(program.folder / "scheduler.json").get("jobs", {})):
                assert time.monotonic() < overdue, jobs
                time.sleep(0.1)
            assert facts.read(program.folder / "scheduler.json")["engine"] == "distributed"
            program.process.send_signal(signal.SIGTERM)
            assert program.ends() == 0
        logs = "".join(path.read_text() for path in (program.folder / "logs").iterdir())
        assert "Traceback" not in logs, logs


def refusal(folder: Path, *arguments: str, **settings: str) -> str:
    """The one sentence of a start that is refused with exit code 2."""
    refused = Program(folder, *arguments, **settings)
    assert refused.ends() == 2, refused.printed
    assert refused.printed.count("\n") == 1, refused.printed
    return refused.printed


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "eighty"), ("PORT", "70000"), ("DATABASE_URL", "mysql://x:hush@y/z"), ("TRUSTED_PROXIES", "everyone")],
)
def test_a_broken_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    sentence = refusal(tmp_path / "data", **{name: value})
    assert f"setting {name} " in sentence
    assert "hush" not in sentence


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"Port {port} " in refusal(tmp_path / "data", PORT=port)
        assert "SANDBOX_PORT" in refusal(tmp_path / "data", SANDBOX_PORT=port)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    # Root may write anywhere, so the folder is one that cannot exist: it would lie inside a file.
    (tmp_path / "file").write_text("")
    sentence = refusal(tmp_path / "file" / "data")
    assert "DATA_DIR" in sentence
    assert str(tmp_path / "file" / "data") in sentence


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    address = f"postgresql://nobody:hush@127.0.0.1:{free_port()}/outreach"
    sentence = refusal(tmp_path / "data", DATABASE_URL=address)
    assert "DATABASE_URL" in sentence
    assert "hush" not in sentence
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "outreach.sqlite").write_text("this is no database\n" * 500)
    assert "database" in refusal(tmp_path / "torn")


def test_a_missing_system_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    starter = runpy.run_path(str(config.ROOT / "run.py"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(starter["SetUpError"], match="install it with: sudo apt-get install python3-venv"):
        starter["_install_venv_package"]()


def test_an_unknown_command_is_named(tmp_path: Path) -> None:
    assert "“sned”" in refusal(tmp_path, "sned")


@pytest.mark.parametrize("word", ["help", "--help"])
def test_help_lists_every_command(tmp_path: Path, word: str) -> None:
    shown = Program(tmp_path, word)
    assert shown.ends() == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command.name} +{re.escape(command.line)}$", shown.printed, re.MULTILINE)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """`python3 run.py prepare` that has ended, for all tests of commands on its folder."""
    one = Program(tmp_path_factory.mktemp("prepared"), "prepare")
    assert one.ends() == 0, one.printed
    return one


def test_a_sign_in_link_can_be_had_from_the_command_line(prepared: Program) -> None:
    fresh = Program(prepared.folder, "signin-link")
    assert fresh.ends() == 0
    assert fresh.printed.startswith("http://")
    assert fresh.printed != prepared.printed


def test_the_sample_content_can_be_removed_from_the_command_line(prepared: Program) -> None:
    removal = Program(prepared.folder, "sample", "remove")
    assert removal.ends() == 0
    assert "removed" in removal.printed
    again = Program(prepared.folder, "sample", "remove")
    assert again.ends() == 0
    assert "no sample content" in again.printed


def test_deliverability_is_checked_from_the_command_line(prepared: Program) -> None:
    check = Program(prepared.folder, "check")
    assert check.ends() == 2, check.printed
    assert "No mail server is set" in check.printed
    assert "-> Add one under Settings, Mail servers" in check.printed
    other = Program(prepared.folder, "check", "other.example")
    assert other.ends() == 2
    assert "No sender has that domain" in other.printed


def test_run_py_needs_nothing_but_the_standard_library() -> None:
    text = (config.ROOT / "run.py").read_text()
    imported = set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE))
    assert imported <= set(sys.stdlib_module_names)
