"""What has to be right before the program starts: settings, data folder, only one of us, free ports."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import IO

from pydantic import ValidationError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

import config
from campaigns.db import prepare_engine


class NotReady(Exception):
    """The program cannot start; `str(error)` is one sentence that says why and what to do."""


def read_settings() -> config.Settings:
    """The settings, or NotReady naming the one that is broken."""
    try:
        return config.load()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "?"
        why = first["msg"].removeprefix("Value error, ")
        raise NotReady(f"The setting {name} cannot be used: {why[:1].lower()}{why[1:]}.") from error


def prepare_folder(settings: config.Settings) -> None:
    """Make the data folder and the two secrets, for our eyes only; NotReady where it cannot be written to."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        for inner in (folder, folder / "logs", settings.sandbox_dir):
            inner.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=inner):
                pass
        _ = settings.secret_key, settings.pepper
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise NotReady(
            f"The data folder {folder} cannot be used ({why}); set DATA_DIR to a folder that can be written to."
        ) from error


def take_folder(folder: Path, name: str = "supervisor.lock") -> IO[str]:
    """Hold the data folder for this process, as long as the returned file stays open; NotReady when it is held."""
    file = (folder / name).open("a", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise NotReady(f"The program already runs on the data folder {folder}; stop that one first.") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def check_database(settings: config.Settings) -> None:
    """NotReady unless the database answers."""
    engine = create_engine(settings.engine_url)
    prepare_engine(engine)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError as error:
        why = str(error.orig).strip().partition("\n")[0]
        raise NotReady(f"The database cannot be used ({why}); start its server, or check DATABASE_URL.") from error
    finally:
        engine.dispose()


def check_port(host: str, port: int, setting: str) -> None:
    """NotReady unless we could listen there; `setting` is the name of the setting that changes it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the servers do it, so that connections of a former run that linger are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotReady(
                f"Port {port} on {host} cannot be used ({error.strerror}); "
                f"stop what uses it or set {setting} to another."
            ) from error
