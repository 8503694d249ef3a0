"""What is on the air now and next, answered from memory until the next change of state.

The program's website asks each time somebody opens it. So the answer of one address is kept in front of the
application, as bytes, for as long as the answer itself says, and costs neither a query nor a template.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.radio.queries import OnAir

PATH = "/listen/now.json"
# A show that staff move or cancel must not be announced for long by another process that has not heard of it.
LONGEST = timedelta(seconds=20)
AHEAD = timedelta(days=14)
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class State:
    """What is on the air at an instant, what follows, and until when that holds."""

    on_air: list[OnAir]
    following: list[OnAir]
    until: datetime


def state_of(schedule: list[OnAir], now: datetime, count: int = 3) -> State:
    """The state at an instant, out of a schedule that reaches at least from then on; what is canceled is left out."""
    happening = [one for one in schedule if not one.occurrence.is_off]
    on_air = [one for one in happening if one.occurrence.starts_at <= now < one.occurrence.ends_at]
    following = [one for one in happening if one.occurrence.starts_at > now]
    changes = [one.occurrence.ends_at for one in on_air] + [one.occurrence.starts_at for one in following[:1]]
    return State(on_air, following[:count], min([*changes, now + LONGEST]))


@dataclass(frozen=True)
class _Kept:
    status: str
    headers: list[tuple[str, str]]
    body: bytes
    etag: str
    until: float


class NowFirst:
    """WSGI middleware: answers GET and HEAD of one path from memory, everything else by the application.

    An answer is kept when it is 200, sets no cookie, and says by `max-age` for how long it holds.
    """

    def __init__(self, app: WsgiApp) -> None:
        self.app = app
        self._kept: _Kept | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("PATH_INFO") != PATH or environ.get("QUERY_STRING"):
            return self.app(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return self.app(environ, start_response)
        kept = self._kept
        if kept is None or time.monotonic() >= kept.until:
            kept = self._renewed(environ)
        if kept.etag and environ.get("HTTP_IF_NONE_MATCH") == kept.etag:
            start_response("304 Not Modified", [each for each in kept.headers if each[0] not in _OF_A_BODY])
            return []
        start_response(kept.status, kept.headers)
        return [] if method == "HEAD" else [kept.body]

    def _renewed(self, environ: dict[str, Any]) -> _Kept:
        with self._lock:
            if self._kept is not None and time.monotonic() < self._kept.until:
                return self._kept
            kept = self._asked(environ)
            self._kept = kept if kept.until else None
            return kept

    def _asked(self, environ: dict[str, Any]) -> _Kept:
        told: list[Any] = ["", []]

        def note(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            told[:] = [status, headers]

        # Conditions of this one request must not decide what the others get.
        plain = {name: value for name, value in environ.items() if not name.startswith("HTTP_IF_")}
        answer = self.app({**plain, "REQUEST_METHOD": "GET"}, note)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = told
        named = {name.lower(): value for name, value in headers}
        lasts = _max_age(named.get("cache-control", ""))
        may_keep = status.startswith("200") and lasts and "set-cookie" not in named
        return _Kept(status, headers, body, named.get("etag", ""), time.monotonic() + lasts if may_keep else 0.0)


_OF_A_BODY = frozenset({"Content-Type", "Content-Length"})


def _max_age(policy: str) -> int:
    for part in policy.split(","):
        name, _, value = part.strip().partition("=")
        if name == "max-age" and value.isdigit():
            return int(value)
    return 0
