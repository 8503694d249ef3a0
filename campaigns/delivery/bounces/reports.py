"""Structured reports: delivery status (RFC 3464) and feedback (RFC 5965), also where they are badly written."""

import re
from dataclasses import dataclass, field

from campaigns.delivery.bounces.walk import fields_of

_MOST_RECIPIENTS = 100
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# In running text. Where words are not set apart by spaces, an address ends where another script begins.
_WIDE = "\u3000-\u9fff\uac00-\ud7af\uff00-\uffef"
_LETTER = r"A-Za-z0-9\u00c0-\u1fff_"
ADDRESS = re.compile(
    rf"[^\s<>()\[\]{{}}:;,\"@=|*“”‘’«»{_WIDE}]{{1,64}}@[{_LETTER}][{_LETTER}-]{{0,62}}(?:\.[{_LETTER}][{_LETTER}-]{{0,62}}){{1,8}}"
)
_QUOTED = re.compile(r"\"[^\"\n]{1,64}\"@[^\s<>()\[\]:;,\"'@]{1,250}[^\s<>()\[\]:;,\"'@.]")
# "5.0.0 (recipient reached disk quota)", "failed (bad mailbox)", "553 Exceeded maximum message size".
_REMARK = re.compile(r"[\w.]+\s*\((.+)\)|[45]\d\d\s+(.+)", re.DOTALL)
FAILED, DELAYED, ARRIVED = "failed", "delayed", "arrived"
_ACTIONS = {"failed": FAILED, "failure": FAILED, "fail": FAILED, "error": FAILED, "bounced": FAILED}
_ACTIONS |= {"delayed": DELAYED, "delay": DELAYED, "deferred": DELAYED, "warning": DELAYED}
_ACTIONS |= {"delivered": ARRIVED, "relayed": ARRIVED, "expanded": ARRIVED, "success": ARRIVED}


@dataclass(slots=True)
class Recipient:
    """One recipient of a report. `addresses` are as good as known, the best first; `action` is one of three words."""

    addresses: list[str] = field(default_factory=list)
    action: str = ""
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A report of abuse: what kind, about which addresses where it says so, and about which of our return addresses."""

    kind: str
    addresses: tuple[str, ...]
    mail_from: str


def address_in(text: str) -> str:
    """The address in a field such as "rfc822; <bob@example.org>", or ""."""
    found = _QUOTED.search(text) or ADDRESS.search(text.replace("mailto:", " "))
    return trimmed(found[0]) if found else ""


def addresses_in(text: str) -> list[str]:
    """Every address in a text, in order."""
    return [trimmed(found) for found in ADDRESS.findall(text)] if "@" in text else []


def trimmed(address: str) -> str:
    """An address as it was found, without the quotes around it."""
    return address.strip("'`-.")


def status_in(text: str) -> str:
    """The enhanced status code (RFC 3463) in a text, or ""."""
    found = _STATUS.search(text)
    return f"{found[1]}.{int(found[2])}.{int(found[3])}" if found else ""


def recipients(block: str) -> list[Recipient]:
    """The recipients of a delivery-status part, in order."""
    found: list[Recipient] = []
    for paragraph in _paragraphs(block):
        fields = fields_of(paragraph)
        names = [name for name in ("original-recipient", "final-recipient", "x-actual-recipient") if name in fields]
        if not names and not ({"action", "status"} & set(fields)):
            continue
        if not names and found and not found[-1].status and not found[-1].action:
            _complete(found[-1], fields)
            continue
        one = Recipient([a for name in names for value in fields[name] if (a := _recipient(value))])
        _complete(one, fields)
        if one.addresses or one.action or one.status:
            found.append(one)
    return found[:_MOST_RECIPIENTS]


def feedback(block: str) -> Feedback:
    """What a feedback-report part says."""
    fields = fields_of(block)
    named = [*fields.get("original-rcpt-to", []), *fields.get("removal-recipient", [])]
    found = [address_in(value) for value in named if value]
    kind = fields.get("feedback-type", [""])[0].strip().lower()
    sender = address_in(fields.get("original-mail-from", [""])[0])
    return Feedback(kind, tuple(address for address in found if address), sender)


def _paragraphs(block: str) -> list[str]:
    """Groups of fields. Some systems leave the blank lines out, so that a second recipient begins a new group too."""
    found: list[list[str]] = [[]]
    seen: set[str] = set()
    for line in block.replace("\r", "").split("\n"):
        name = line.partition(":")[0].strip().lower() if line[:1] not in (" ", "\t") else ""
        is_new = name in ("final-recipient", "original-recipient") and ("final-recipient" in seen or name in seen)
        if not line.strip() or is_new:
            # Original before Final is usual; Final before Original is one group as well.
            if is_new and name == "original-recipient" and "original-recipient" not in seen:
                found[-1].append(line)
                seen.add(name)
                continue
            found.append([])
            seen = set()
        if line.strip():
            found[-1].append(line)
            seen.add(name)
    return ["\n".join(lines) for lines in found if lines]


def _recipient(value: str) -> str:
    kind, _, rest = value.partition(";")
    if not rest:
        kind, rest = "", value
    if "rfc822" in kind.lower():
        rest = _XTEXT.sub(lambda code: chr(int(code[1], 16)), rest) if re.search(r"\+(2B|3D|40)", rest) else rest
    return address_in(rest)


def _complete(one: Recipient, fields: dict[str, list[str]]) -> None:
    first = {name: values[0] for name, values in fields.items()}
    word = re.split(r"[\s(;]", first.get("action", "").strip().lower())[0]
    one.action = one.action or _ACTIONS.get(word, "")
    one.status = one.status or status_in(first.get("status", ""))
    told = [*fields.get("diagnostic-code", []), *fields.get("x-supplementary-info", [])]
    one.diagnostic = one.diagnostic or " ".join(_without_kind(value) for value in told if value)
    one.diagnostic = one.diagnostic or _remark(first.get("status", "")) or _remark(first.get("action", ""))


def _remark(value: str) -> str:
    """What some systems write behind the code or word of a field, where it has no place of its own."""
    found = _REMARK.fullmatch(value.strip())
    return (found[1] or found[2] or "").strip() if found else ""


def _without_kind(value: str) -> str:
    kind, _, rest = value.partition(";")
    return rest.strip() if rest and re.fullmatch(r"\s*[\w-]{2,20}\s*", kind) else value.strip()
