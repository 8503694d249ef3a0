"""DKIM in plain words: whether the keys that sign for us can be found, and are strong enough."""

from campaigns.delivery.doctor import dkim_key
from campaigns.delivery.doctor.dkim_key import LEAST_BITS, WANTED_BITS, NoKey
from campaigns.delivery.doctor.findings import Finding, Level, Record, Topic
from campaigns.delivery.doctor.names import Names
from campaigns.delivery.doctor.subject import Key, Subject


def check(names: Names, subject: Subject) -> list[Finding]:
    """Findings about each key that is known to sign for us."""
    if not subject.keys:
        sentence = (
            "A signature is how mail providers know that a newsletter is yours. Which key your mail server signs with "
            "shows only on a message that it carried."
        )
        todo = "Run the self-test. If your mail server does not sign, turn on signing here."
        return [_finding(Level.UNKNOWN, "We do not know yet who signs our mail", sentence, todo)]
    return [finding for key in subject.keys for finding in _of_key(names, key)]


def record_of(key: Key) -> Record:
    """The record to publish for a key of our own."""
    kind = "ed25519" if key.algorithm == "ed25519" else "rsa"
    return Record(dkim_key.record_name(key.domain, key.selector), "TXT", f"v=DKIM1; k={kind}; p={key.public}")


def _of_key(names: Names, key: Key) -> list[Finding]:
    where = dkim_key.record_name(key.domain, key.selector)
    record = record_of(key) if key.is_ours else None
    todo = "Publish this record:" if key.is_ours else "Ask whoever runs the mail server to put the record right."
    try:
        found = dkim_key.find(names, key.domain, key.selector)
    except NoKey as error:
        if not error.is_lasting:
            return [_finding(Level.UNKNOWN, f"We could not look at the key {where}", str(error), "Try again later.")]
        sentence = f"{error} Signatures made with it count for nothing."
        return [_finding(Level.STOP, f"The key {where} cannot be used", sentence, todo, record)]
    if key.public and found.text != key.public:
        sentence = "The record holds another key than the one that signs, so that every signature is wrong."
        if not key.is_ours:
            title = f"The key {where} has changed since the self-test"
            return [_finding(Level.CAUTION, title, "That happens when keys are renewed.", "Run the self-test again.")]
        return [_finding(Level.STOP, f"The key {where} is not ours", sentence, todo, record)]
    made = []
    if found.algorithm == "rsa" and found.bits < WANTED_BITS:
        level = Level.CAUTION if found.bits >= LEAST_BITS else Level.STOP
        sentence = f"It has {found.bits} bits. Receivers ask for {LEAST_BITS} at least and advise {WANTED_BITS}."
        made.append(_finding(level, f"The key {where} is short", sentence, f"Replace it by one of {WANTED_BITS} bits."))
    if "y" in found.flags:
        sentence = "The record says “t=y”, which asks receivers to treat the mail as if it were not signed."
        made.append(_finding(Level.CAUTION, f"The key {where} is marked as a test", sentence, "Remove “t=y”.", record))
    if not made:
        strength = f"{found.bits} bits, RSA" if found.algorithm == "rsa" else "Ed25519"
        made.append(_finding(Level.GOOD, f"The key {where} is published", f"{strength}."))
    return made


def _finding(level: Level, title: str, text: str, todo: str = "", record: Record | None = None) -> Finding:
    return Finding(Topic.DKIM, level, title, text, todo, record)
