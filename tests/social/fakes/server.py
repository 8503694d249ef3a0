"""The server under every fake: reads requests, answers, and does once what a test asks it to do wrong."""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Call:
    """One request as it arrived; `form` holds multipart and form fields, `files` the bytes of the files."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    form: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def bearer(self) -> str:
        """The token in the Authorization header."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass
class Reply:
    """An answer in JSON, or in bytes."""

    status: int = 200
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None


# What it does wrong: "silent" acts and never answers, "fault" acts and answers 500, "down" answers 503 without acting,
# "drop" acts and closes the connection, "limit" answers 429, "garbled" acts and answers with something unreadable.
Mischief = str | Callable[[], None]


class Fake:
    """A network on loopback. Subclasses answer in `act`; `calls` is everything that arrived, in order."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.lock = threading.RLock()
        self._mischief: deque[tuple[str, Mischief]] = deque()
        self._over = threading.Event()
        self.silence = threading.Event()
        self.latency = 0.0
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

            def handle_one(self) -> None:
                fake._answer(self)

            do_GET = do_POST = do_PUT = do_DELETE = handle_one  # noqa: N815

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 256

            def handle_error(self, request: object, client_address: object) -> None:
                """The other side may break off."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def act(self, call: Call) -> Reply:
        """Do what was asked and answer."""
        raise AssertionError(f"nobody answers {call.path}")

    def next(self, part: str, mischief: Mischief) -> None:
        """At the next request whose path holds `part`, do this wrong; a function is called after acting."""
        self._mischief.append((part, mischief))

    def paths(self, part: str = "") -> list[str]:
        """The paths asked for, in order."""
        return [call.path for call in self.calls if part in call.path]

    def _take(self, path: str) -> Mischief | None:
        with self.lock:
            for one in self._mischief:
                if one[0] in path:
                    self._mischief.remove(one)
                    return one[1]
        return None

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        call = _read(handler)
        wrong = self._take(call.path)
        if self.latency:
            self._over.wait(self.latency)
        with self.lock:
            self.calls.append(call)
            if wrong == "limit":
                reply = Reply(429, {"parameters": {"retry_after": 7}}, {"Retry-After": "7"})
            elif wrong == "down":
                reply = Reply(503, {})
            else:
                reply = self.act(call)
        if callable(wrong):
            wrong()
        elif wrong == "silent":
            self.silence.set()
            self._over.wait()
            return
        elif wrong == "drop":
            return
        elif wrong == "fault":
            reply = Reply(500, {"error": "InternalServerError"})
        elif wrong == "garbled":
            reply = Reply(200, text="<html>")
        _write(handler, reply)

    def __enter__(self) -> "Fake":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _read(handler: BaseHTTPRequestHandler) -> Call:
    parts = urlsplit(handler.path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    headers = {name.lower(): value for name, value in handler.headers.items()}
    body = handler.rfile.read(int(headers.get("content-length") or 0))
    call = Call(handler.command, parts.path, query, headers, body)
    kind = headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        call.form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    if kind.startswith("multipart/form-data"):
        whole = BytesParser(Message).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        for part in whole.get_payload():
            assert isinstance(part, Message)
            name = str(part.get_param("name", header="content-disposition"))
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            if part.get_filename():
                call.files[name] = content
            else:
                call.form[name] = content.decode()
    return call


def _write(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    body = reply.text.encode() if reply.text is not None else json.dumps(reply.data).encode()
    handler.send_response(reply.status)
    handler.send_header("Content-Type", "application/json" if reply.text is None else "text/plain")
    handler.send_header("Content-Length", str(len(body)))
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
