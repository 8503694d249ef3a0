"""The one door to the web: addresses resolved once and vetted, no internal ones, limits on bytes, hops and time.

Facts and traps: RFC 9110, RFC 6890 and its registries; the name is resolved once and the connection made to the very
address that was vetted, so that no second answer can lead elsewhere (DNS rebinding).
"""

import json as json_format
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from campaigns.errors import OutsideError
from campaigns.vetting import Blocked, NoSuchName, check_port, find

USER_AGENT = "HEATWatch-Outreach"
PIECE = 65_536
CONNECT_SECONDS = 10.0
REDIRECTS = {301, 302, 303, 307, 308}
SAFE_METHODS = {"GET", "HEAD"}
# What proves who we are, and is for the machine that it was meant for.
SECRETS = {"authorization", "cookie", "proxy-authorization"}


class TooLarge(OutsideError):
    """The answer was longer than its limit, on the wire or unpacked."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "failed")


class Unreachable(OutsideError):
    """No complete answer; `outcome` is "unknown" when the other side may have acted on what we sent."""


class NoSuchHost(Unreachable):
    """The name system knows no machine of that name."""


@dataclass(frozen=True)
class Limits:
    """What one request may cost: seconds from the first look-up to the last byte, bytes, redirects followed."""

    seconds: float = 20.0
    wire_bytes: int = 5_000_000
    decoded_bytes: int = 10_000_000
    redirects: int = 5


@dataclass(frozen=True)
class Hop:
    """One redirect that was followed."""

    status: int
    url: str
    target: str


@dataclass(frozen=True)
class Answer:
    """What came back; any status is an answer. `url` is the address that gave it, after `hops`."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    hops: tuple[Hop, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; raises OutsideError when it is none."""
        try:
            return json_format.loads(self.body)
        except ValueError as error:
            raise OutsideError("The answer cannot be read.", "unknown") from error


def get(url: str, headers: Mapping[str, str] | None = None, limits: Limits | None = None) -> Answer:
    """Fetch an address by GET; see `request`."""
    return request("GET", url, headers=headers, limits=limits)


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: bytes | Mapping[str, str] | None = None,
    json: Any = None,
    files: Any = None,
    limits: Limits | None = None,
) -> Answer:
    """Ask the web once. Redirects are followed for GET and HEAD only; what proves who we are stays with its origin.

    `data`, `json` and `files` are as in requests. Raises Blocked, TooLarge or Unreachable, whose words are for people.
    """
    limits = limits or Limits()
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **(headers or {})}
    hops: list[Hop] = []
    with _watching(limits.seconds) as watch:
        while True:
            check(url)
            answer = _once(watch, method, url, sent, {"data": data, "json": json, "files": files}, limits)
            target = _target(answer)
            if target is None or method not in SAFE_METHODS or not limits.redirects:
                return Answer(url, answer.status, answer.headers, answer.body, tuple(hops))
            if len(hops) >= limits.redirects:
                raise Unreachable(f"“{_host(url)}” sends us around in circles.", "failed")
            if url.startswith("https:") and target.startswith("http:"):
                raise Blocked(f"“{_host(url)}” leads from a protected address to an unprotected one.")
            if _origin(url) != _origin(target):
                sent = {name: value for name, value in sent.items() if name.lower() not in SECRETS}
            hops.append(Hop(answer.status, url, target))
            url = target


def check(url: str) -> None:
    """Raise Blocked unless an address is one that may be asked for, as far as can be said without resolving it."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Blocked("This is no web address.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "%" in parts.hostname:
        raise Blocked("Only addresses that begin with http:// or https:// can be fetched.")
    if parts.username is not None or parts.password is not None:
        raise Blocked("An address with a name and password in it is not fetched.")
    check_port(parts.hostname, port)


class _Watch:
    """The clock of one request: shuts its connections when the time is up, wherever they hang."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._handles: list[socket.socket] = []
        self.is_over = False
        self.has_sent = False
        self.is_nameless = self.is_unknown = False

    @property
    def left(self) -> float:
        """Seconds that remain; never nothing, which would mean no limit."""
        return max(self._end - time.monotonic(), 0.001)

    def hold(self, connection: socket.socket) -> None:
        """Watch a connection by a handle of our own, since TLS takes the original one away."""
        with self._lock:
            self._handles.append(connection.dup())
            if self.is_over:
                self._shut()

    def expire(self) -> None:
        """The time is up."""
        with self._lock:
            self.is_over = True
            self._shut()

    def _shut(self) -> None:
        for handle in self._handles:
            try:
                handle.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # It had ended by itself.

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles.clear()


_current: ContextVar[_Watch] = ContextVar("watch")


@contextmanager
def _watching(seconds: float) -> Iterator[_Watch]:
    watch = _Watch(seconds)
    timer = threading.Timer(seconds, watch.expire)
    timer.daemon = True
    timer.start()
    token = _current.set(watch)
    try:
        yield watch
    finally:
        timer.cancel()
        watch.close()
        _current.reset(token)


def _once(
    watch: _Watch, method: str, url: str, headers: Mapping[str, str], body: dict[str, Any], limits: Limits
) -> Answer:
    try:
        prepared = requests.Request(method, url, headers=dict(headers), **body).prepare()
    except (requests.RequestException, UnicodeError, ValueError):
        raise Blocked("This is no web address.") from None
    watch.has_sent = False
    adapter = _Adapter()
    try:
        response = adapter.send(prepared, stream=True, timeout=(watch.left, watch.left))
        try:
            content = _read(response.raw, watch, limits)
        finally:
            response.close()
    except (requests.RequestException, HTTPError, OSError) as error:
        kind = NoSuchHost if watch.is_unknown else Unreachable
        raise kind(_sentence(error, watch, _host(url)), _outcome(method, watch)) from error
    finally:
        adapter.close()
    return Answer(url, response.status_code, CaseInsensitiveDict(response.headers), content)


def _read(raw: Any, watch: _Watch, limits: Limits) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := raw.read1(PIECE, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if raw.tell() > limits.wire_bytes:
            raise TooLarge(f"The answer is larger than {limits.wire_bytes / 1_000_000:g} MB.")
        if size > limits.decoded_bytes:
            raise TooLarge(f"The answer unpacks to more than {limits.decoded_bytes / 1_000_000:g} MB.")
    if watch.is_over:
        # A body without a stated length looks complete when its connection is shut.
        raise TimeoutError
    return b"".join(pieces)


def _outcome(method: str, watch: _Watch) -> str:
    return "unknown" if watch.has_sent and method not in SAFE_METHODS else "retry"


def _sentence(error: Exception, watch: _Watch, host: str) -> str:
    text = str(error)
    if watch.is_over or isinstance(error, requests.Timeout | TimeoutError):
        return f"“{host}” did not answer completely within {watch.seconds:g} seconds."
    if "CERTIFICATE_VERIFY_FAILED" in text or isinstance(error, requests.exceptions.SSLError):
        return f"“{host}” could not show a valid certificate, so the connection is not safe."
    if watch.is_nameless:
        return f"There is no machine with the name “{host}”."
    return f"“{host}” cannot be reached." if not watch.has_sent else f"“{host}” broke off its answer."


def _target(answer: Answer) -> str | None:
    location = answer.headers.get("Location")
    if answer.status not in REDIRECTS or not location:
        return None
    try:
        # Servers write the bytes of an address in UTF-8, which the headers hold as Latin-1.
        return urljoin(answer.url, location.strip().encode("latin-1", "replace").decode("utf-8", "replace"))
    except ValueError:
        raise Blocked(f"“{_host(answer.url)}” leads to something that is no web address.") from None


def _host(url: str) -> str:
    return urlsplit(url).hostname or url[:80]


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _connect(connection: HTTPConnection) -> socket.socket:
    """A connection to the first vetted address that answers."""
    watch = _current.get()
    problem: OSError = OSError()
    for family, kind, protocol, _name, target in _found(connection, watch):
        made = socket.socket(family, kind, protocol)
        made.settimeout(min(watch.left, CONNECT_SECONDS))
        try:
            made.connect(target)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.settimeout(watch.left)
            watch.hold(made)
        except OSError as error:
            made.close()
            problem = error
        except BaseException:
            made.close()
            raise
        else:
            return made
    raise problem


def _found(connection: HTTPConnection, watch: _Watch) -> list[Any]:
    try:
        return find(connection._dns_host.strip("[]"), connection.port, watch.left)
    except NoSuchName as error:
        watch.is_nameless, watch.is_unknown = True, error.is_certain
        raise
    except TimeoutError:
        watch.expire()
        raise


class _Plain(HTTPConnection):
    def connect(self) -> None:
        """Connect; from then on the other side may have read something."""
        super().connect()
        _current.get().has_sent = True

    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _Protected(HTTPSConnection):
    def connect(self) -> None:
        """Connect; from then on the other side may have read something."""
        super().connect()
        _current.get().has_sent = True

    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _ProtectedPool(HTTPSConnectionPool):
    ConnectionCls = _Protected


class _Adapter(HTTPAdapter):
    """Requests' way to send, on our connections; proxies and certificates from the environment are not looked at."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, whose connections go through the guard."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _ProtectedPool}

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Add the trusted certificates, read once a process."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            pool["ssl_context"] = _certificates()
        return host, pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: the context above demands a certificate that fits the name."""


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())
