"""Reads the received copy of a self-test: whether the signature holds and covers what it must, and nothing was bent."""

import re
from dataclasses import dataclass
from datetime import datetime

from campaigns.delivery import canonical
from campaigns.delivery.doctor import dmarc, results, selftest, signatures
from campaigns.delivery.doctor.dkim_key import WANTED_BITS
from campaigns.delivery.doctor.dmarc_record import Unanswered
from campaigns.delivery.doctor.findings import Finding, Level, Topic, quoted, worst
from campaigns.delivery.doctor.names import Names
from campaigns.delivery.doctor.results import Results
from campaigns.delivery.doctor.selftest import Sent
from campaigns.delivery.doctor.signatures import Signature
from campaigns.delivery.doctor.subject import Key, domain_of
from campaigns.errors import Invalid

LONGEST = 2_000_000
_MUST_COVER = ("list-unsubscribe", "list-unsubscribe-post")
_SHOULD_COVER = ("subject", "to", "date", "list-id")
_FAR_AHEAD, _FAR_BEHIND = 60.0, 600.0
_ASK_THE_RELAY = (
    "Ask whoever runs the mail server to add it to what is signed. If that cannot be done, let this program sign, "
    "under Signing."
)


@dataclass(frozen=True)
class Reading:
    """What came of it. `keys` are those that signed, `has_spf` whether the receiver says that SPF passed."""

    findings: list[Finding]
    keys: tuple[Key, ...]
    has_spf: bool

    @property
    def is_passed(self) -> bool:
        """Whether nothing has to be put right."""
        return worst(self.findings) not in (Level.STOP, Level.UNKNOWN)


def message_of(source: bytes) -> bytes:
    """What a person pasted or uploaded, as a message whose lines end in CRLF; raises Invalid on "source"."""
    if len(source) > LONGEST:
        raise Invalid({"source": "This is larger than two megabytes, so it cannot be the self-test."})
    plain = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\xef\xbb\xbf \t\n")
    if plain.startswith((b"From ", b">From ")):
        plain = plain.partition(b"\n")[2]
    head = plain.partition(b"\n\n")[0]
    if not re.match(rb"[!-9;-~]{1,80}[ \t]*:", plain) or b"\nfrom:" not in b"\n" + head.lower():
        text = "This is not the source of a message. That begins with lines like “Received: from ...”."
        raise Invalid({"source": text})
    return plain.replace(b"\n", b"\r\n")


def word_of(message: bytes) -> str:
    """The word of the test that a message is the copy of; empty when it is none."""
    fields, _ = canonical.split(message)
    subjects = results.values(fields, "Subject")
    return selftest.word_in(subjects[0]) if subjects else ""


def read(message: bytes, sent: Sent, names: Names) -> Reading:
    """Everything that a received copy shows. Asks the name system for keys."""
    fields, _ = canonical.split(message)
    found = signatures.verify(message, names)
    said = results.read(fields)
    made = [
        *_of_sender(fields, sent),
        *_of_signatures(found, sent, names),
        *_of_one_click(fields, sent),
        *_of_results(said, _has_good(found)),
        *_of_clock(fields, sent.sent_at),
    ]
    domain = domain_of(sent.from_address)
    keys = tuple(
        Key(one.domain, one.selector, one.algorithm.partition("-")[0], one.key.text, is_ours=False)
        for one in found
        if one.is_valid and one.key and _fits(names, domain, one.domain)
    )
    return Reading(made, keys, said.of("spf") == "pass")


def _has_good(found: list[Signature]) -> bool:
    return any(one.is_valid for one in found)


def _fits(names: Names, author: str, signer: str) -> bool:
    try:
        return dmarc.is_aligned(names, author, signer, is_strict=False)
    except Unanswered:
        # Without an answer a domain is taken for what it says: one below the other is enough.
        return author == signer or author.endswith("." + signer) or signer.endswith("." + author)


def _of_sender(fields: list[bytes], sent: Sent) -> list[Finding]:
    senders = results.values(fields, "From")
    if len(senders) != 1 or sent.from_address.lower() not in senders[0].lower():
        shown = quoted("; ".join(senders))
        text = f"It left from {sent.from_address} and arrived from {shown}."
        return [_finding(Topic.SELF_TEST, Level.STOP, "The sender was changed on the way", text, "Ask the relay why.")]
    if sent.message_id not in "".join(results.values(fields, "Message-ID")):
        text = "Complaints and bounces are then harder to match. Some services, like Amazon SES, always do that."
        return [_finding(Topic.SELF_TEST, Level.NOTE, "The mail server gave it another Message-ID", text)]
    return []


def _of_signatures(found: list[Signature], sent: Sent, names: Names) -> list[Finding]:
    domain = domain_of(sent.from_address)
    if not found:
        text = "Mail providers accept newsletters only with a signature (DKIM) of the sender’s domain."
        todo = f"Ask whoever runs the mail server to sign for {domain}, or let this program sign, under Signing."
        return [_finding(Topic.DKIM, Level.STOP, "The message arrived without a signature", text, todo)]
    fitting = [one for one in found if _fits(names, domain, one.domain)]
    if not fitting:
        text = f"It is signed as {', '.join(sorted({one.domain or '?' for one in found}))}, which readers do not see."
        todo = f"Have it signed as {domain}, or let this program sign, under Signing."
        return [_finding(Topic.DKIM, Level.STOP, f"Nobody signed as {domain}", text, todo)]
    valid = [one for one in fitting if one.is_valid]
    if not valid:
        return [_broken(one) for one in fitting]
    best = min((_of_signature(one) for one in valid), key=_weight)
    spoiled = [_broken(one, Level.CAUTION) for one in fitting if not one.is_valid and not one.is_open]
    return [*best, *spoiled]


def _weight(made: list[Finding]) -> int:
    order = list(Level)
    return -order.index(worst(made))


def _broken(one: Signature, level: Level = Level.STOP) -> Finding:
    title = f"The signature of {one.domain or '?'} ({one.selector[:60] or '?'}) does not hold"
    todo = "Ask whoever runs the mail server to put this right."
    if "changed on the way" in one.problem:
        todo = (
            "Something after the signature changes mail: a footer, a virus scanner, or pasting. Upload the saved .eml "
            "file instead of pasting; if it stays, ask whoever runs the mail server."
        )
    return _finding(Topic.DKIM, Level.UNKNOWN if one.is_open else level, title, one.problem, todo)


def _of_signature(one: Signature) -> list[Finding]:
    made = []
    lacking = [name for name in _MUST_COVER if not one.covers(name)]
    if lacking:
        title = f"The signature does not cover {' and '.join(map(_spelled, lacking))}"
        text = "Mail providers then show no unsubscribe button (RFC 8058, 4), and readers press “spam” instead."
        made.append(_finding(Topic.DKIM, Level.STOP, title, text, _ASK_THE_RELAY))
    if one.has_length:
        text = "With “l=” anybody can add text below ours, and the signature still holds."
        made.append(
            _finding(Topic.DKIM, Level.STOP, "The signature covers only a part of the text", text, _ASK_THE_RELAY)
        )
    if one.key is not None and not one.key.is_long_enough:
        text = f"It has {one.key.bits} bits; {WANTED_BITS} are advised."
        made.append(_finding(Topic.DKIM, Level.CAUTION, "The key that signed is short", text, "Have it replaced."))
    loose = [name for name in _SHOULD_COVER if not one.covers(name)]
    if loose:
        text = f"{', '.join(map(_spelled, loose))}: whoever forwards the message can change it."
        made.append(_finding(Topic.DKIM, Level.NOTE, "The signature leaves some headers out", text))
    if not made or worst(made) == Level.NOTE:
        text = f"Key {one.selector}, and it covers both unsubscribe headers."
        made.insert(0, _finding(Topic.DKIM, Level.GOOD, f"The signature of {one.domain} holds", text))
    return made


def _spelled(name: str) -> str:
    return "-".join(part.upper() if part == "id" else part.capitalize() for part in name.split("-"))


def _of_one_click(fields: list[bytes], sent: Sent) -> list[Finding]:
    raw = [field for field in fields if canonical.name_of(field) == b"list-unsubscribe"]
    posts = results.values(fields, "List-Unsubscribe-Post")
    todo = "Ask whoever runs the mail server to leave the header List-Unsubscribe as it is."
    if len(raw) != 1:
        text = f"There are {len(raw)} of them, and there must be one."
        return [_finding(Topic.ONE_CLICK, Level.STOP, "The unsubscribe header is not as we sent it", text, todo)]
    value = results.value_of(raw[0])
    inside = raw[0].partition(b"<")[2].partition(b">")[0]
    if "=?" in value:
        text = "It was encoded on the way, so that no mail program can read it."
    elif b"\r\n" in inside:
        text = "A line break was put into the address on the way."
    elif value != f"<{sent.one_click_url}>":
        text = f"It was rewritten on the way: {quoted(value)}. Turn off link tracking in the mail service."
    elif posts != ["List-Unsubscribe=One-Click"]:
        title = "The header List-Unsubscribe-Post is missing or changed"
        return [_finding(Topic.ONE_CLICK, Level.STOP, title, "Without it there is no one-click button.", todo)]
    else:
        text = "Both headers arrived whole, on one line."
        return [_finding(Topic.ONE_CLICK, Level.GOOD, "The one-click headers arrived intact", text)]
    return [_finding(Topic.ONE_CLICK, Level.STOP, "The unsubscribe header is not as we sent it", text, todo)]


def _of_results(said: Results, is_signed: bool) -> list[Finding]:
    if not said.by:
        text = "So we know only what can be checked from the message itself. An account at Gmail or Outlook says more."
        return [_finding(Topic.DMARC, Level.NOTE, "The receiving server wrote no results", text)]
    made = []
    spf, dmarc_result = said.of("spf"), said.of("dmarc")
    who = quoted(said.by, 60)
    if spf == "pass":
        made.append(_finding(Topic.SPF, Level.GOOD, "SPF passed where it arrived", f"{who} says so."))
    elif spf:
        level = Level.CAUTION if is_signed or dmarc_result == "pass" else Level.STOP
        title, text = (
            f"SPF did not pass where it arrived ({spf})",
            f"{who} says so. Microsoft asks for both SPF and DKIM.",
        )
        made.append(_finding(Topic.SPF, level, title, text, "See what the check says about SPF."))
    if dmarc_result == "pass":
        made.append(_finding(Topic.DMARC, Level.GOOD, "DMARC passed where it arrived", f"{who} says so."))
    elif dmarc_result in ("fail", "permerror"):
        text = f"{who} says so. Gmail, Yahoo and Microsoft refuse such newsletters."
        made.append(_finding(Topic.DMARC, Level.STOP, f"DMARC did not pass ({dmarc_result})", text, "See the check."))
    elif dmarc_result:
        text = f"{who} says “{dmarc_result}”, mostly because there is no usable DMARC record."
        made.append(_finding(Topic.DMARC, Level.CAUTION, "DMARC was not checked", text, "See the check about DMARC."))
    return made


def _of_clock(fields: list[bytes], sent_at: datetime) -> list[Finding]:
    took_at = results.first_hop_at(fields)
    if took_at is None:
        return []
    late = (took_at - sent_at).total_seconds()
    if -_FAR_AHEAD <= late <= _FAR_BEHIND:
        return []
    size = f"{abs(late):.0f} seconds {'later' if late > 0 else 'earlier'}"
    text = f"The first server on the way took it {size} than this machine sent it. One of the clocks may be wrong."
    return [_finding(Topic.CLOCK, Level.CAUTION, "The clocks do not agree", text, "Look at the clock of this machine.")]


def _finding(topic: Topic, level: Level, title: str, text: str, todo: str = "") -> Finding:
    return Finding(topic, level, title, text, todo)
