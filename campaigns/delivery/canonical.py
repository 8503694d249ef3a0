"""A message as DKIM sees it: its header fields, and the canonical forms of header and body (RFC 6376, 3.4)."""

import re

_FIELD = re.compile(rb"\r\n(?=[^ \t])")
_SPACE = re.compile(rb"[ \t]+")
_SIGNATURE = re.compile(rb"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")


def split(message: bytes) -> tuple[list[bytes], bytes]:
    """Header fields, without the CRLF at their end, and the body of a message whose lines end in CRLF."""
    head, _, body = message.partition(b"\r\n\r\n")
    return _FIELD.split(head), body


def name_of(field: bytes) -> bytes:
    """The name of a field, in lower case."""
    return field.partition(b":")[0].strip().lower()


def relaxed_field(field: bytes) -> bytes:
    """A field in relaxed form, without CRLF."""
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + _SPACE.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")


def simple_body(body: bytes) -> bytes:
    """A body in simple form: one line end at its end."""
    while body.endswith(b"\r\n\r\n"):
        body = body[: -len(b"\r\n" * _half(body))]
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _half(body: bytes) -> int:
    """How many line ends to take off at once, so that a megabyte of empty lines costs no more than a few steps."""
    count = 1
    while body.endswith(b"\r\n" * (2 * count + 1)):
        count *= 2
    return count


def relaxed_body(body: bytes) -> bytes:
    """A body in relaxed form; one without content is empty."""
    lines = _SPACE.sub(b" ", body if body.endswith(b"\r\n") else body + b"\r\n")
    ended = simple_body(lines.replace(b" \r\n", b"\r\n"))
    return b"" if ended == b"\r\n" else ended


def without_signature(field: bytes) -> bytes:
    """A DKIM-Signature field whose `b=` is empty, as it was when it was signed."""
    name, colon, value = field.partition(b":")
    return name + colon + _SIGNATURE.sub(rb"\1", value, count=1)
