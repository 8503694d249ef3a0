"""The one door to the domain name system: questions with an answer that says also why there is none.

The servers are those of this machine, the setting `DNS_SERVER`, or whatever a test hands in. A checkup has a deadline:
past it everything unasked counts as unanswered, so that a dead server costs seconds and not minutes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import dns.exception
import dns.name
import dns.rdata
import dns.resolver
import dns.reversename

_MOST_VALUES = 100
_LONGEST_TEXT = 16_000


class State(StrEnum):
    """What came of a question: values, a name without such values, no such name, or no usable answer."""

    FOUND = "found"
    EMPTY = "empty"
    ABSENT = "absent"
    FAILED = "failed"


@dataclass(frozen=True)
class Answer:
    """The values as text. `problem` is a sentence, only when the question failed."""

    state: State
    values: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_void(self) -> bool:
        """Whether the name system knows of nothing there (RFC 7208, 4.6.4)."""
        return self.state in (State.EMPTY, State.ABSENT)


class Names:
    """Asks; each question once. `servers` are (address, port) pairs, empty for those of this machine."""

    def __init__(
        self,
        servers: Sequence[tuple[str, int]] = (),
        *,
        timeout_s: float = 2.0,
        patience_s: float = 5.0,
        deadline_s: float = 25.0,
    ) -> None:
        self._known: dict[tuple[str, str], Answer] = {}
        self._end = time.monotonic() + deadline_s
        self._patience = patience_s
        self._resolver, self._fault = _resolver(servers, timeout_s)

    def ask(self, name: str, kind: str) -> Answer:
        """The records of that kind ("A", "TXT", "MX", ...) at a name; never raises."""
        key = (name.rstrip(".").lower(), kind)
        if key not in self._known:
            self._known[key] = self._asked(*key)
        return self._known[key]

    def reverse(self, address: str) -> Answer:
        """The names that belong to an IP address (PTR)."""
        return self.ask(dns.reversename.from_address(address).to_text(), "PTR")

    def addresses(self, name: str) -> Answer:
        """IPv4 and IPv6 addresses of a name, together."""
        four, six = self.ask(name, "A"), self.ask(name, "AAAA")
        if four.values or six.values:
            return Answer(State.FOUND, four.values + six.values)
        return next((one for one in (four, six) if one.state == State.FAILED), four)

    def _asked(self, name: str, kind: str) -> Answer:
        if self._resolver is None:
            return Answer(State.FAILED, problem=self._fault)
        left = self._end - time.monotonic()
        if left <= 0:
            return Answer(State.FAILED, problem=f"The time for this check was over before {name} could be asked for.")
        try:
            whole = dns.name.from_text(name + ".")
            found = self._resolver.resolve(whole, kind, lifetime=min(left, self._patience), raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return Answer(State.ABSENT)
        except dns.exception.Timeout:
            return Answer(State.FAILED, problem=f"The name servers did not answer in time for {name}.")
        except dns.resolver.NoNameservers:
            return Answer(State.FAILED, problem=f"The name servers could not answer for {name}.")
        except (dns.exception.DNSException, ValueError, OSError):
            return Answer(State.FAILED, problem=f"There is no usable answer for {name[:100]}.")
        values = tuple(_text(value) for value in list(found.rrset or ())[:_MOST_VALUES])
        return Answer(State.FOUND, values) if values else Answer(State.EMPTY)


def _resolver(servers: Sequence[tuple[str, int]], timeout_s: float) -> tuple[dns.resolver.Resolver | None, str]:
    try:
        resolver = dns.resolver.Resolver(configure=not servers)
    except dns.resolver.NoResolverConfiguration:
        return None, "This machine has no name server set, so nothing can be looked up."
    if servers:
        resolver.nameservers = [server for server, _ in servers]
        resolver.nameserver_ports = dict(servers)
    resolver.search, resolver.cache = [], None
    resolver.timeout = timeout_s
    # Larger answers than this are lost on some ways; then the server says so, and we ask again over TCP.
    resolver.use_edns(0, 0, 1232)
    return resolver, ""


def _text(value: dns.rdata.Rdata) -> str:
    strings = getattr(value, "strings", None)
    if strings is not None:
        # Several strings of one record are one text without anything between (RFC 7208, 3.3; RFC 6376, 3.6.2.2).
        return b"".join(strings)[:_LONGEST_TEXT].decode("utf-8", "replace")
    return value.to_text()[:_LONGEST_TEXT]
