"""What is kept of a mail server's words, and when things are tried again."""

from datetime import timedelta

import pytest

from campaigns import clock
from campaigns.delivery import rules
from campaigns.delivery.models import Outcome


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("5.1.1 <bob@example.org>: Recipient address rejected", "5.1.1 <[address]>: Recipient address rejected"),
        ("no mailbox b.o'b+x@mail.example.org here", "no mailbox [address] here"),
        ("SMTP error from <\u00fcn@xn--nxasmq6b.example>", "SMTP error from <[address]>"),
        ("Mailbox full", "Mailbox full"),
    ],
)
def test_no_address_of_a_reader_is_kept_with_a_refusal(said: str, kept: str) -> None:
    assert rules.told(said) == kept
    assert len(rules.told("x" * 900)) == 300


def test_what_a_reply_means() -> None:
    assert rules.outcome_of(250) == Outcome.SENT
    assert rules.outcome_of(451) is None
    assert rules.outcome_of(550) == Outcome.FAILED


def test_a_recipient_is_tried_for_a_day() -> None:
    now = clock.now()
    assert rules.next_try_at(1, now, now) == now + timedelta(minutes=5)
    assert rules.next_try_at(9, now - timedelta(hours=23), now) is None
