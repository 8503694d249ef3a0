"""Reads of the doctor: what a checkup is about, the keys that sign, self-tests, and the last checkups."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

import config
from campaigns.db import db
from campaigns.delivery import queries, signing
from campaigns.delivery.bounces import queries as bounces
from campaigns.delivery.doctor.findings import Finding, Level, from_json
from campaigns.delivery.doctor.models import Checkup, DkimKey, KeyState, SelfTest, TestState
from campaigns.delivery.doctor.names import Names
from campaigns.delivery.doctor.subject import Key, Subject, domain_of
from campaigns.delivery.models import Relay, Sender
from campaigns.delivery.signing import Signature, Signer
from campaigns.errors import NotFound

_DECIDED = (TestState.PASSED, TestState.FAILED, TestState.OVERRIDDEN)


@dataclass(frozen=True)
class Way:
    """One sender's domain through one mail server; `relay` is None while none is set."""

    sender: Sender
    relay: Relay | None

    @property
    def domain(self) -> str:
        """The domain that readers see."""
        return domain_of(self.sender.address)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.domain + (f" through {self.relay.name}" if self.relay else "")

    @property
    def key(self) -> str:
        """How an address of a page names it."""
        return f"{self.sender.id}-{self.relay.id if self.relay else 0}"


def ways() -> list[Way]:
    """Every domain of a sender through every mail server, the default sender and the first server first."""
    by_domain: dict[str, Sender] = {}
    for sender in queries.senders():
        by_domain.setdefault(domain_of(sender.address), sender)
    relays: Sequence[Relay | None] = queries.relays() or [None]
    return [Way(sender, relay) for sender in by_domain.values() for relay in relays]


def get_way(key: str) -> Way:
    """A way by its key; empty for the first one. Raises NotFound."""
    found = ways()
    way = found[0] if found and not key else next((one for one in found if one.key == key), None)
    if way is None:
        raise NotFound("There is no such sender and mail server any more.")
    return way


def names() -> Names:
    """The name system as this installation asks it."""
    server, port = config.load().dns_address
    return Names([(server, port)] if server else [])


def subject_of(way: Way) -> Subject:
    """What a checkup of a way is about."""
    test = standing_test(way.domain, way.relay) if way.relay else None
    own = tuple(
        Key(key.domain, key.selector, key.algorithm, key.public, is_ours=True)
        for key in keys_of(way.domain)
        if key.state == KeyState.ACTIVE
    )
    seen = tuple(Key(**key) for key in test.keys) if test else ()
    known = {(key.domain, key.selector) for key in own}
    return Subject(
        address=way.sender.address,
        reply_to=way.sender.reply_to,
        envelope_domain=domain_of(return_address(way.sender.address)),
        relay_host=way.relay.host if way.relay else "",
        keys=own + tuple(key for key in seen if (key.domain, key.selector) not in known),
        has_proved_spf=bool(test and test.has_spf),
    )


def return_address(sender: str) -> str:
    """Where what cannot be delivered comes back to: the bounce mailbox, or the sender where none is set."""
    mailbox = bounces.mailbox()
    return mailbox.address if mailbox and mailbox.address else sender


def digest_of(domain: str, relay: Relay) -> str:
    """What a self-test proves something about: another relay, domain or key of ours gives another digest."""
    active = [(key.selector, key.public) for key in keys_of(domain) if key.state == KeyState.ACTIVE]
    about = [[relay.id, relay.host, relay.port, relay.username], domain, sorted(active)]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def last_test(domain: str, relay: Relay) -> SelfTest | None:
    """The last self-test or override, whatever became of it and whether or not it still counts."""
    wanted = select(SelfTest).where(SelfTest.relay_id == relay.id, SelfTest.domain == domain)
    return db.session.scalar(wanted.order_by(SelfTest.id.desc()).limit(1))


def standing_test(domain: str, relay: Relay) -> SelfTest | None:
    """The last decision about a domain and relay as they are set now, or None: passed, failed or overridden."""
    wanted = select(SelfTest).where(SelfTest.relay_id == relay.id, SelfTest.domain == domain)
    wanted = wanted.where(SelfTest.way == digest_of(domain, relay), SelfTest.state.in_(_DECIDED))
    return db.session.scalar(wanted.order_by(SelfTest.decided_at.desc(), SelfTest.id.desc()).limit(1))


def find_test(word: str) -> SelfTest | None:
    """The self-test with that word in its subject, or None."""
    return db.session.scalar(select(SelfTest).where(SelfTest.word == word)) if word else None


def last_checkup(way: Way) -> tuple[Checkup, list[Finding]] | None:
    """The last checkup of a way with its findings, or None."""
    relay_id = way.relay.id if way.relay else 0
    found = db.session.scalar(select(Checkup).where(Checkup.domain == way.domain, Checkup.relay_id == relay_id))
    return (found, from_json(found.findings)) if found else None


def to_put_right() -> dict[str, list[str]]:
    """What the last checkups found that must be put right: titles, by what the way is called."""
    found: dict[str, list[str]] = {}
    for way in ways():
        checkup = last_checkup(way)
        stops = [one.title for one in checkup[1] if one.level == Level.STOP] if checkup else []
        if stops:
            found[way.name] = stops
    return found


def keys_of(domain: str) -> list[DkimKey]:
    """Our keys of a domain, the newest first."""
    question = select(DkimKey).where(DkimKey.domain == domain).order_by(DkimKey.id.desc())
    return list(db.session.scalars(question))


def get_key(key_id: int) -> DkimKey:
    """A key of ours; raises NotFound."""
    key = db.session.get(DkimKey, key_id)
    if key is None:
        raise NotFound("That key is no longer there.")
    return key


def signer_of(domain: str) -> Signer | None:
    """What signs mail of a domain, or None where signing is off; raises OutsideError when a key cannot be opened."""
    active = [key for key in keys_of(domain.lower()) if key.state == KeyState.ACTIVE]
    if not active:
        return None
    made = [Signature(key.selector, signing.opened(key.private_sealed)) for key in sorted(active, key=lambda k: k.id)]
    return Signer(domain.lower(), made)
