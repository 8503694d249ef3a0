"""The application behind a real HTTP server on loopback, for the browser and for programs that speak HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.conftest import engine_named


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of a server that answers with this application, in threads of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Live:
    """A served application: `app` to make rows with, `url` to open pages."""

    def __init__(self, app: Flask, url: str) -> None:
        self.app = app
        self.url = url


@pytest.fixture
def live() -> Iterator[Live]:
    """The application of a new installation on SQLite, behind a real server."""
    engine = engine_named("sqlite", "")
    engine.renew()
    with served(engine.app) as url:
        yield Live(engine.app, url)
