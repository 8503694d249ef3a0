"""Five sample feeds, served on loopback as real ones are: with validators, dates near today, and pages behind links."""

import re
import threading
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import config

FOLDER = config.ROOT / "demo" / "feeds"
DAYS_AGO = re.compile(r"@(rfc|iso):(\d+)@")
TYPES = {".xml": "application/xml; charset=utf-8", ".json": "application/feed+json"}
# It names no headline, since every link leads to it.
PAGE = b'<!doctype html><html lang="en"><p>A page of the demo.</p></html>'
# (file, how near the source is to us), in the order in which an office would add them.
FEEDS = [
    ("office.xml", "own"),
    ("shelter.xml", "partner"),
    ("tribune.xml", "press"),
    ("radio.xml", "press"),
    ("coalition.json", "other"),
]


class FeedServer:
    """The feeds at `url` + "/office.xml" and so on; every other path is a small page, so that links are alive.

    Use it as a context manager. The guard of the web lets it through when INTERNAL_HOSTS holds `target`.
    """

    def __init__(self, now: datetime, port: int = 0) -> None:
        pages = self
        self.requests = 0

        class Handler(BaseHTTPRequestHandler):
            """Answers from the folder."""

            def do_GET(self) -> None:
                """One page or feed."""
                pages._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._now = now
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.target = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def addresses(self) -> list[tuple[str, str]]:
        """The address of each feed, and its trust."""
        return [(f"{self.url}/{name}", trust) for name, trust in FEEDS]

    def body(self, path: Path) -> bytes:
        """One file with today's dates and our address in it."""
        text = path.read_text("utf-8").replace("@site@", self.url)
        return DAYS_AGO.sub(self._date, text).encode()

    def _date(self, found: re.Match[str]) -> str:
        day = self._now.replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=int(found[2]))
        return format_datetime(day) if found[1] == "rfc" else day.isoformat()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests += 1
        file = FOLDER / Path(handler.path.partition("?")[0]).name
        if file.suffix in TYPES and file.exists():
            self._send(handler, self.body(file), TYPES[file.suffix])
        else:
            self._send(handler, PAGE, "text/html")

    def _send(self, handler: BaseHTTPRequestHandler, body: bytes, kind: str) -> None:
        etag = f'"{hash(body) & 0xFFFFFFFF:x}"'
        is_known = handler.headers.get("If-None-Match") == etag
        handler.send_response(304 if is_known else 200)
        handler.send_header("ETag", etag)
        if not is_known:
            handler.send_header("Content-Type", kind)
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if not is_known:
            handler.wfile.write(body)

    def __enter__(self) -> "FeedServer":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
