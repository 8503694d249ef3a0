"""A web server for `bench feeds`, as a process of its own: feeds of so many entries, hostile ones, and 304 answers.

`/feed/ENTRIES/SEED` is a feed, `/same/SEED` one that is never changed (304), `/evil/NAME` a hostile one.
"""

import sys
import threading
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEAD = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Bench</title><link>https://paper.example/</link>'
TAIL = b"</channel></rss>"
WORDS = ("county", "court", "survivors", "training", "trafficking", "housing", "board", "grant", "school", "health")
PARAGRAPH = (
    '&lt;p class="x"&gt;The &lt;b&gt;{0}&lt;/b&gt; of the {1} met on Tuesday about the {2}, and '
    '&lt;a href="/{3}?utm_source=rss"&gt;the {3}&lt;/a&gt; of last year. '
    '&lt;img src="https://t.example/{4}.gif" width="1"&gt; Nobody spoke against the {4}.&lt;/p&gt;'
)
EVIL = {
    "comments": HEAD + b"<item><title>a</title><description>" + b"&lt;!--" * 714_000 + b"</description></item>" + TAIL,
    "items": HEAD + b"<item><title>a</title><link>https://paper.example/1</link></item>" * 40_000 + TAIL,
    "nested": HEAD + b"<a>" * 50_000 + b"<item><title>a</title></item>" + b"</a>" * 50_000 + TAIL,
}


def feed(entries: int, seed: str, paragraphs: int = 10) -> bytes:
    """An RSS feed with full texts; 50 entries of 10 paragraphs are about 150 KB."""
    return HEAD + b"".join(_item(number, seed, paragraphs) for number in range(entries)) + TAIL


def _item(number: int, seed: str, paragraphs: int) -> bytes:
    words = [WORDS[(number * 7 + step * 3) % len(WORDS)] for step in range(paragraphs + 4)]
    text = "".join(PARAGRAPH.format(*words[step : step + 5]) for step in range(paragraphs))
    return (
        f"<item><title>Story {number} of {seed} about {words[0]}</title><guid>{seed}-{number}</guid>"
        f"<link>https://paper.example/{seed}/{number}</link><pubDate>Mon, 23 Nov 2026 10:00:00 GMT</pubDate>"
        f"<category>{words[1]}</category><description>{text}</description></item>"
    ).encode()


@lru_cache(maxsize=4)
def _bodies(entries: int) -> bytes:
    return feed(entries, "SEED")


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self) -> None:
        """A feed, a 304, or a hostile feed."""
        kind, *rest = self.path.strip("/").split("/")
        if kind == "same" and self.headers.get("If-None-Match"):
            self.send_response(304)
            self.send_header("ETag", '"same"')
            self.end_headers()
            return
        if kind == "evil":
            body = EVIL[rest[0]]
        else:
            body = _bodies(int(rest[0]) if kind == "feed" else 5).replace(b"SEED", rest[-1].encode())
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        if kind == "same":
            self.send_header("ETag", '"same"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """At every address of this machine, for this machine alone."""

    request_queue_size = 256
    daemon_threads = True

    def verify_request(self, request: object, client_address: object) -> bool:  # noqa: ARG002
        """Whether somebody on this machine asks."""
        return str(client_address[0]).startswith("127.")  # type: ignore[index]


def main() -> int:
    """Serve until standard input ends; the port is the first line that is printed."""
    server = Server(("", 0), Handler)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
