"""Tests talk to this machine alone: a connection to anywhere else is refused before it leaves."""

import ipaddress
import socket
import sys
from typing import Any

NAMES = {"localhost", "", None}


class BeyondLoopback(Exception):
    """A test tried to reach another machine."""


def is_near(host: str | bytes | None) -> bool:
    """Whether a host is this machine."""
    host = host.decode() if isinstance(host, bytes) else host
    if host in NAMES:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not is_near(arguments[1][0]):
        raise BeyondLoopback(f"a test connects to {arguments[1][0]}")
    if event == "socket.getaddrinfo" and not is_near(arguments[0]):
        # An address in numbers, however it is written, is looked up without asking anybody.
        try:
            socket.inet_aton(str(arguments[0])) if ":" not in str(arguments[0]) else ipaddress.ip_address(arguments[0])
        except (OSError, ValueError):
            raise BeyondLoopback(f"a test looks up {arguments[0]}") from None


def guard() -> None:
    """Refuse from now on; there is no way back in this process."""
    sys.addaudithook(_watch)
