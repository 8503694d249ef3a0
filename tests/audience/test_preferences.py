"""What people do about themselves: leave, pause, choose, move, erase."""

from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from campaigns import clock
from campaigns.audience import links, queries
from campaigns.audience.actions import bulk, joining, preferences
from campaigns.audience.consent import Channel
from campaigns.audience.forms import PreferencesForm
from campaigns.audience.models import BulkKind, MailingList, MembershipState, Request, Subscriber
from campaigns.db import db
from campaigns.delivery import suppression
from campaigns.delivery.addresses import parse
from campaigns.delivery.models import SuppressionReason
from campaigns.errors import TooMany
from campaigns.staff.models import Organization
from tests import make
from tests.audience.letters import token_in, waiting
from tests.audience.standing import find_by_key

pytestmark = pytest.mark.usefixtures("ctx")


def two_lists() -> list[MailingList]:
    return queries.lists()[:2]


def states(person: Subscriber) -> list[str]:
    return [each.state for each in queries.memberships_of([person.id])[person.id]]


def fresh_link(person: Subscriber) -> str:
    preferences.ask_for_link(parse(person.address), "a network", clock.now())
    return token_in(waiting()[-1])


def save(token: str, **changes: object) -> bool:
    values: dict[str, object] = {
        "list_ids": [],
        "first_name": "",
        "last_name": "",
        "language": "en",
        "contact_mode": "standard",
        "paused_until": None,
        "wording": "Yes",
        "now": clock.now(),
    }
    return preferences.save(token, **{**values, **changes})  # type: ignore[arg-type]


def test_a_copy_leaves_only_the_lists_that_it_came_through() -> None:
    person = make.subscriber("ann@example.org", *two_lists())
    token = links.leave_token(7, person.id, [two_lists()[0].id])
    preferences.leave_by_link(token, Channel.ONE_CLICK, clock.now())
    assert states(person) == [MembershipState.LEFT, MembershipState.CONFIRMED]
    events = queries.history_of(person.id)
    assert [(each.event, each.channel) for each in events] == [("left", "one_click")]
    preferences.leave_by_link(token, Channel.ONE_CLICK, clock.now())
    assert len(queries.history_of(person.id)) == 1


@pytest.mark.parametrize("is_undone", [False, True])
def test_who_leaves_after_staff_took_them_off_is_not_put_back(is_undone: bool) -> None:
    mailing, staff = two_lists()[0], make.user()
    person = make.subscriber("ann@example.org", two_lists()[1])
    added = bulk.change(BulkKind.ADD, mailing.id, [person.id], basis="paper", user_id=staff.id, now=clock.now())
    if is_undone:
        bulk.undo(added, staff.id, clock.now())
    else:
        bulk.change(BulkKind.REMOVE, mailing.id, [person.id], basis="", user_id=staff.id, now=clock.now())
    preferences.leave_by_link(links.leave_token(7, person.id, [mailing.id]), Channel.ONE_CLICK, clock.now())
    assert queries.changeable(BulkKind.ADD, mailing.id, [person.id]) == {}


def test_tokens_that_we_did_not_seal_and_test_tokens_do_nothing() -> None:
    person = make.subscriber("ann@example.org")
    for token in ("", "nonsense", links.test_token(), links.leave_token(7, 999_999, [1])):
        preferences.leave_by_link(token, Channel.ONE_CLICK, clock.now())
        preferences.pause_by_link(token, 30, clock.now())
        preferences.ask_for_link_by_copy(token, f"network {token}", clock.now())
    assert states(person) == [MembershipState.CONFIRMED]
    assert not waiting()


def test_a_pause_keeps_the_lists_and_ends_by_itself() -> None:
    person = make.subscriber("ann@example.org")
    list_id, now = make.first_list().id, clock.now()
    preferences.pause_by_link(links.leave_token(7, person.id, [list_id]), 30, now)
    assert queries.count_audience([list_id], [], now + timedelta(days=29)) == 0
    assert queries.count_audience([list_id], [], now + timedelta(days=30)) == 1


def test_a_copy_mails_a_link_to_the_person_and_to_nobody_else() -> None:
    person = make.subscriber("ann@example.org")
    preferences.ask_for_link_by_copy(links.leave_token(7, person.id, []), "a network", clock.now())
    assert [mail.to_address for mail in waiting()] == ["ann@example.org"]


def test_only_known_addresses_get_a_link_and_only_a_few_a_day() -> None:
    make.subscriber("ann@example.org")
    preferences.ask_for_link(parse("bob@example.org"), "a network", clock.now())
    assert not waiting()
    for number in range(5):
        preferences.ask_for_link(parse("ann@example.org"), f"network {number}", clock.now())
    assert len(waiting()) == 3


def test_a_link_works_for_thirty_minutes_and_more_than_once() -> None:
    person = make.subscriber("ann@example.org")
    token = fresh_link(person)
    assert save(token, first_name="Ann")
    assert save(token, first_name="Annie")
    assert not save(token, first_name="Late", now=clock.now() + timedelta(minutes=31))
    assert queries.get_subscriber(person.id).first_name == "Annie"
    assert queries.search_subscribers("annie").total == 1


def test_a_confirmation_is_no_key_to_the_data() -> None:
    make.subscriber("ann@example.org")
    list_ids = [make.first_list().id]
    joining.ask_to_join(address=parse("ann@example.org"), list_ids=list_ids, wording="", network="x", now=clock.now())
    token = token_in(waiting()[0])
    assert not save(token)
    assert not preferences.erase(token, clock.now())


def test_lists_are_joined_and_left_with_an_event_each() -> None:
    first, second = two_lists()
    person = make.subscriber("ann@example.org", first)
    assert save(fresh_link(person), list_ids=[second.id])
    assert states(person) == [MembershipState.LEFT, MembershipState.CONFIRMED]
    assert {each.event for each in queries.history_of(person.id)} == {"left", "confirmed"}


def test_a_list_that_is_not_public_cannot_be_joined_by_oneself() -> None:
    hidden = make.mailing_list(name="Board", is_public=False)
    person = make.subscriber("ann@example.org", make.mailing_list(name="Other"))
    save(fresh_link(person), list_ids=[hidden.id])
    assert hidden.id not in [each.list_id for each in queries.memberships_of([person.id])[person.id]]


def test_erasing_leaves_a_fingerprint_and_events_and_nothing_else() -> None:
    person = make.subscriber("ann@example.org", first_name="Annabel")
    token = fresh_link(person)
    assert preferences.erase(token, clock.now())
    assert find_by_key("ann@example.org") is None
    assert suppression.reason_of("ann@example.org") == SuppressionReason.ERASED
    assert [each.event for each in queries.history_of(person.id)] == ["erased"]
    assert queries.search_subscribers("annabel").total == 0
    assert not preferences.erase(token, clock.now())


def test_nobody_can_have_us_write_to_many_strangers_as_new_addresses() -> None:
    token = fresh_link(make.subscriber("ann@example.org"))
    for number in range(4):
        preferences.ask_address_change(token, parse(f"stranger{number}@example.org"), "a network", clock.now())
    with pytest.raises(TooMany):
        preferences.ask_address_change(token, parse("stranger9@example.org"), "a network", clock.now())
    assert len(waiting()) == 5


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Pacific/Kiritimati"])
def test_a_pause_begins_after_today_where_the_office_is(zone: str) -> None:
    db.session.get_one(Organization, 1).zone = zone
    db.session.commit()
    today = clock.today(zone)
    with current_app.test_request_context():
        for day, may in ((today, False), (today + timedelta(days=1), True)):
            form = PreferencesForm(MultiDict({"paused_until": day.isoformat()}))
            form.lists.offer([])
            form.validate()
            assert ("paused_until" not in form.errors) is may


def test_an_unknown_address_leaves_no_trace_of_the_question() -> None:
    preferences.ask_for_link(parse("nobody@example.org"), "a network", clock.now())
    assert waiting() == []
    assert db.session.scalar(select(func.count()).select_from(Request)) == 0


def test_a_new_address_that_is_taken_or_suppressed_gets_nothing() -> None:
    person = make.subscriber("ann@example.org")
    make.subscriber("taken@example.org")
    suppression.add(db.session(), "bad@example.org", SuppressionReason.BOUNCED, clock.now())
    db.session.commit()
    token = fresh_link(person)
    for address in ("taken@example.org", "bad@example.org"):
        assert preferences.ask_address_change(token, parse(address), "a network", clock.now())
    assert len(waiting()) == 1
    assert preferences.ask_address_change(token, parse("new@example.org"), "a network", clock.now())
    assert waiting()[-1].to_address == "new@example.org"
