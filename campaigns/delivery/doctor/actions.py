"""Writes of the doctor: self-tests and what they showed, overrides, keys and their life, the last checkup."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select

from campaigns.db import action, db
from campaigns.delivery.doctor import findings, queries
from campaigns.delivery.doctor.findings import Finding, Topic
from campaigns.delivery.doctor.models import Checkup, DkimKey, KeyState, SelfTest, TestState
from campaigns.delivery.doctor.queries import Way
from campaigns.delivery.doctor.received import Reading
from campaigns.delivery.doctor.selftest import Sent
from campaigns.delivery.models import Relay
from campaigns.delivery.signing import RSA, NewKey
from campaigns.errors import Conflict, Invalid, NotFound, Refused
from campaigns.markup import one_line
from campaigns.staff import audit

_KEPT_TESTS = 50
_SHORTEST_REASON = 10


@action
def record_sent(way_key: str, sent: Sent, to_address: str, user_id: int, now: datetime) -> int:
    """Write down a self-test that the mail server took; what was sent before and not read yet is dropped."""
    way = queries.get_way(way_key)
    relay = _relay(way)
    waiting = (SelfTest.relay_id == relay.id, SelfTest.domain == way.domain, SelfTest.state == TestState.WAITING)
    db.session.execute(delete(SelfTest).where(*waiting))
    test = SelfTest(
        relay_id=relay.id,
        domain=way.domain,
        way=queries.digest_of(way.domain, relay),
        word=sent.word,
        from_address=sent.from_address,
        to_address=to_address,
        one_click_url=sent.one_click_url,
        message_id=sent.message_id,
        user_id=user_id,
        sent_at=sent.sent_at,
    )
    db.session.add(test)
    db.session.flush()
    _record(test, "self_test.sent", user_id, now)
    _forget_old(relay.id, way.domain)
    return test.id


@action
def record_reading(test_id: int, reading: Reading, user_id: int | None, now: datetime) -> None:
    """Write down what the received copy of a self-test showed; the last reading counts."""
    test = db.session.get(SelfTest, test_id, with_for_update=True)
    if test is None or test.state == TestState.OVERRIDDEN:
        raise NotFound("That self-test is no longer there. Please send a new one.")
    test.state = TestState.PASSED if reading.is_passed else TestState.FAILED
    test.findings = findings.to_json(reading.findings)
    test.keys = [asdict(key) for key in reading.keys]
    test.has_spf, test.decided_at = reading.has_spf, now
    _record(test, f"self_test.{test.state}", user_id, now)


@action
def override(way_key: str, reason: str, user_id: int, now: datetime) -> None:
    """Let a way carry newsletters to many people without a self-test that passed. Raises Invalid without a reason."""
    way = queries.get_way(way_key)
    relay = _relay(way)
    reason = one_line(reason)[:500]
    if len(reason) < _SHORTEST_REASON:
        raise Invalid({"reason": "Say in a sentence why; it is kept in the audit log."})
    test = SelfTest(
        relay_id=relay.id,
        domain=way.domain,
        way=queries.digest_of(way.domain, relay),
        state=TestState.OVERRIDDEN,
        reason=reason,
        user_id=user_id,
        sent_at=now,
        decided_at=now,
    )
    db.session.add(test)
    db.session.flush()
    _record(test, "self_test.overridden", user_id, now, reason=reason)


@action
def withdraw_override(test_id: int, user_id: int, now: datetime) -> None:
    """Take an override back: the self-test is needed again."""
    test = db.session.get(SelfTest, test_id, with_for_update=True)
    if test is None or test.state != TestState.OVERRIDDEN:
        raise NotFound("There is no such decision any more.")
    _record(test, "self_test.override_withdrawn", user_id, now)
    db.session.delete(test)


@action
def keep_checkup(way_key: str, found: list[Finding], now: datetime) -> None:
    """Keep a checkup in place of the last one of that way; how the self-test stands is known without it."""
    way = queries.get_way(way_key)
    relay_id = way.relay.id if way.relay else 0
    row = db.session.scalar(select(Checkup).where(Checkup.domain == way.domain, Checkup.relay_id == relay_id))
    if row is None:
        row = Checkup(domain=way.domain, relay_id=relay_id)
        db.session.add(row)
    row.at, row.findings = now, findings.to_json(one for one in found if one.topic != Topic.SELF_TEST)


@action
def add_key(domain: str, made: NewKey, user_id: int, now: datetime) -> int:
    """Add a key that was made; it signs once somebody turns it on. Raises Conflict when one waits already."""
    same = [key for key in queries.keys_of(domain) if key.algorithm == made.algorithm]
    if any(key.state == KeyState.NEW for key in same):
        raise Conflict("A new key waits already. Publish its record and turn it on, or remove it.")
    taken = {key.selector for key in queries.keys_of(domain)}
    base = f"hw{now:%Y%m}{'r' if made.algorithm == RSA else 'e'}"
    selector = next(name for name in (base, *(f"{base}{number}" for number in range(2, 100))) if name not in taken)
    key = DkimKey(domain=domain, selector=selector, algorithm=made.algorithm, created_at=now)
    key.private_sealed, key.public = made.private_sealed, made.public
    db.session.add(key)
    db.session.flush()
    _record_key(key, "dkim_key.added", user_id, now)
    return key.id


@action
def activate_key(key_id: int, user_id: int, now: datetime) -> None:
    """Sign with a key from now on; the one of its kind that signed before is retired and stays to be found."""
    key = _key(key_id)
    if key.state != KeyState.NEW:
        raise Conflict("This key was turned on or off in the meantime.")
    for other in queries.keys_of(key.domain):
        if other.algorithm == key.algorithm and other.state == KeyState.ACTIVE:
            _retire(other, user_id, now)
    key.state, key.activated_at = KeyState.ACTIVE, now
    _record_key(key, "dkim_key.activated", user_id, now)


@action
def retire_key(key_id: int, user_id: int, now: datetime) -> None:
    """Sign with a key no longer. Its private part is wiped."""
    key = _key(key_id)
    if key.state != KeyState.ACTIVE:
        raise Conflict("This key does not sign.")
    _retire(key, user_id, now)


@action
def remove_key(key_id: int, user_id: int, now: datetime) -> None:
    """Forget a key that does not sign."""
    key = _key(key_id)
    if key.state == KeyState.ACTIVE:
        raise Refused("This key signs our mail. Turn it off first.")
    _record_key(key, "dkim_key.removed", user_id, now)
    db.session.delete(key)


def _retire(key: DkimKey, user_id: int, now: datetime) -> None:
    key.state, key.retired_at, key.private_sealed = KeyState.RETIRED, now, ""
    _record_key(key, "dkim_key.retired", user_id, now)


def _key(key_id: int) -> DkimKey:
    key = db.session.get(DkimKey, key_id, with_for_update=True)
    if key is None:
        raise NotFound("That key is no longer there.")
    return key


def _relay(way: Way) -> Relay:
    if way.relay is None:
        raise Conflict("Set the mail server first; then the self-test has a way to go.")
    return way.relay


def _forget_old(relay_id: int, domain: str) -> None:
    rows = select(SelfTest.id).where(SelfTest.relay_id == relay_id, SelfTest.domain == domain)
    old = db.session.scalars(rows.order_by(SelfTest.id.desc()).offset(_KEPT_TESTS)).all()
    db.session.execute(delete(SelfTest).where(SelfTest.id.in_(old)))


def _record(test: SelfTest, what: str, user_id: int | None, now: datetime, **details: object) -> None:
    about = {"relay": test.relay_id, "domain": test.domain, **details}
    audit.add(
        db.session(),
        user_id=user_id,
        action=what,
        object_kind="self_test",
        object_id=test.id,
        details=about,
        now=now,
    )


def _record_key(key: DkimKey, what: str, user_id: int, now: datetime) -> None:
    about = {"domain": key.domain, "selector": key.selector}
    audit.add(
        db.session(), user_id=user_id, action=what, object_kind="dkim_key", object_id=key.id, details=about, now=now
    )
