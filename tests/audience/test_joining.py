"""Joining: asking, silence, confirming, "this was not me"."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from campaigns import clock
from campaigns.audience import queries
from campaigns.audience.actions import joining, lists, subscribers
from campaigns.audience.models import ConsentEvent, ConsentWording, Membership, MembershipState, Request, Subscriber
from campaigns.db import db
from campaigns.delivery import suppression
from campaigns.delivery.addresses import parse
from campaigns.delivery.models import SuppressionReason
from campaigns.errors import TooMany
from tests import make
from tests.audience.letters import token_in, waiting
from tests.audience.standing import find_by_key

pytestmark = pytest.mark.usefixtures("ctx")
WORDS = "Yes, you may email me."


def ask(address: str = "ann@example.org", network: str = "a network", **fields: object) -> None:
    values: dict[str, object] = {"list_ids": [make.first_list().id], "wording": WORDS, "now": clock.now()}
    joining.ask_to_join(address=parse(address), network=network, **{**values, **fields})  # type: ignore[arg-type]


def membership() -> Membership | None:
    return db.session.scalar(select(Membership))


def test_asking_mails_a_link_and_puts_nobody_on_a_list() -> None:
    ask(first_name="http://evil.example")
    mail = waiting()[0]
    assert mail.to_address == "ann@example.org"
    assert mail.to_name == ""
    assert "evil" not in mail.text + mail.html + mail.subject
    assert "Watch" not in mail.from_name + mail.subject + mail.text + mail.html
    assert db.session.scalar(select(func.count()).select_from(Subscriber)) == 0


def test_the_token_itself_is_not_stored() -> None:
    ask()
    token = token_in(waiting()[0])
    assert token not in str([vars(row) for row in db.session.scalars(select(Request))])


def test_confirming_joins_once_with_the_words_that_were_shown() -> None:
    ask(first_name="Ann")
    token = token_in(waiting()[0])
    assert joining.confirm(token, clock.now())
    found = find_by_key("ann@example.org")
    assert found is not None
    assert found.first_name == "Ann"
    held = membership()
    assert held is not None
    assert held.state == MembershipState.CONFIRMED
    event = queries.history_of(found.id)[0]
    assert event.event == "confirmed"
    wording = db.session.get(ConsentWording, event.wording_digest)
    assert wording is not None
    assert wording.text == WORDS
    assert not joining.confirm(token, clock.now())


def test_an_old_or_unknown_link_does_nothing() -> None:
    ask()
    token = token_in(waiting()[0])
    assert not joining.confirm(token, clock.now() + timedelta(days=7))
    assert not joining.confirm("something-else-entirely", clock.now())
    assert membership() is None


@pytest.mark.parametrize("reason", [r for r in SuppressionReason if r != SuppressionReason.ERASED])
def test_a_suppressed_address_gets_silence(reason: SuppressionReason) -> None:
    suppression.add(db.session(), "ann@example.org", reason, clock.now())
    db.session.commit()
    ask()
    assert not waiting()


def test_who_was_erased_comes_back_only_by_confirming() -> None:
    suppression.add(db.session(), "ann@example.org", SuppressionReason.ERASED, clock.now())
    db.session.commit()
    ask()
    assert suppression.reason_of("ann@example.org") == SuppressionReason.ERASED
    assert joining.confirm(token_in(waiting()[0]), clock.now())
    assert suppression.reason_of("ann@example.org") is None


def test_an_address_gets_one_letter_a_day_and_three_in_thirty_days() -> None:
    now = clock.now()
    for hours in range(0, 24 * 31, 5):
        ask(network=f"network {hours}", now=now + timedelta(hours=hours))
    sent = [round((mail.created_at - now).total_seconds() / 3600) for mail in waiting()]
    assert sent == [0, 25, 50, 725]


def test_a_network_is_told_when_it_asks_too_often_and_the_others_are_not() -> None:
    for number in range(5):
        ask(f"reader{number}@example.org")
    with pytest.raises(TooMany):
        ask("reader6@example.org")
    ask("reader7@example.org", network="another")
    ask("reader8@example.org", now=clock.now() + timedelta(hours=1, seconds=1))


def test_the_whole_site_has_a_breaker() -> None:
    for number in range(60):
        ask(f"reader{number}@example.org", network=f"network {number}")
    with pytest.raises(TooMany):
        ask("reader61@example.org", network="yet another")
    ask("reader62@example.org", network="later", now=clock.now() + timedelta(minutes=11))


def test_not_me_suppresses_and_takes_a_known_person_off_their_lists() -> None:
    known = make.subscriber("ann@example.org")
    ask()
    token = token_in(waiting()[0])
    assert joining.refuse(token, clock.now())
    assert suppression.reason_of("ann@example.org") == SuppressionReason.NOT_ME
    assert [each.state for each in queries.memberships_of([known.id])[known.id]] == [MembershipState.LEFT]
    assert not joining.refuse(token, clock.now())
    assert not joining.confirm(token, clock.now())


def test_a_second_open_link_is_dead_after_not_me() -> None:
    ask()
    ask(now=clock.now() + timedelta(hours=25), network="later")
    first, second = (token_in(mail) for mail in waiting())
    assert joining.refuse(first, clock.now())
    assert not joining.confirm(second, clock.now())


def test_joining_again_keeps_the_name_that_is_there() -> None:
    make.subscriber("ann@example.org", first_name="Ann")
    ask(first_name="Mallory")
    joining.confirm(token_in(waiting()[0]), clock.now())
    found = find_by_key("ann@example.org")
    assert found is not None
    assert found.first_name == "Ann"


def test_a_list_that_was_archived_meanwhile_is_left_out() -> None:
    user = make.user()
    other, first = make.mailing_list(name="Other", position=9), make.first_list()
    ask(list_ids=[first.id, other.id])
    lists.archive(other.id, user.id, clock.now())
    joining.confirm(token_in(waiting()[0]), clock.now())
    assert [each.list_id for each in db.session.scalars(select(Membership))] == [first.id]


def test_a_new_address_is_used_once_it_is_confirmed() -> None:
    person = make.subscriber("old@example.org")
    subscribers.ask_address_change(person.id, parse("new@example.org"), make.user().id, clock.now())
    assert [mail.to_address for mail in waiting()] == ["new@example.org"]
    assert queries.get_subscriber(person.id).address == "old@example.org"
    assert joining.confirm(token_in(waiting()[0]), clock.now())
    assert queries.get_subscriber(person.id).address_key == "new@example.org"
    assert queries.search_subscribers("new").total == 1
    assert queries.search_subscribers("old").total == 0


def test_a_new_address_that_somebody_else_took_meanwhile_is_not_used() -> None:
    person = make.subscriber("old@example.org")
    subscribers.ask_address_change(person.id, parse("new@example.org"), make.user().id, clock.now())
    make.subscriber("new@example.org")
    assert not joining.confirm(token_in(waiting()[0]), clock.now())
    assert queries.get_subscriber(person.id).address == "old@example.org"


def test_consent_events_hold_no_address_and_refuse_to_change() -> None:
    ask()
    joining.confirm(token_in(waiting()[0]), clock.now())
    event = db.session.scalar(select(ConsentEvent))
    assert event is not None
    assert "example.org" not in str(vars(event))
    event.event = "left"
    with pytest.raises(Exception, match="append-only"):
        db.session.flush()
    db.session.rollback()
