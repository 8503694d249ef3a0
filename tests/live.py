"""The application behind a real HTTP server on loopback, for the browser and for programs that speak HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from flask import Flask

from tests.conftest import engine_named


class QuietHandler(WSGIRequestHandler):
    """Answers one request; a browser may open a connection and never use it."""

    timeout = 5

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingMixIn, WSGIServer):
    """One thread a request, all of which have ended once the server is closed: the next test renews the database."""

    daemon_threads = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Browsers drop connections; what fails in the application is logged there."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of a server that answers with this application, in threads of its own.

    Not werkzeug's server: it leaves files open when a browser drops the connection.
    """
    server = make_server("127.0.0.1", 0, app, server_class=Server, handler_class=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
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
