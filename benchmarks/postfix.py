"""Postfix's own pair, `smtp-source` and `smtp-sink`: the yardstick for rates. Without them a figure is not measured."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

from campaigns.delivery.smtp import SmtpServer

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/postfix/sbin"
INSTALL_S = 180


def tool(name: str) -> str | None:
    """Where one of the pair is; None when there is none and none can be installed."""
    found = shutil.which(name, path=PATH)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                ["apt-get", "install", "-y", "-qq", "postfix"], env=quiet, capture_output=True, timeout=INSTALL_S
            )
        found = shutil.which(name, path=PATH)
    return found


@contextlib.contextmanager
def sink(program: str) -> Iterator[SmtpServer]:
    """Postfix's sink on a free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    # It will not stay root.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "200"], cwd="/", stderr=subprocess.DEVNULL)
    try:
        for _ in range(500):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.01)
        yield SmtpServer("127.0.0.1", port, "none")
    finally:
        process.terminate()
        process.wait()


def source(program: str, server: SmtpServer, messages: int, length: int, connections: int) -> float:
    """Messages a second of `smtp-source`, which keeps each connection for many messages."""
    command = [program, "-d", "-s", str(connections), "-m", str(messages), "-l", str(length)]
    began = time.perf_counter()
    subprocess.run([*command, "-f", "a@example.org", "-t", "b@example.net", f"{server.host}:{server.port}"], check=True)
    return messages / (time.perf_counter() - began)
