"""Suppression: added, asked, lifted; an erasure never softens a stronger reason."""

import pytest
from flask import Flask

from campaigns import clock
from campaigns.db import db
from campaigns.delivery import suppression
from campaigns.delivery.models import SuppressionReason


@pytest.mark.usefixtures("ctx")
def test_what_is_added_is_found_until_it_is_lifted() -> None:
    suppression.add(db.session(), "ann@example.org", SuppressionReason.BOUNCED, clock.now())
    assert suppression.reason_of("ann@example.org") == SuppressionReason.BOUNCED
    assert suppression.reason_of("bob@example.org") is None
    suppression.lift(db.session(), "ann@example.org")
    assert suppression.reason_of("ann@example.org") is None


@pytest.mark.usefixtures("ctx")
def test_an_erasure_keeps_the_stronger_reason_and_a_stronger_reason_replaces_an_erasure() -> None:
    session = db.session()
    suppression.add(session, "ann@example.org", SuppressionReason.NOT_ME, clock.now())
    suppression.add(session, "ann@example.org", SuppressionReason.ERASED, clock.now())
    assert suppression.reason_of("ann@example.org") == SuppressionReason.NOT_ME
    suppression.add(session, "bob@example.org", SuppressionReason.ERASED, clock.now())
    suppression.add(session, "bob@example.org", SuppressionReason.COMPLAINT, clock.now())
    assert suppression.reason_of("bob@example.org") == SuppressionReason.COMPLAINT


def test_many_are_asked_at_once(ctx: Flask) -> None:
    suppression.add(db.session(), "reader7@example.org", SuppressionReason.BY_HAND, clock.now())
    keys = [f"reader{number}@example.org" for number in range(1_200)]
    assert suppression.among(keys) == {"reader7@example.org": SuppressionReason.BY_HAND}


def test_every_reason_has_a_sentence() -> None:
    assert set(suppression.SENTENCE) == set(SuppressionReason)
