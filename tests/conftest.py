"""Fixtures of all tests: the application on each engine, a browser for public pages and signed-in clients."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

# The data folder must be set before anything reads the settings; each worker has its own.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="outreach-test-")
os.environ["DATABASE_URL"] = ""
# Nobody is asked for the time, and the name system is a server of ours that knows nothing.
os.environ["TIME_SERVER"] = ""
# The program is started many times: what the first start compiles, the others read, also where that is switched off.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
from tests.nameserver import NOWHERE

os.environ["DNS_SERVER"] = NOWHERE

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import text

import config
from campaigns import clock
from campaigns.app import create_app
from campaigns.db import Base, db
from campaigns.migrations.run import upgrade
from campaigns.start.actions import install
from tests.browser import browser, page  # noqa: F401
from tests.loopback import guard
from tests.postgres import postgres_url  # noqa: F401
from tests.websites import website  # noqa: F401

guard()

JOB_TABLES = ("procrastinate_events", "procrastinate_periodic_defers", "procrastinate_jobs")
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


class Compiled(BytecodeCache):
    """Templates that one engine's application has compiled, kept for the other's."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept, if anything is."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_compiled = Compiled()


class Engine:
    """One application on one engine, and how to bring its database back to a new installation."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.settings = config.load().model_copy(update={"database_url": url})
        upgrade(self.settings)
        self.app = create_app(self.settings)
        self.app.config["TESTING"] = True
        self.app.config["PROPAGATE_EXCEPTIONS"] = False
        # A password takes a fifth of a second to hash, as it should, and tests hash hundreds.
        self.app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=64)
        self.app.jinja_env.bytecode_cache = _compiled
        # No file changes during a test. A browser would ask for each of them again with every page.
        self.app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
        if name == "sqlite":
            self._keep_copy()

    @property
    def _file(self) -> Path:
        return config.load().data_dir / "outreach.sqlite"

    @property
    def _fresh(self) -> Path:
        return self._file.with_suffix(".fresh")

    def _keep_copy(self) -> None:
        with self.app.app_context():
            install(clock.now())
            db.session.remove()
            db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            db.session.remove()
            db.engine.dispose()
        shutil.copy(self._file, self._fresh)

    def renew(self) -> None:
        """A database as a new installation leaves it."""
        with self.app.app_context():
            if self.name == "sqlite":
                db.engine.dispose()
                # A thread of a served application may still hold the file, so that it is rewritten, not replaced.
                with closing(sqlite3.connect(self._fresh)) as fresh, closing(sqlite3.connect(self._file)) as used:
                    fresh.backup(used)
                return
            self._empty()
            install(clock.now())

    def _empty(self) -> None:
        """Empty what a test has filled. To truncate all tables would take longer than most tests do."""
        names = [*(table.name for table in Base.metadata.sorted_tables), *JOB_TABLES]
        has_rows = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names)  # noqa: S608
        with db.engine.begin() as connection:
            filled = connection.scalars(text(has_rows)).all()
            counted = connection.scalars(text("SELECT sequencename FROM pg_sequences WHERE last_value > 0")).all()
            # Neither the guards of what must not be deleted nor the order of references matter to an empty database.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for name in filled:
                connection.execute(text(f'DELETE FROM "{name}"'))  # noqa: S608
            for name in counted:
                connection.execute(text(f'ALTER SEQUENCE "{name}" RESTART'))


_engines: dict[str, Engine] = {}


def engine_named(name: str, url: str) -> Engine:
    """The engine of that name, made once a worker."""
    if name not in _engines:
        _engines[name] = Engine(name, url)
    return _engines[name]


@pytest.fixture(params=ENGINES)
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application with the database of a new installation, on each engine in turn."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    engine = engine_named(request.param, url)
    engine.renew()
    yield engine.app
    with engine.app.app_context():
        db.session.remove()


@pytest.fixture
def ctx(app: Flask) -> Iterator[Flask]:
    """The application with its context pushed, for tests of actions and queries (not together with a client)."""
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript that nobody has signed in with."""
    return app.test_client()
