"""Which X-Forwarded-* headers we believe: only those of the proxies that the settings name."""

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class TrustedProxies:
    """WSGI middleware: takes client address, scheme and host from a trusted proxy, and drops the headers of others."""

    def __init__(self, app: WsgiApp, networks: list[Network]) -> None:
        self.app = app
        self.networks = networks

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        forwarded = [part.strip() for part in environ.pop("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        proto = environ.pop("HTTP_X_FORWARDED_PROTO", "")
        host = environ.pop("HTTP_X_FORWARDED_HOST", "")
        if self._trusts(environ.get("REMOTE_ADDR", "")):
            # From the right: each trusted proxy vouches for the one address it saw; the first untrusted is the client.
            while forwarded and self._trusts(environ["REMOTE_ADDR"]):
                environ["REMOTE_ADDR"] = forwarded.pop()
            if proto in ("http", "https"):
                environ["wsgi.url_scheme"] = proto
            if host:
                environ["HTTP_HOST"] = host.split(",")[-1].strip()
        return self.app(environ, start_response)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed.version == network.version and parsed in network for network in self.networks)
