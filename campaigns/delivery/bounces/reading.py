"""Reads a message that came to the bounce mailbox: a failure, a complaint, a warning, an answer by itself, or else.

Whatever a mail system writes, this gives a reading and never raises; see RFC 3464, 5965, 3834 and `languages.py` for
those who follow none.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from campaigns.delivery import marks
from campaigns.delivery.bounces import judging, languages, mentions, reports, texts
from campaigns.delivery.bounces.models import BounceKind
from campaigns.delivery.bounces.original import Original, original_of
from campaigns.delivery.bounces.reports import ARRIVED, DELAYED, FAILED
from campaigns.delivery.bounces.walk import Part, walk

STATUS_KINDS = {"message/delivery-status", "message/global-delivery-status"}
_COMPLAINTS = {"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "miscategorized", ""}
_NOTICE_LONGEST = 24_000
_MOST_COPIES = 50
_QUOTING = re.compile(r"^(?:> ?)+", re.MULTILINE)


class Verdict(StrEnum):
    """What a message is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    AUTOMATIC = "automatic"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy that came back. `address` is "" where the report hides it; `text` is what was said, as it was."""

    address: str
    kind: BounceKind
    code: int = 0
    status: str = ""
    text: str = ""

    @property
    def is_hard(self) -> bool:
        """Whether the address itself is at fault, for good."""
        return self.kind == BounceKind.ADDRESS


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message says. `tokens` may be marks of ours, those of return addresses before those of messages."""

    verdict: Verdict
    copies: tuple[Copy, ...] = ()
    tokens: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""


@dataclass(slots=True)
class _Message:
    """What is looked at more than once."""

    parts: list[Part]
    subject: str
    sender: str
    notice: str
    original: Original
    rest: str = ""
    quoted: str = ""
    own: set[str] = field(default_factory=set)

    @property
    def top(self) -> Part:
        return self.parts[0]

    @property
    def is_from_daemon(self) -> bool:
        back_to = self.top.header("return-path").strip().lower()
        return bool(languages.DAEMON.search(self.sender.lower())) or back_to == "<>" or "mailer-daemon" in back_to

    @property
    def is_report(self) -> bool:
        """Whether it says of itself that it reports on a delivery, even if the report is empty (RFC 6522)."""
        said = self.top.header("content-type").lower()
        return self.top.kind == "multipart/report" and "delivery-status" in said


def read(raw: bytes) -> Reading:
    """What a message is and says."""
    parts = _report_itself(walk(raw))
    message = _message(parts)
    verdict, copies = _verdict(message)
    return Reading(verdict, tuple(copies), _tokens(raw, parts[0]), message.subject[:200], message.notice[:4000])


def _report_itself(parts: list[Part]) -> list[Part]:
    """The parts from the report on, where somebody forwarded one."""
    top = parts[0]
    if languages.DAEMON.search(_said_by(top)) or any(part.kind in STATUS_KINDS and part.level == 1 for part in parts):
        return parts
    for number, part in enumerate(parts[1:], 1):
        if part.inside.startswith("message/") and languages.DAEMON.search(_said_by(part)):
            subject = texts.header_text(part.header("subject")).lower()
            if languages.FAILED.search(subject) or part.kind == "multipart/report":
                return parts[number:]
    return parts


def _said_by(part: Part) -> str:
    return texts.header_text(part.header("from")).lower()


def _message(parts: list[Part]) -> _Message:
    top = parts[0]
    notice, rest = _notice(parts)
    quoted = mentions.coded_lines(notice)
    original = original_of(parts, rest)
    made = _Message(
        parts,
        texts.header_text(top.header("subject")),
        texts.header_text(top.header("from")),
        notice,
        original,
        rest,
        quoted,
    )
    for name in ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to"):
        for value in top.headers.get(name, []):
            made.own |= {found.lower() for found in reports.addresses_in(value[:2000])}
    made.own |= original.senders | {found.lower() for found in reports.addresses_in(top.header("from"))}
    return made


def _notice(parts: list[Part]) -> tuple[str, str]:
    """What the report tells people, and what follows it of the message that came back."""
    texts_found = [
        part
        for part in parts
        if part.kind in ("text/plain", "text/html") and not part.children and _is_outer(part, parts)
    ]
    plain = [part for part in texts_found if part.kind == "text/plain" and part.raw.strip()]
    chosen = (plain or texts_found)[:2]
    whole = _QUOTING.sub("", "\n".join(part.text for part in chosen)[:_NOTICE_LONGEST])
    cut = languages.ORIGINAL_BEGINS.search(whole, 40)
    headers = mentions_of_headers(whole)
    ends = [at for at in (cut.start() if cut else -1, headers) if at > 0]
    end = min(ends, default=len(whole))
    return whole[:end], whole[end:]


def mentions_of_headers(text: str) -> int:
    """Where in a text the headers of a message begin, or -1."""
    found = re.search(
        r"^(?:Received: (?:from|by|\()|Return-Path: ?<|DKIM-Signature: |X-[\w-]+: .*\n(?:[ \t].*\n)*Received: )",
        text,
        re.M,
    )
    return found.start() if found else -1


def _is_outer(part: Part, parts: list[Part]) -> bool:
    """Whether a part is of the report and not of the message that it brings back."""
    for other in parts:
        if other is part:
            return True
        if other.kind in ("message/rfc822", "message/global") and other.level < part.level and other is not parts[0]:
            return False
    return True


def _verdict(message: _Message) -> tuple[Verdict, list[Copy]]:
    for part in message.parts:
        if part.kind == "message/feedback-report":
            return _complaint(message, part)
        if part.kind == "message/disposition-notification":
            return Verdict.AUTOMATIC, []
        if part.kind in STATUS_KINDS:
            found = _status(message, part)
            if found is not None:
                return found
    if message.original.complainer:
        return Verdict.COMPLAINT, [Copy(message.original.complainer, BounceKind.COMPLAINT)]
    return _prose(message)


def _complaint(message: _Message, part: Part) -> tuple[Verdict, list[Copy]]:
    told = reports.feedback(part.text)
    if told.kind not in _COMPLAINTS:
        return Verdict.OTHER, []
    addresses = list(told.addresses) or [a for a in message.original.recipients if not a.startswith("redacted")][:1]
    return Verdict.COMPLAINT, [Copy(address, BounceKind.COMPLAINT, text=told.kind) for address in addresses or [""]]


def _status(message: _Message, part: Part) -> tuple[Verdict, list[Copy]] | None:
    """What a delivery-status part says, or None where it says nothing of any recipient."""
    told = reports.recipients(part.text)
    for one in told:
        if not one.action:
            one.action = {"2": ARRIVED, "4": DELAYED if _is_delay(message) else FAILED}.get(one.status[:1], FAILED)
    failed = [one for one in told if one.action == FAILED]
    if failed:
        return Verdict.BOUNCE, _copies(message, failed)
    actions = {one.action for one in told}
    if DELAYED in actions:
        return Verdict.DELAYED, []
    return (Verdict.DELIVERED, []) if told else None


def _copies(message: _Message, failed: list[reports.Recipient]) -> list[Copy]:
    spoken = {}
    if any(not one.addresses or not one.diagnostic for one in failed):
        found = mentions.find(message.notice, message.own, message.original.recipients)
        spoken = {each.address.lower(): each for each in found}
    copies = []
    for one in failed:
        address = one.addresses[0] if one.addresses else ""
        if not address:
            fallback = _failed_header(message) or [each.address for each in spoken.values()]
            address = next(iter(fallback or message.original.recipients), "")
        about = spoken[address.lower()].words if address.lower() in spoken else message.notice
        diagnostic = one.diagnostic or mentions.coded_lines(about)
        judged = judging.judge(diagnostic, one.status, about)
        copies.append(Copy(address, judged.kind, judged.code, judged.status, diagnostic or about[:300]))
    return copies


def _failed_header(message: _Message) -> list[str]:
    values = " ".join(message.top.headers.get("x-failed-recipients", []))
    return list(dict.fromkeys(reports.addresses_in(values[:8000])))


def _prose(message: _Message) -> tuple[Verdict, list[Copy]]:
    """A report without structure, or no report at all."""
    subject, notice = message.subject.lower(), message.notice.lower()
    listed = _failed_header(message)
    is_failure = bool(languages.FAILED.search(subject))
    if not listed and _is_automatic(message, subject, is_failure):
        return Verdict.AUTOMATIC, []
    is_failure = is_failure or message.is_report
    has_evidence = bool(listed) or message.is_from_daemon or is_failure
    if not has_evidence:
        return Verdict.OTHER, []
    if _is_delay(message):
        return Verdict.DELAYED, []
    wanted = set(map(str.lower, listed)) or message.original.recipients
    found = mentions.find(message.notice, message.own, wanted)
    if not found and not wanted:
        found = mentions.find(message.notice + message.rest[:4000], message.own, wanted)
    by_address = {each.address.lower(): each for each in found}
    # Ours went to the address before the forwarding, which a list of failed ones names only as where it ended.
    before = {each.instead_of: each.address for each in found if each.instead_of}
    listed = [before.get(address.lower(), address) for address in listed]
    addresses = listed or [each.address for each in found] or list(message.original.recipients)[:1]
    copies = [_copy(address, by_address, message) for address in addresses[:_MOST_COPIES]] or [_copy("", {}, message)]
    says_nothing = not listed and not is_failure and all(copy.kind == BounceKind.UNKNOWN for copy in copies)
    brings_back = message.original.is_there and message.is_from_daemon
    if says_nothing and not (brings_back and re.search(r"deliver|fail|return", notice)):
        return Verdict.OTHER, []
    return Verdict.BOUNCE, copies


def _copy(address: str, found: dict[str, mentions.Mention], message: _Message) -> Copy:
    about = found[address.lower()].words if address.lower() in found else message.notice
    diagnostic = mentions.coded_lines(about) or message.quoted
    judged = judging.judge(diagnostic, "", about)
    if judged.kind == BounceKind.UNKNOWN:
        judged = judging.judge("", "", f"{message.notice}\n{message.subject}")
    return Copy(address, judged.kind, judged.code, judged.status, diagnostic or about[:300])


def _is_automatic(message: _Message, subject: str, is_failure: bool) -> bool:
    top = message.top
    submitted = top.header("auto-submitted").lower()
    names = (
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-auto-reply",
        "x-vacation",
        "x-mail-autoreply",
        "x-autogenerated",
    )
    marked = any(name in top.headers for name in names) or submitted.startswith("auto-replied")
    marked = marked or top.header("precedence").lower() in ("auto_reply", "auto-reply")
    said = languages.AUTOMATIC.search(subject)
    failed = languages.FAILED.search(subject)
    # A report quotes the subject of what it is about behind its own words.
    quotes = failed is not None and said is not None and failed.start() <= said.start()
    is_subject = said is not None and not quotes and not languages.NOT_DELIVERED.search(message.notice[:600].lower())
    # Nobody answers for a person without a name of theirs.
    marked = marked and message.sender.strip() != "<>"
    if is_failure and message.is_from_daemon:
        return bool(is_subject and marked)
    if is_failure:
        return is_subject and not message.is_from_daemon
    brings_back = message.is_from_daemon and message.original.is_there
    return is_subject or (marked and not brings_back)


def _is_delay(message: _Message) -> bool:
    notice = message.notice.lower()[:6000]
    if languages.GAVE_UP.search(notice) and not re.search(r"warning", message.subject.lower()):
        return False
    if languages.STILL_TRYING.search(notice):
        return True
    return bool(languages.DELAYED.search(message.subject.lower())) and not languages.FAILED.search(
        re.sub(r"delivery status notification|delivery report", "", message.subject.lower())
    )


def _tokens(raw: bytes, top: Part) -> tuple[str, ...]:
    """What may be a mark of ours: in the return address that the report came to, then anywhere in it."""
    heads = " ".join(
        value
        for name in ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "received", "cc")
        for value in top.headers.get(name, [])[:20]
    )
    rest = raw[:400_000].decode("latin-1").replace("=\r\n", "").replace("=\n", "")
    found = [token.lower() for token in marks.MARK.findall(heads) + marks.MARK.findall(rest)]
    unique = list(dict.fromkeys(found))
    return tuple(sorted(unique, key=lambda token: len(token) != marks.DATED_LENGTH)[:50])
