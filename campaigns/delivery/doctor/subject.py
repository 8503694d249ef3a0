"""Whom a checkup is about: one sender and one relay, with what is known from elsewhere."""

import ipaddress
from dataclasses import dataclass

from campaigns.delivery.doctor.names import Names, State


@dataclass(frozen=True)
class Key:
    """A DKIM key that is used for us: by this program (`public` is then its record's `p`), or seen on a self-test."""

    domain: str
    selector: str
    algorithm: str
    public: str
    is_ours: bool


@dataclass(frozen=True)
class Subject:
    """`address` is what readers see, `envelope_domain` where bounces go; `relay_host` is empty while none is set."""

    address: str
    reply_to: str
    envelope_domain: str
    relay_host: str
    keys: tuple[Key, ...] = ()
    has_proved_spf: bool = False

    @property
    def domain(self) -> str:
        """The domain that readers see."""
        return domain_of(self.address)


@dataclass(frozen=True)
class Whereabouts:
    """Where a relay is: its public addresses, whether it has inner ones, and a sentence when that is not known."""

    public: tuple[str, ...] = ()
    has_inner: bool = False
    problem: str = ""


def domain_of(address: str) -> str:
    """The domain of an address."""
    return address.rpartition("@")[2].lower()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the world."""
    return ipaddress.ip_address(address).is_global


def is_ip(host: str) -> bool:
    """Whether a host is written as an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def whereabouts(names: Names, host: str) -> Whereabouts:
    """Look a relay up."""
    if not host:
        return Whereabouts()
    if is_ip(host) or host == "localhost":
        found: tuple[str, ...] = (host,) if is_ip(host) else ("127.0.0.1",)
    else:
        answer = names.addresses(host)
        if answer.state == State.FAILED:
            return Whereabouts(problem=answer.problem)
        if answer.is_void:
            return Whereabouts(problem=f"There is no mail server called {host}.")
        found = answer.values
    public = tuple(one for one in found if is_public(one))
    return Whereabouts(public, has_inner=len(public) < len(found))
