"""Every state has a name and a sentence, and every copy belongs to one group."""

import pytest

from campaigns import clock
from campaigns.delivery import outcomes
from campaigns.delivery.models import Delivery, Outcome, Retry, RunState
from campaigns.delivery.outcomes import Group
from campaigns.delivery.replies import Cause


def test_every_state_of_a_run_and_of_a_copy_has_a_name_and_a_sentence() -> None:
    assert set(outcomes.GROUPS) == set(Group)
    assert set(outcomes.RUNS) == set(RunState)
    for words in [*outcomes.GROUPS.values(), *outcomes.RUNS.values(), outcomes.ONLY_WAITING]:
        assert words.name
        assert words.sentence.endswith(".")
    assert len({words.name for words in outcomes.GROUPS.values()}) == len(Group)


@pytest.mark.parametrize(
    ("copy", "group"),
    [
        (Delivery(outcome=Outcome.SENT, is_uncertain=False, cause=""), Group.SENT),
        (Delivery(outcome=Outcome.SENT, is_uncertain=True, cause=""), Group.TWICE),
        (Delivery(outcome=Outcome.SKIPPED, cause=""), Group.SKIPPED),
        (Delivery(outcome=Outcome.UNCERTAIN, cause=""), Group.UNDECIDED),
        (Delivery(outcome=Outcome.UNCERTAIN, cause="", left_at=clock.now()), Group.LEFT),
        (Delivery(outcome=Outcome.FAILED, cause=Cause.NO_PERSON), Group.ADDRESS),
        (Delivery(outcome=Outcome.FAILED, cause=Cause.FULL), Group.MAILBOX),
        (Delivery(outcome=Outcome.FAILED, cause=Cause.GREYLIST), Group.GAVE_UP),
        (Delivery(outcome=Outcome.FAILED, cause=Cause.CONTENT), Group.POLICY),
        (Delivery(outcome=Outcome.FAILED, cause=Cause.UNKNOWN), Group.UNCLEAR),
        (Delivery(outcome=Outcome.FAILED, cause=""), Group.UNCLEAR),
        (Retry(cause=Cause.GREYLIST, attempts=1), Group.WAITING),
    ],
)
def test_a_copy_belongs_where_its_outcome_says(copy: Delivery | Retry, group: Group) -> None:
    assert outcomes.group_of(copy) == group
    assert outcomes.sentence_of(copy)


def test_each_cause_of_a_failure_belongs_to_exactly_one_group() -> None:
    found = [cause for causes in outcomes.CAUSES.values() for cause in causes]
    assert sorted(found) == sorted(["", *Cause])


def test_a_run_of_which_only_tries_are_left_says_so() -> None:
    assert outcomes.words_of("running", True, False, 3) == outcomes.ONLY_WAITING
    assert outcomes.words_of("running", True, True, 3).name == "Sending"
    assert outcomes.words_of("stopped", True, False, 3).name == "Stopped by itself"
