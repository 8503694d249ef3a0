"""A function in several processes at once. One process loads the program and forks them, so that it is loaded once.

`python -m tests.forks COUNT MODULE:FUNCTION DATABASE_URL` calls the function in each, with the application's context,
as soon as all are there, and prints what each gave, a line each.
"""

import importlib
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from flask import Flask

import config
from campaigns.app import create_app


def at_once(count: int, function: Callable[[], object], url: str) -> list[str]:
    """What each of so many processes gave that called the function, one of a module, on that database."""
    name = f"{function.__module__}:{function.__name__}"
    command = [sys.executable, "-m", "tests.forks", str(count), name, url]
    own = {"DATA_DIR": str(config.load().data_dir), "DATABASE_URL": ""}
    environment = {**os.environ, **own}
    done = subprocess.run(
        command, cwd=config.ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=120
    )
    return done.stdout.split()


def _live(app: Flask, work: Callable[[], object], ready: int, gate: int) -> NoReturn:
    try:
        with app.app_context():
            os.write(ready, b".")
            os.read(gate, 1)
            # In one piece: the others write there too.
            os.write(sys.stdout.fileno(), f"{work()}\n".encode())
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def main() -> int:
    """Fork, let go, wait."""
    count, name, url = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    module, _, function = name.partition(":")
    work = getattr(importlib.import_module(module), function)
    app = create_app(config.load().model_copy(update={"database_url": url}))
    is_ready, ready = os.pipe()
    gate, opener = os.pipe()
    children = []
    for _ in range(count):
        if (child := os.fork()) == 0:
            os.close(opener)
            _live(app, work, ready, gate)
        children.append(child)
    os.close(ready)
    for _ in children:
        os.read(is_ready, 1)
    # Nobody writes: that it closes lets all go at the same moment.
    os.close(opener)
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


if __name__ == "__main__":
    raise SystemExit(main())
