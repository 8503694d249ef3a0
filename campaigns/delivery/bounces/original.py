"""What a report brings back of our message: whom it was for, who sent it. Pure."""

import re
from dataclasses import dataclass, field

from campaigns.delivery.bounces.reports import addresses_in
from campaigns.delivery.bounces.walk import Part, fields_of

_KINDS = {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "text/rfc822"}
_KINDS |= {"message/global-headers", "message/partial", "application/rfc822"}
_HEADER = re.compile(
    r"^(received|return-path|message-id|from|to|subject|date|mime-version|x-mailer)\s*:", re.IGNORECASE | re.MULTILINE
)
_FOR = re.compile(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+)>?", re.IGNORECASE)
_MOST = 100


@dataclass(slots=True)
class Original:
    """Addresses in lower case, the order kept. `complainer` is who Microsoft says reported it."""

    recipients: list[str] = field(default_factory=list)
    senders: set[str] = field(default_factory=set)
    complainer: str = ""
    is_there: bool = False


def original_of(parts: list[Part], rest: str) -> Original:
    """What stands in the part that brings the message back, or in the text behind the report."""
    headers = _headers(parts) or _headers_in(rest)
    if not headers:
        return Original(is_there=bool(rest.strip()))
    found = Original(is_there=True)
    for name in ("to", "cc"):
        found.recipients += _addresses(headers.get(name, []))
    if not found.recipients:
        for name in ("x-original-to", "envelope-to", "x-envelope-to", "delivered-to", "apparently-to", "x-rcpt-to"):
            found.recipients += _addresses(headers.get(name, []))
    if not found.recipients:
        found.recipients += [
            a.lower() for value in headers.get("received", [])[:20] for a in _FOR.findall(value[:2000])
        ]
    found.recipients = list(dict.fromkeys(found.recipients))[:_MOST]
    for name in ("from", "sender", "reply-to", "return-path", "errors-to", "x-sender", "x-envelope-from"):
        found.senders |= set(_addresses(headers.get(name, [])))
    found.complainer = next(iter(_addresses(headers.get("x-hmxmroriginalrecipient", []))), "")
    return found


def _headers(parts: list[Part]) -> dict[str, list[str]]:
    for part in parts[1:]:
        if part.kind not in _KINDS:
            continue
        if part.children:
            return part.children[0].headers
        found = fields_of(part.text.lstrip("\n").partition("\n\n")[0])
        if found:
            return found
    return {}


def _headers_in(rest: str) -> dict[str, list[str]]:
    """The first headers in what follows a report in plain text, which may be indented."""
    first = _HEADER.search(rest)
    if first is None:
        rest = "\n".join(line.strip() for line in rest.split("\n")[:200])
        first = _HEADER.search(rest)
    return fields_of(rest[first.start() : first.start() + 30_000].partition("\n\n")[0]) if first else {}


def _addresses(values: list[str]) -> list[str]:
    return [found.lower() for value in values[:20] for found in addresses_in(value[:8000])]
