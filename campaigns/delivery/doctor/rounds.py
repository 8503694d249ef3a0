"""What the doctor does on a visit: examine a way, send a self-test on it, read the copy that came back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import config
from campaigns import clock
from campaigns.db import end_reading
from campaigns.delivery import routes
from campaigns.delivery.doctor import actions, checkup, queries, received, selftest
from campaigns.delivery.doctor.checkup import Questions
from campaigns.delivery.doctor.findings import Finding, Level, Topic
from campaigns.delivery.doctor.models import SelfTest, TestState
from campaigns.delivery.doctor.queries import Way
from campaigns.delivery.doctor.received import Reading
from campaigns.delivery.doctor.selftest import Sent
from campaigns.delivery.smtp import Connection
from campaigns.errors import Conflict, Invalid, OutsideError
from campaigns.staff.queries import get_organization


@dataclass(frozen=True)
class Handed:
    """Whether a mail server took the self-test, in a sentence for whoever sent it."""

    is_accepted: bool
    sentence: str


def examine(way: Way, one_click_url: str, now: datetime) -> list[Finding]:
    """Every finding about a way, with how its self-test stands. Takes up to half a minute; writes nothing."""
    about, names, zone = queries.subject_of(way), queries.names(), get_organization().zone
    first = _of_test(way, zone, now)
    broken: list[Finding] = []
    server = None
    try:
        server = routes.through(way.relay) if way.relay else None
        queries.signer_of(way.domain)
    except OutsideError as error:
        broken = [Finding(Topic.DKIM, Level.STOP, "A secret cannot be opened", str(error), "Enter it again.")]
    questions = Questions(server, one_click_url, config.load().time_address)
    end_reading()
    return [first, *broken, *checkup.carry_out(names, about, questions, now)]


def examine_all(one_click_url: str, must_stop: Callable[[], bool], now: datetime) -> int:
    """Examine every way of a live office and keep what was found, until told to stop; gives how many."""
    if get_organization().is_practice:
        return 0
    done = 0
    for key in [way.key for way in queries.ways()]:
        if must_stop():
            break
        actions.keep_checkup(key, examine(queries.get_way(key), one_click_url, now), now)
        done += 1
    end_reading()
    return done


def _of_test(way: Way, zone: str, now: datetime) -> Finding:
    test = queries.standing_test(way.domain, way.relay) if way.relay else None
    todo = "Run it on the page Settings, Deliverability."
    if test is None or test.decided_at is None:
        text = "It shows what no look-up can: whether a real message arrives signed, whole and trusted."
        is_practice = get_organization().is_practice
        level = Level.CAUTION if is_practice else Level.STOP
        title = "The self-test has not passed" if way.relay else "The self-test needs a mail server"
        return Finding(Topic.SELF_TEST, level, title, text, todo)
    at = clock.friendly(test.decided_at, zone, now)
    if test.state == TestState.PASSED:
        return Finding(Topic.SELF_TEST, Level.GOOD, "The self-test has passed", f"{at}.")
    if test.state == TestState.OVERRIDDEN:
        text = f"An administrator let it send without: “{test.reason}” {at}."
        return Finding(Topic.SELF_TEST, Level.CAUTION, "The self-test was skipped", text, todo)
    return Finding(Topic.SELF_TEST, Level.STOP, "The self-test did not pass", f"{at}. The page says why.", todo)


def send(way: Way, one_click_url: str, to_address: str, user_id: int) -> Handed:
    """Send the self-test through the mail server of a way, also in practice mode; raises Invalid and Conflict."""
    if way.relay is None:
        raise Conflict("Set the mail server first; then the self-test has a way to go.")
    sender, office, host, key = way.sender, get_organization().name, way.relay.host, way.key
    word, domain = selftest.new_word(), way.domain
    sent = Sent(word, sender.address, one_click_url, f"self-test.{word}@{domain}", clock.now())
    comes_back_to = queries.return_address(sender.address)
    list_id = f"Self-test <self-test.{domain}>"
    try:
        message = selftest.message(sent, sender.name, sender.reply_to, list_id, office, to_address)
        signer = queries.signer_of(domain)
        server = routes.through(way.relay)
        end_reading()
        if signer is not None:
            message = signer.sign(message, sent.sent_at)
        with Connection(server) as connection:
            reply = connection.send(comes_back_to, to_address, message)
    except OutsideError as error:
        return Handed(False, str(error))
    except ValueError as error:
        raise Invalid({"to_address": "The self-test cannot be sent to that address, or from that sender."}) from error
    if not reply.is_accepted:
        return Handed(False, f"{host} turned the message away: {reply.code} {reply.enhanced} {reply.text}".strip())
    actions.record_sent(key, sent, to_address, user_id, clock.now())
    return Handed(True, f"{host} took the self-test for {to_address}. Look for “Newsletter self-test {word}” there.")


def read_source(source: bytes, user_id: int | None) -> Reading:
    """Read what a person pasted or uploaded, and keep what it shows; raises Invalid on "source"."""
    message = received.message_of(source)
    word = received.word_of(message)
    test = queries.find_test(word)
    if not word:
        raise Invalid({"source": "This is another message: the self-test has “Newsletter self-test” in its subject."})
    if test is None:
        raise Invalid({"source": "This is an older self-test, or not one of ours. Please use the last one."})
    return _read(test, message, user_id)


def read_mailbox(source: bytes) -> bool:
    """Read a message that lies in a mailbox of ours, if it is a self-test that waits; whether it was one."""
    try:
        message = received.message_of(source)
    except Invalid:
        return False
    test = queries.find_test(received.word_of(message))
    if test is None:
        return False
    if test.state == TestState.WAITING:
        _read(test, message, None)
    return True


def _read(test: SelfTest, message: bytes, user_id: int | None) -> Reading:
    sent = Sent(test.word, test.from_address, test.one_click_url, test.message_id, test.sent_at)
    test_id, names = test.id, queries.names()
    end_reading()
    reading = received.read(message, sent, names)
    actions.record_reading(test_id, reading, user_id, clock.now())
    return reading
