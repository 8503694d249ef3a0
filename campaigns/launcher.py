"""What `python3 run.py` does: checks, prepares, starts everything, shows one screen, and stays until told to stop."""

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path

import config
from campaigns import startup
from campaigns.supervisor import Child, Supervisor

ANSWER_WITHIN = 60.0
ASK_EVERY = 0.2
# Gunicorn finishes open requests within this; the supervisor allows two seconds more. All children together: 28 s.
GRACE = 8
# The exit code of a command that has said in one sentence why it could not do its work.
EXPLAINED = 2


def start() -> int:
    """Run until stopped; returns the exit code. Raises startup.NotReady with one sentence."""
    settings = startup.read_settings()
    os.umask(0o077)
    startup.prepare_folder(settings)
    lock = startup.take_folder(settings.data_dir)
    with lock:
        startup.check_port(settings.host, settings.port, "PORT")
        startup.check_port("127.0.0.1", settings.sandbox_port, "SANDBOX_PORT")
        link = _prepare_database()
        supervisor = Supervisor(_children(settings), settings.data_dir)
        supervisor.listen()
        supervisor.start()
        is_up = _wait_until_up(supervisor, settings)
        if is_up:
            print(one_screen(settings, link), flush=True)
            supervisor.run()
        was_asked = supervisor.is_stopping
        print("Stopping ...", flush=True)
        supervisor.stop()
    if is_up or was_asked:
        print("Stopped.", flush=True)
        return 0
    print(
        f"The web process does not answer; the end of {settings.data_dir / 'logs'}/web.log says why.", file=sys.stderr
    )
    return 1


def web_command(settings: config.Settings) -> list[str]:
    """The command of the web process: one worker, since threads share its memory; its log goes to standard output."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    memory = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat file; a slow disk there blocks its workers
    shared = ["--worker-tmp-dir", str(memory)] if os.access(memory, os.W_OK) else []
    # No access log: public addresses carry tokens. No proxy is believed here: TRUSTED_PROXIES is the application's.
    return [
        *(sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"{host}:{settings.port}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", str(settings.web_threads)),
        *("--timeout", "120", "--graceful-timeout", str(GRACE), "--forwarded-allow-ips", ""),
        *("--no-control-socket", "--log-level", "warning", *shared),
    ]


def scheduler_command() -> list[str]:
    """The command of the scheduler process."""
    return [sys.executable, "-m", "scheduler"]


def one_screen(settings: config.Settings, link: str) -> str:
    """What the person at the terminal needs to know."""
    lines = ["", "  H.E.A.T. Watch Outreach is running.", "", f"  Address    {_address(settings)}"]
    if link:
        lines += [f"  Sign in    {link}", "             (for the first administrator; works once)"]
    else:
        lines += ["  Sign in    with your account; for a fresh link: python3 run.py signin-link"]
    lines += [
        f"  Data       {settings.data_dir}",
        f"  Mail       stays in the sandbox until you go live (127.0.0.1:{settings.sandbox_port})",
        f"  Logs       {settings.data_dir / 'logs'}",
        "  Stop       Ctrl-C",
        "",
    ]
    return "\n".join(lines)


def _children(settings: config.Settings) -> list[Child]:
    """In the order in which they are stopped."""
    sandbox = ["--host", "127.0.0.1", "--port", str(settings.sandbox_port), "--folder", str(settings.sandbox_dir)]
    return [
        Child("web", web_command(settings), stop_within=GRACE + 2),
        Child("scheduler", scheduler_command(), stop_within=14),
        Child("sandbox", [sys.executable, "-m", "campaigns.delivery.sandbox", *sandbox], stop_within=4),
    ]


def _prepare_database() -> str:
    """Migrate, and give the sign-in link for the first administrator, or "" where there is one already."""
    # A process of its own, so that this one, which lives as long as the program, stays small.
    done = subprocess.run(
        [sys.executable, "-m", "campaigns.cli", "prepare"], capture_output=True, text=True, check=False
    )
    if done.returncode == EXPLAINED:
        raise startup.NotReady(done.stderr.strip())
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        raise startup.NotReady("The database could not be prepared; the lines above say why.")
    return done.stdout.strip()


def _wait_until_up(supervisor: Supervisor, settings: config.Settings) -> bool:
    deadline = time.monotonic() + ANSWER_WITHIN
    while not supervisor.is_stopping and time.monotonic() < deadline:
        if _answers(settings):
            return True
        supervisor.wait(ASK_EVERY)
    return False


def _answers(settings: config.Settings) -> bool:
    connection = http.client.HTTPConnection(_reachable(settings.host), settings.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _reachable(host: str) -> str:
    """The address at which this machine itself reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not listened on


def _address(settings: config.Settings) -> str:
    host = _reachable(settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/"
