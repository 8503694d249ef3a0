"""Which machines the program may connect to: names are resolved once, every answer vetted, internal ones refused."""

import ipaddress
import socket
import threading
from collections.abc import Sequence
from typing import Any

import config
from campaigns.errors import OutsideError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = {80, 443}
# The name system answered that it knows no such name, or no address of it; some systems have one word for both.
UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}

# Beside what the standard library calls private: tunnels into networks, translators, test and documentation ranges
# (the IANA registries of special-purpose addresses, RFC 6890).
NEVER = [
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
]


class Blocked(OutsideError):
    """The guard refused an address. No OSError, since urllib3 would take that for a network that may recover."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "failed")


class Inside(Blocked):
    """The guard refused an address inside a network, which nobody outside could open either."""


class NoSuchName(OSError):
    """A name that does not resolve; an OSError, since the network may recover.

    `is_certain` says that the name system knows no such name, and not only that it gave no answer.
    """

    def __init__(self, *, is_certain: bool) -> None:
        super().__init__("no such name")
        self.is_certain = is_certain


def is_public(address: Address) -> bool:
    """Whether an address lies on the open internet: nothing private, local, reserved, or a tunnel into such."""
    inner = getattr(address, "ipv4_mapped", None)
    if inner is not None:
        return is_public(inner)
    is_special = (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_link_local
        or address.is_loopback
        or address.is_private
        or not address.is_global
    )
    return not is_special and not any(address in block for block in NEVER if block.version == address.version)


def check_port(host: str, port: int) -> None:
    """Raise Blocked for a port other than those of the web, unless the operator lets this host through at it."""
    if port not in PORTS and not _may_be_inside(host, port):
        raise Blocked(f"“{host}” wants port {port}; only the usual ports of the web, 80 and 443, are used.")


def find(host: str, port: int, seconds: float) -> list[Any]:
    """Where to connect to, as `socket.getaddrinfo` says it; one internal address refuses the whole name.

    Raises Inside, NoSuchName, or TimeoutError after `seconds`.
    """
    found = _resolve(host, port, seconds)
    addresses = [ipaddress.ip_address(str(target[0]).partition("%")[0]) for *_, target in found]
    scoped = any(len(target) == 4 and target[3] for *_, target in found)
    is_open = bool(found) and not scoped and port in PORTS and all(map(is_public, addresses))
    if not is_open and not is_allowed_inside(host, addresses, port):
        raise Inside(
            f"“{host}” lies inside a network, where nothing is fetched. "
            "Who runs this program can allow it with the setting INTERNAL_HOSTS."
        )
    return found


def is_allowed_inside(host: str, addresses: Sequence[Address], port: int) -> bool:
    """Whether the operator lets a host through at a port: by its name, or by the network of all its addresses."""
    for allowed, allowed_port in config.load().internal_targets:
        if allowed_port not in (None, port):
            continue
        if isinstance(allowed, str):
            if allowed == host.lower():
                return True
        elif addresses and all(each.version == allowed.version and each in allowed for each in addresses):
            return True
    return False


def _may_be_inside(host: str, port: int) -> bool:
    # What a name resolves to is not known yet; `find` looks at it again.
    address = _as_address(host)
    if address is not None:
        return is_allowed_inside(host, [address], port)
    return any(
        allowed_port in (None, port) and (not isinstance(allowed, str) or allowed == host.lower())
        for allowed, allowed_port in config.load().internal_targets
    )


def _as_address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _resolve(host: str, port: int, seconds: float) -> list[Any]:
    if _as_address(host) is not None:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # The system's look-up knows no time limit, so that it runs beside us and is left behind when it hangs.
    result: list[Any] = []

    def look_up() -> None:
        try:
            result.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except socket.gaierror as error:
            result.append(NoSuchName(is_certain=error.errno in UNKNOWN))
        except UnicodeError:
            # What cannot even be asked for is nobody's name.
            result.append(NoSuchName(is_certain=True))
        except OSError:
            result.append(NoSuchName(is_certain=False))

    looking = threading.Thread(target=look_up, daemon=True)
    looking.start()
    looking.join(seconds)
    if not result:
        raise TimeoutError
    if isinstance(result[0], NoSuchName):
        raise result[0]
    return list(result[0])
