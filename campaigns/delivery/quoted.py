"""Quoted-printable (RFC 2045, 6.7) in pieces that can be joined in any order.

Every piece ends in a hard line end or in a soft break, so the next begins on a fresh line; and no line begins with a
dot, so SMTP has nothing to stuff.
"""

import re

_BREAKS = re.compile("\r\n|\r")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSAFE = re.compile(rb"[^\t !-<>-~]")
_PLAIN = re.compile(r"(?!\.|From )[!-<>-~ ]{1,75}")
SOFT = b"=\r\n"
_LONGEST = 76


def encode(text: str) -> bytes:
    """The piece for a text of any length; controls other than tab and line ends are dropped."""
    if _PLAIN.fullmatch(text):
        return text.encode("ascii") + SOFT
    *whole, last = _CONTROLS.sub("", _BREAKS.sub("\n", text)).split("\n")
    lines = [_line(line.encode(), is_hard=True) for line in whole]
    if last:
        lines.append(_line(last.encode(), is_hard=False))
    return b"".join(lines)


def _line(raw: bytes, *, is_hard: bool) -> bytes:
    data = _UNSAFE.sub(_escape, raw)
    if is_hard and data[-1:] in (b" ", b"\t"):
        data = data[:-1] + b"=%02X" % data[-1]
    parts: list[bytes] = []
    position = 0
    while True:
        start, position = _start(data, position)
        room = _LONGEST - len(start)
        if len(data) - position <= room - (0 if is_hard else 1):
            return b"".join((*parts, start, data[position:], b"\r\n" if is_hard else SOFT))
        cut = _before_escape(data, position + room - 1)
        parts += (start, data[position:cut], SOFT)
        position = cut


def _start(data: bytes, position: int) -> tuple[bytes, int]:
    # A dot would be stuffed by SMTP, and "From " changed by mailbox files; encoded, both pass untouched.
    if data.startswith((b".", b"From "), position):
        return b"=%02X" % data[position], position + 1
    return b"", position


def _before_escape(data: bytes, cut: int) -> int:
    for back in (1, 2):
        if data[cut - back] == 0x3D:
            return cut - back
    return cut


def _escape(match: re.Match[bytes]) -> bytes:
    return b"=%02X" % match[0][0]
