"""What refusals mean, on what mail systems of the last twenty years say."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.delivery import replies
from campaigns.delivery.replies import Cause, Kind

LINES = [
    tuple(part.strip() for part in line.split("|", 2))
    for line in Path(__file__).with_name("replies.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def judged(said: str) -> replies.Verdict:
    """What becomes of an answer as it comes over the wire, its code in front."""
    code, text = re.match(r"(\d{3})[ -](.*)", said).groups()  # type: ignore[union-attr]
    return replies.read(int(code), text)


def test_refusals_of_known_mail_systems_are_understood() -> None:
    judgments = [(kind, judged(said), said) for kind, _, said in LINES]
    assert len(judgments) > 250
    assert [(verdict.cause, said) for kind, verdict, said in judgments if verdict.kind != kind] == []


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (Cause.GREYLIST, "451 4.7.1 Greylisting in action, please come back in 00:04:59"),
        (Cause.AUTHENTICATION, "550 5.7.26 This mail has been blocked because the sender is unauthenticated."),
        (Cause.NAME, "550 5.7.25 The IP address sending this message does not have a PTR record setup"),
        (Cause.REPUTATION, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"),
        (Cause.SIZE, "552 5.3.4 Message size exceeds fixed limit"),
        (Cause.CONTENT, "554 5.7.1 Spam message rejected"),
        (Cause.RELAY, "554 5.7.1 <bob@example.com>: Relay access denied"),
        (Cause.SENDER, "550 5.1.0 <news@example.org>: Sender address rejected: User unknown in virtual mailbox table"),
        (Cause.RATE, "454 Throttling failure: Maximum sending rate exceeded."),
        (Cause.FULL, "452 4.2.2 Over quota"),
        (Cause.MOVED, "551 5.1.6 User has moved to bob@elsewhere.example"),
        (Cause.NO_DOMAIN, "550 5.1.2 <bob@exmaple.com>: Recipient address rejected: Domain not found"),
        (Cause.RESTRICTED, "550 5.7.124 RESOLVER.RST.NotAuthorized; sender not in allowed-senders list"),
    ],
)
def test_the_cause_is_named(cause: Cause, said: str) -> None:
    assert judged(said).cause == cause


def test_a_server_that_says_later_never_says_that_an_address_does_not_exist() -> None:
    for _, _, said in LINES:
        assert judged(f"4{said[1:]}").kind != Kind.ADDRESS


def test_the_words_in_an_address_say_nothing() -> None:
    assert (
        judged("550 5.1.1 <spam@blocked.spamhaus.example>: Recipient address rejected: User unknown").kind == "address"
    )
    assert judged("550 <no-such-user@example.com>: Spam").kind == "policy"


def test_what_says_something_about_all_our_mail_raises_an_alarm() -> None:
    assert judged("554 5.7.1 blocked using zen.spamhaus.org").is_alarming
    assert judged("421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints").is_alarming
    assert not judged("454 Throttling failure: Maximum sending rate exceeded.").is_alarming
    assert not judged("550 5.7.124 RESOLVER.RST.NotAuthorized; sender not in allowed-senders list").is_alarming
    assert not judged("550 5.1.1 User unknown").is_alarming


def test_the_code_counts_where_the_words_say_nothing() -> None:
    assert replies.read(550, "", "5.1.1").cause == Cause.NO_PERSON
    assert replies.read(550, "Nope", "5.7.1").kind == Kind.POLICY
    assert replies.read(0, "", "4.4.1").kind == Kind.TEMPORARY
    assert replies.read(0, "", "5.2.2").cause == Cause.FULL
    assert replies.read(451, "").kind == Kind.TEMPORARY
    assert replies.read(550, "").kind == Kind.UNKNOWN


def test_every_cause_has_a_sentence() -> None:
    assert set(replies.SENTENCES) == set(Cause)
    assert all(sentence.endswith(".") for sentence in replies.SENTENCES.values())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 999), st.text(max_size=200), st.sampled_from(["", "5.1.1", "4.7.999", "x"]))
def test_anything_is_read_without_an_exception(code: int, text: str, enhanced: str) -> None:
    assert replies.read(code, text, enhanced).sentence


def test_a_hostile_answer_takes_no_time() -> None:
    for part in ("user ", "blocked ", "a@b ", "mailbox is ", "exceeds ", "quota ", "5.1.1.", "address rejected: "):
        assert replies.read(550, part * 100_000).sentence
