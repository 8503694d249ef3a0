"""What a mail server's refusal means: whose fault it is, the cause, and the plain sentence for it. Pure.

Mail systems agree on little: the same words come with other codes, and the same code with other words. So the words
are asked first, from the surest to the vaguest, then the enhanced code (RFC 3463), then the first digit.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from campaigns.delivery import phrases


class Kind(StrEnum):
    """At whose door a refusal lies: the address (for good), the mailbox, the moment, or us; or nobody can tell."""

    ADDRESS = "address"
    MAILBOX = "mailbox"
    TEMPORARY = "temporary"
    POLICY = "policy"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """What is behind a refusal, as exactly as its words tell."""

    NO_PERSON = "no_person"
    NO_DOMAIN = "no_domain"
    MOVED = "moved"
    FULL = "full"
    DISABLED = "disabled"
    GREYLIST = "greylist"
    UNVERIFIED = "unverified"
    BUSY = "busy"
    NETWORK = "network"
    REPUTATION = "reputation"
    CONTENT = "content"
    AUTHENTICATION = "authentication"
    NAME = "name"
    ENCRYPTION = "encryption"
    SIZE = "size"
    RATE = "rate"
    SENDER = "sender"
    RELAY = "relay"
    RESTRICTED = "restricted"
    OTHER_POLICY = "other_policy"
    UNKNOWN = "unknown"


KINDS: dict[Cause, Kind] = {
    **dict.fromkeys((Cause.NO_PERSON, Cause.NO_DOMAIN, Cause.MOVED), Kind.ADDRESS),
    **dict.fromkeys((Cause.FULL, Cause.DISABLED), Kind.MAILBOX),
    **dict.fromkeys((Cause.GREYLIST, Cause.UNVERIFIED, Cause.BUSY, Cause.NETWORK), Kind.TEMPORARY),
    Cause.UNKNOWN: Kind.UNKNOWN,
}

SENTENCES: dict[Cause, str] = {
    Cause.NO_PERSON: "There is no such address.",
    Cause.NO_DOMAIN: "The part of the address behind the @ takes no mail.",
    Cause.MOVED: "The person has moved to another address.",
    Cause.FULL: "The mailbox is full.",
    Cause.DISABLED: "The mailbox is switched off or has not been used for long.",
    Cause.GREYLIST: "The server asks strangers to come back later. That is usual, and the next try mostly succeeds.",
    Cause.UNVERIFIED: "The server could not tell at that moment whether the address exists.",
    Cause.BUSY: "The server was busy or out of order.",
    Cause.NETWORK: "The server could not be reached.",
    Cause.REPUTATION: "They do not trust our mail server: it is on a block list, or its mail was reported as spam.",
    Cause.CONTENT: "They take what the newsletter says, links to or attaches for spam or for dangerous.",
    Cause.AUTHENTICATION: "They could not verify that the mail is ours (SPF, DKIM or DMARC).",
    Cause.NAME: "The name of our mail server or of our domain is not set up as they ask (DNS).",
    Cause.ENCRYPTION: "They take mail over encrypted connections only.",
    Cause.SIZE: "The message is larger than they take.",
    Cause.RATE: "We sent more at once than they, or our own mail server, allow.",
    Cause.SENDER: "They do not accept the address that the newsletter comes from.",
    Cause.RELAY: "A mail server on the way does not carry mail for that address, or not for us.",
    Cause.RESTRICTED: "That address takes mail from certain senders only.",
    Cause.OTHER_POLICY: "Their rules do not allow our mail; they do not say why.",
    Cause.UNKNOWN: "They do not say why.",
}

_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"@=]+@[^\s<>()\[\]:;,\"'@=]+")
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_LONGEST = 2_000

_CODES: dict[str, Cause] = {
    "1.0": Cause.NO_PERSON,
    "1.1": Cause.NO_PERSON,
    "1.2": Cause.NO_DOMAIN,
    "1.3": Cause.NO_PERSON,
    "1.4": Cause.NO_PERSON,
    "1.6": Cause.MOVED,
    "1.7": Cause.SENDER,
    "1.8": Cause.SENDER,
    "1.9": Cause.OTHER_POLICY,
    "1.10": Cause.NO_DOMAIN,
    "2.1": Cause.DISABLED,
    "2.2": Cause.FULL,
    "2.3": Cause.SIZE,
    "2.4": Cause.BUSY,
    "3.1": Cause.BUSY,
    "3.2": Cause.BUSY,
    "3.4": Cause.SIZE,
    "3.5": Cause.BUSY,
    "4.0": Cause.NETWORK,
    "4.1": Cause.NETWORK,
    "4.2": Cause.NETWORK,
    "4.3": Cause.NETWORK,
    "4.4": Cause.NETWORK,
    "4.5": Cause.BUSY,
    "4.6": Cause.NETWORK,
    "4.7": Cause.NETWORK,
    "6.0": Cause.CONTENT,
    "6.1": Cause.CONTENT,
    "6.2": Cause.CONTENT,
    "6.3": Cause.CONTENT,
    "6.6": Cause.CONTENT,
    "7.8": Cause.RELAY,
    "7.10": Cause.ENCRYPTION,
    "7.13": Cause.DISABLED,
    "7.20": Cause.AUTHENTICATION,
    "7.21": Cause.AUTHENTICATION,
    "7.22": Cause.AUTHENTICATION,
    "7.23": Cause.AUTHENTICATION,
    "7.24": Cause.AUTHENTICATION,
    "7.25": Cause.NAME,
    "7.26": Cause.AUTHENTICATION,
    "7.27": Cause.SENDER,
    "7.28": Cause.RATE,
    "7.29": Cause.AUTHENTICATION,
    "7.30": Cause.ENCRYPTION,
}
_SURE_OF_ADDRESS = frozenset({"1.1", "1.2", "1.10"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal means."""

    cause: Cause
    is_permanent: bool

    @property
    def kind(self) -> Kind:
        """At whose door it lies."""
        return KINDS.get(self.cause, Kind.POLICY)

    @property
    def sentence(self) -> str:
        """The cause in plain words."""
        return SENTENCES[self.cause]

    @property
    def is_alarming(self) -> bool:
        """Whether it says something about all our mail, so that going on could make it worse.

        A server that asks for a slower pace gets it by the tries that follow, and one address that takes mail from
        some senders only says nothing about the others.
        """
        is_pace = self.cause == Cause.RATE and not self.is_permanent
        return self.kind == Kind.POLICY and self.cause != Cause.RESTRICTED and not is_pace


def read(code: int, text: str, enhanced: str = "") -> Verdict:
    """What a refusal means. `enhanced` is looked for in the text when empty; `code` may be 0 where only that is known.

    A "later" (4xx) never says that an address does not exist.
    """
    words = " ".join(_ADDRESS.sub("<a>", text[:_LONGEST]).lower().replace("’", "'").split())
    enhanced = enhanced if _ENHANCED.fullmatch(enhanced) else _found(words)
    is_permanent = (code // 100 or int(enhanced[:1] or 0)) == 5
    cause = _cause(code, words, enhanced.partition(".")[2])
    if not is_permanent and KINDS.get(cause) == Kind.ADDRESS:
        cause = Cause.UNVERIFIED
    return Verdict(cause, is_permanent)


def _found(words: str) -> str:
    found = _ENHANCED.search(words)
    return found[1] if found else ""


def _cause(code: int, words: str, detail: str) -> Cause:
    """The cause; `detail` is the enhanced code without its class, such as "1.1"."""
    said = phrases.first(phrases.SENDER, words)
    if said is None and detail in _SURE_OF_ADDRESS and (sure := phrases.first(phrases.ADDRESS, words)):
        return Cause(sure)
    said = said or phrases.first(phrases.POLICY, words) or phrases.first(_of_recipient(detail), words)
    if said is not None:
        return Cause(said)
    by_code = _CODES.get(detail) or (Cause.OTHER_POLICY if detail.startswith("7.") else None)
    if by_code not in (None, Cause.OTHER_POLICY) and detail not in ("1.0", "2.1"):
        return by_code or Cause.UNKNOWN
    said = phrases.first(phrases.VAGUE, words)
    if said is not None:
        return Cause(said)
    return by_code or _by_first_digit(code, detail)


def _of_recipient(detail: str) -> phrases.Phrases:
    # "Access denied" is how Microsoft 365 says that nobody has the address (5.4.1), and how others say anything else.
    extra = phrases.ACCESS_DENIED if detail == "4.1" else ()
    return (*extra, *phrases.RECIPIENT)


def _by_first_digit(code: int, detail: str) -> Cause:
    if code // 100 == 4 or (not code and detail.startswith(("3.", "4."))):
        return Cause.BUSY
    return Cause.MOVED if code == 551 else Cause.UNKNOWN
