"""X-Forwarded headers are believed of named proxies only."""

import ipaddress
from typing import Any

import pytest

from campaigns.web.proxies import TrustedProxies

INSIDE = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("127.0.0.1/32")]


def seen(networks: list[Any], **environ: str) -> dict[str, Any]:
    """What the application sees of a request."""
    found: dict[str, Any] = {}

    def application(given: dict[str, Any], _start: Any) -> list[bytes]:
        found.update(given)
        return []

    TrustedProxies(application, networks)({"wsgi.url_scheme": "http", **environ}, lambda *_: None)
    return found


def test_headers_of_a_stranger_are_dropped() -> None:
    got = seen(INSIDE, REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="198.51.100.1", HTTP_X_FORWARDED_PROTO="https")
    assert got["REMOTE_ADDR"] == "203.0.113.9"
    assert got["wsgi.url_scheme"] == "http"
    assert "HTTP_X_FORWARDED_FOR" not in got


def test_nobody_is_trusted_by_default() -> None:
    assert seen([], REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.1")["REMOTE_ADDR"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("1.2.3.4, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_first_address_from_the_right_that_is_no_proxy_is_the_client(forwarded: str, client: str) -> None:
    got = seen(INSIDE, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=forwarded, HTTP_X_FORWARDED_PROTO="https")
    assert got["REMOTE_ADDR"] == client
    assert got["wsgi.url_scheme"] == "https"
