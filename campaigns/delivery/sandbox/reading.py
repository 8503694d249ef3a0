"""A kept message taken apart for people: headers, plain text, HTML."""

import email
import email.policy
from dataclasses import dataclass
from email.header import decode_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser

_HEADS = BytesHeaderParser(policy=email.policy.compat32)


@dataclass(frozen=True, slots=True)
class Message:
    """One message for showing: decoded headers in their order, and the two parts ("" where there is none).

    `defects` names what the parser found wrong; a message of ours has none.
    """

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    defects: tuple[str, ...]

    def header(self, name: str) -> str:
        """The first header of that name, or ""."""
        return next((value for key, value in self.headers if key.casefold() == name.casefold()), "")


def taken_apart(raw: bytes) -> Message:
    """Any bytes at all as a message; what cannot be read is shown as well as it can be."""
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    defects = [defect for part in parsed.walk() for defect in part.defects]
    defects += [defect for part in parsed.walk() for value in part.values() for defect in value.defects]
    return Message(
        headers=tuple((name, decoded(str(value))) for name, value in _raw_headers(raw)),
        text=_part(parsed, "plain"),
        html=_part(parsed, "html"),
        defects=tuple(type(defect).__name__ for defect in defects),
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """What the list needs of a message; `is_bulk` tells a newsletter from mail to one person alone."""

    subject: str
    message_id: str
    is_bulk: bool


def summary(head: bytes) -> Summary:
    """The summary from the first bytes of a message."""
    found = _HEADS.parsebytes(head)
    return Summary(
        subject=decoded(str(found.get("Subject", ""))),
        message_id=str(found.get("Message-ID", "")).strip().strip("<>"),
        is_bulk=str(found.get("Precedence", "")).strip().casefold() == "bulk",
    )


def decoded(value: str) -> str:
    """A header without its folding, with its encoded-words read.

    The old decoder: the new one puts a space into a long name that was split over several encoded-words.
    """
    flat = value.replace("\r\n", "").replace("\n", "")
    if "=?" not in flat:
        return flat
    pieces = []
    for part, charset in decode_header(flat):
        pieces.append(_text(part, charset or "ascii") if isinstance(part, bytes) else part)
    return "".join(pieces)


def _raw_headers(raw: bytes) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in _HEADS.parsebytes(raw).items()]


def _part(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    return _text(payload, part.get_content_charset("utf-8")) if isinstance(payload, bytes) else ""


def _text(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")
