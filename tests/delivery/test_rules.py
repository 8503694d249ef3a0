"""What is kept of a mail server's words, and when things are tried again."""

from datetime import datetime, timedelta

import pytest

from campaigns import clock
from campaigns.delivery import rules
from campaigns.delivery.hours import Hours
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
    half = rules.Tries(steps=(10,), hours=1)
    assert rules.next_try_at(7, now, now, half) == now + timedelta(minutes=10)
    assert rules.next_try_at(7, now - timedelta(minutes=51), now, half) is None


def test_a_weekend_that_nobody_is_tried_in_does_not_use_up_the_time_for_trying() -> None:
    nine_to_five = Hours(540, 1_020, frozenset(range(5)), "America/Los_Angeles")
    friday = datetime.fromisoformat("2026-12-04T16:58:00-08:00")
    monday = datetime.fromisoformat("2026-12-07T09:00:00-08:00")
    assert rules.next_try_at(2, friday, monday) is None, "at any hour a day is a day"
    assert rules.next_try_at(2, friday, monday, hours=nine_to_five) == monday + timedelta(minutes=15)
    # Three days of eight hours later the time is over.
    wednesday = datetime.fromisoformat("2026-12-09T12:50:00-08:00")
    assert rules.next_try_at(9, friday, wednesday, hours=nine_to_five) == wednesday + timedelta(hours=4)
    thursday = datetime.fromisoformat("2026-12-10T09:00:00-08:00")
    assert rules.next_try_at(9, friday, thursday, hours=nine_to_five) is None


@pytest.mark.parametrize(
    ("steps", "hours", "words"),
    [
        ((5, 15, 30, 60, 120, 240), 24, "after 5 minutes, then 15 minutes, then 30 minutes, then 1 hour, then 2 hours"),
        ((5, 15, 30, 60, 120, 240), 24, "then every 4 hours, for 24 hours after the first try."),
        ((10,), 48, "We try again every 10 minutes, for 2 days after"),
        ((10, 90), 1, "We try again after 10 minutes, for 1 hour after"),
    ],
)
def test_the_plan_is_said_in_words(steps: tuple[int, ...], hours: int, words: str) -> None:
    assert words in rules.plan_words(rules.Tries(steps, hours))


@pytest.mark.parametrize(("typed", "steps"), [("5", (5,)), ("5, 15,30", (5, 15, 30)), (" 1; 2  1440 ", (1, 2, 1440))])
def test_minutes_between_tries_are_read_as_people_type_them(typed: str, steps: tuple[int, ...]) -> None:
    assert rules.read_steps(typed) == steps


@pytest.mark.parametrize("typed", ["", "five", "0", "-5", "1441", "30, 5", "5.5", "\u0665", ", ".join(["5"] * 13)])
def test_minutes_that_make_no_sense_are_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        rules.read_steps(typed)
