"""A small DNS server on loopback that answers from a table, over UDP and TCP on the same port."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from campaigns.delivery.doctor.names import Names

SERVFAIL, REFUSED, SILENCE, NOISE = "SERVFAIL", "REFUSED", "SILENCE", "NOISE"
Zone = Mapping[tuple[str, str], list[str] | str]


class NameServer:
    """Answers for a zone: (name, kind) -> values as zone files write them, or one of the words above.

    A name that has other kinds is empty for this one; any other name does not exist. `asked` is every question.
    """

    def __init__(self, zone: Zone) -> None:
        self.zone = {(name.lower(), kind): values for (name, kind), values in zone.items()}
        self.asked: list[tuple[str, str, str]] = []
        self._udp, self._tcp = _sockets()
        self.port = self._udp.getsockname()[1]
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._serve_udp, self._serve_tcp)]

    def start(self) -> None:
        """Listen."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Listen no more."""
        for one in (self._udp, self._tcp):
            # A closed socket does not wake a thread that waits on it; one that was shut down does.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._tcp.close()

    def names(self, **options: float) -> Names:
        """Something that asks this server, and loses patience soon."""
        hasty = {"timeout_s": 0.4, "patience_s": 0.8} | options
        return Names([("127.0.0.1", self.port)], **hasty)

    def _serve_udp(self) -> None:
        while True:
            try:
                data, client = self._udp.recvfrom(4096)
            except OSError:
                return
            if not data:
                return
            answer = self._answer(data, "udp")
            if answer is not None:
                self._udp.sendto(answer, client)

    def _serve_tcp(self) -> None:
        while True:
            try:
                client, _ = self._tcp.accept()
            except OSError:
                return
            with client:
                length = int.from_bytes(client.recv(2), "big")
                answer = self._answer(client.recv(length), "tcp")
                if answer is not None:
                    client.sendall(len(answer).to_bytes(2, "big") + answer)

    def _answer(self, data: bytes, way: str) -> bytes | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, way))
        values = self.zone.get((name, kind))
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if values == SILENCE:
            return None
        if values == NOISE:
            return data[:2] + b"\xff" * 40
        if isinstance(values, str):
            response.set_rcode(dns.rcode.from_text(values))
        elif values is not None:
            response.answer = [_rrset(question.name, kind, values)]
        elif not any(known == name for known, _ in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        wire = response.to_wire(max_size=65_535)
        if way == "udp" and len(wire) > 1232:
            response.answer = []
            response.flags |= dns.flags.TC
            wire = response.to_wire()
        return wire


def _rrset(name: dns.name.Name, kind: str, values: list[str]) -> dns.rrset.RRset:
    texts = [text(value) if kind == "TXT" and not value.startswith('"') else value for value in values]
    return dns.rrset.from_text_list(name, 60, dns.rdataclass.IN, kind, texts)


def text(value: str) -> str:
    """A text as zone files write it: strings of at most 255 bytes, odd bytes by their number."""
    raw = value.encode()
    pieces = [raw[at : at + 255] for at in range(0, len(raw), 255)] or [b""]
    plain = ("".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03d}" for b in piece) for piece in pieces)
    return " ".join(f'"{piece}"' for piece in plain)


def _sockets() -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket of the same port; another program may hold either, so several are tried."""
    for _ in range(50):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            tcp.bind(udp.getsockname())
            tcp.listen(16)
        except OSError:
            udp.close()
            tcp.close()
        else:
            return udp, tcp
    raise OSError("no port is free for both UDP and TCP")


@contextmanager
def serving(zone: Zone) -> Iterator[NameServer]:
    """A name server with that zone."""
    server = NameServer(zone)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def chain(domain: str, links: int, ending: str = "-all") -> dict[tuple[str, str], list[str] | str]:
    """SPF records that include one another, so many below the first."""
    zone: dict[tuple[str, str], list[str] | str] = {}
    for number in range(links + 1):
        here = domain if number == 0 else f"s{number}.{domain}"
        following = f"include:s{number + 1}.{domain} " if number < links else ""
        zone[here, "TXT"] = [f"v=spf1 {following}{ending}"]
    return zone


def nowhere() -> str:
    """The address of a name server, for the rest of this process, that knows nothing."""
    server = NameServer({})
    server.start()
    return f"127.0.0.1:{server.port}"


NOWHERE = nowhere()
