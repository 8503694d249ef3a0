"""A real web server on loopback that answers as a test says, and keeps what it was asked."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

import config


@dataclass
class Asked:
    """One request as it arrived; `began` and `ended` are seconds of one clock."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    began: float = 0.0
    ended: float = 0.0
    write: Callable[[bytes], None] = lambda _data: None


@dataclass
class Says:
    """An answer; `stream` writes the body by itself, a bare `raw` replaces status line, headers and all."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    stream: Callable[[Asked], None] | None = None
    raw: bool = False


Answering = Callable[[Asked], Says]


class Website:
    """Pages by path; a page is an answer, or a function from the request to one. What is asked for is in `asked`."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Says | Answering] = {}
        self.asked: list[Asked] = []
        self.stop = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

            def handle_one(self) -> None:
                site._answer(self)

            do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = handle_one  # noqa: N815

        class Quiet(ThreadingHTTPServer):
            daemon_threads = False
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                """The other side may break off."""

            def verify_request(self, request: object, client_address: object) -> bool:  # noqa: ARG002
                """Only this machine, also where every address of it is listened at."""
                return str(client_address[0]).startswith("127.")  # type: ignore[index]

        self._server = Quiet((host, port), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{host or '127.0.0.1'}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [each.path for each in self.asked]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, handler.path, headers, handler.rfile.read(length), time.monotonic())
        asked.write = lambda data: (handler.wfile.write(data), handler.wfile.flush())[0]
        self.asked.append(asked)
        page = self.pages.get(urlsplit(handler.path).path, Says(b"nothing here", 404))
        says = page(asked) if callable(page) else page
        handler.close_connection = True
        if not says.raw:
            handler.send_response(says.status)
            for name, value in says.headers.items():
                handler.send_header(name, value)
            if says.stream is None and "Content-Length" not in says.headers and says.status != 304:
                handler.send_header("Content-Length", str(len(says.body)))
            handler.send_header("Connection", "close")
            handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(says.body)
            handler.wfile.flush()
            if says.stream is not None:
                says.stream(asked)
        asked.ended = time.monotonic()

    def __enter__(self) -> "Website":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def allow_inside(monkeypatch: pytest.MonkeyPatch, targets: str) -> None:
    """Let the guard of the web through to these internal hosts, for one test."""
    monkeypatch.setenv("INTERNAL_HOSTS", targets)
    config.load.cache_clear()


@pytest.fixture
def website(monkeypatch: pytest.MonkeyPatch) -> Iterator[Website]:
    """A web server at every address of loopback, so that it can be many hosts, which the guard lets through."""
    with Website("") as site:
        allow_inside(monkeypatch, f"127.0.0.0/8:{site.port}, localhost:{site.port}")
        yield site
    monkeypatch.undo()
    config.load.cache_clear()
