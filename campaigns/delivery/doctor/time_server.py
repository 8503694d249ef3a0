"""How far the clock of this machine is off, by one question to a time server (SNTP, RFC 4330)."""

import secrets
import socket
import struct
import time

from campaigns.delivery.doctor.findings import Finding, Level, Topic

MOST_SECONDS = 60
_SINCE_1900 = 2_208_988_800
_PORT = 123


class NoTime(Exception):
    """The time server gave no usable answer; a sentence."""


def offset(host: str, port: int = _PORT, timeout_s: float = 3.0) -> float:
    """Seconds by which this machine is ahead (behind: negative); raises NoTime."""
    mark = secrets.token_bytes(8)
    question = b"\x23" + bytes(39) + mark
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as asked:
            asked.settimeout(timeout_s)
            asked.connect(target)
            left_at = time.time()
            asked.send(question)
            answer = asked.recv(512)
            came_at = time.time()
    except OSError as error:
        raise NoTime(f"The time server {host} did not answer.") from error
    # Mode 4 is a server's answer, it repeats our mark, and a stratum of 0 or 16 says that it does not know.
    if len(answer) < 48 or answer[0] & 7 != 4 or answer[24:32] != mark or answer[1] in (0, 16):
        raise NoTime(f"The time server {host} gave no usable answer.")
    received, sent = (_seconds(answer[at : at + 8]) for at in (32, 40))
    return ((left_at - received) + (came_at - sent)) / 2


def _seconds(raw: bytes) -> float:
    whole, part = struct.unpack(">II", raw)
    return float(whole - _SINCE_1900 + part / 2**32)


def check(host: str, port: int = _PORT, timeout_s: float = 3.0) -> list[Finding]:
    """Findings about the clock; none when no time server is set."""
    if not host:
        return []
    try:
        ahead = offset(host, port, timeout_s)
    except NoTime as error:
        todo = "If your network lets no time through, set TIME_SERVER to your own time server, or to nothing."
        return [_finding(Level.UNKNOWN, "We could not compare the clock", str(error), todo)]
    return [of_offset(ahead)]


def of_offset(ahead: float) -> Finding:
    """What it means that the clock is ahead by so many seconds."""
    size = abs(ahead)
    if size <= MOST_SECONDS:
        shown = "less than a second" if size < 1 else f"{size:.0f} second{'' if round(size) == 1 else 's'}"
        return _finding(Level.GOOD, "The clock is right", f"It is off by {shown}.")
    span = f"{size:.0f} seconds" if size < 7200 else f"{size / 3600:.0f} hours"
    text = f"It is {span} {'ahead' if ahead > 0 else 'behind'}. Signatures and dates of our mail are then wrong."
    return _finding(Level.STOP, "The clock of this machine is wrong", text, "Have the machine keep its time (NTP).")


def _finding(level: Level, title: str, text: str, todo: str = "") -> Finding:
    return Finding(Topic.CLOCK, level, title, text, todo)
