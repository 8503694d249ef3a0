"""A list may be had more often or less: who chose a rhythm gets what is written for it, and nobody is left out."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.audience import queries, rhythms
from campaigns.audience.actions import preferences
from campaigns.audience.models import ListRhythm
from campaigns.db import action, db
from campaigns.delivery.addresses import parse
from campaigns.errors import Invalid
from campaigns.newsletters import actions, preparing, rules
from campaigns.newsletters.diff import changes
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.source import NewsletterSource
from tests import make, pages
from tests.audience.letters import token_in, waiting
from tests.audience.test_preferences import fresh_link, save
from tests.newsletters import compose


@action
def offer(key: str, ref: int = 1, *list_ids: int) -> None:
    rhythms.offer(db.session(), "digest", ref, key, list_ids or [make.first_list().id])


@action
def withdraw(ref: int = 1) -> None:
    rhythms.withdraw(db.session(), "digest", ref)


def audience(rhythm: str = "") -> int:
    return queries.count_audience([make.first_list().id], [], clock.now(), rhythm)


def test_who_chose_a_rhythm_gets_only_what_is_written_for_it(ctx: Flask) -> None:
    first = make.first_list().id
    weekly, other = make.subscriber("ann@example.org"), make.subscriber("ben@example.org")
    offer("weekly")
    assert save(fresh_link(weekly), list_ids=[first], rhythms={first: "weekly"})
    assert (audience(), audience("weekly")) == (1, 1)
    assert queries.audience_ids([first], [], 0, 9, clock.now(), 99) == [other.id]
    assert queries.audience_ids([first], [], 0, 9, clock.now(), 99, "weekly") == [weekly.id]
    assert queries.lists_through([weekly.id, other.id], [first], "weekly") == {weekly.id: [first]}
    assert set(queries.lists_through([weekly.id, other.id], [first])) == {weekly.id, other.id}
    assert rhythms.counts(db.session(), "digest", 1) == 1


def test_a_rhythm_that_is_no_longer_offered_becomes_each_newsletter_until_it_is_offered_again(ctx: Flask) -> None:
    first, person = make.first_list().id, make.subscriber("ann@example.org")
    offer("weekly")
    save(fresh_link(person), list_ids=[first], rhythms={first: "weekly"})
    withdraw()
    assert (audience(), rhythms.counts(db.session(), "digest", 1)) == (1, 0)
    offer("weekly", 2)
    assert (audience(), audience("weekly")) == (0, 1)


def test_what_is_not_offered_cannot_be_chosen_and_two_cannot_offer_the_same(ctx: Flask) -> None:
    first, person = make.first_list().id, make.subscriber("ann@example.org")
    save(fresh_link(person), list_ids=[first], rhythms={first: "monthly", 999: "weekly"})
    assert (audience(), audience("monthly")) == (1, 0)
    offer("monthly")
    with pytest.raises(Invalid, match="already gives “Newsletter” once a month"):
        offer("monthly", 2)
    assert db.session.query(ListRhythm).count() == 1


def test_a_newsletter_in_a_rhythm_goes_to_its_readers_and_the_approval_covers_that(ctx: Flask) -> None:
    first, person, _other = make.first_list().id, make.subscriber("ann@example.org"), make.subscriber()
    offer("weekly")
    save(fresh_link(person), list_ids=[first], rhythms={first: "weekly"})
    author, approver = compose.people()
    launched = compose.launched(author, approver, rhythm="weekly")
    run = db.session.get_one(preparing.queries.Run, launched.run_id)
    assert run.expected == 1
    source = NewsletterSource()
    assert source.next_ids(run, 0, 9) == [person.id]
    assert source.may_send(run, [person.id, _other.id], clock.now()) == {person.id}
    assert [reader.id for reader in source.read(run, [person.id, _other.id])] == [person.id]
    document = preparing.queries.get_document(launched.id)
    each = document.model_copy(update={"rhythm": ""})
    assert rules.content_hash(document, {}, {}) != rules.content_hash(each, {}, {})
    (change,) = changes(each, document)
    assert (change.before, change.after) == ("Who gets each newsletter", "Once a week")
    copy = actions.duplicate(launched.id, author.id, clock.now())
    assert db.session.get_one(Newsletter, copy).audience_rule["rhythm"] == "weekly"


def test_readers_choose_on_their_page_among_what_is_offered(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        first, person = make.first_list().id, make.subscriber("ann@example.org")
        offer("weekly")
        offer("monthly", 2)
        preferences.ask_for_link(parse(person.address), "a network", clock.now())
        token = token_in(waiting()[-1])
    page = pages.visit(client, f"/p/{token}", is_public=True)
    assert "How often: Newsletter" in page.text
    assert "Each newsletter Once a month Once a week" in page.text
    with app.app_context():
        assert save(token, list_ids=[first], rhythms={first: "monthly"})
        assert audience("monthly") == 1
    data = client.get(f"/p/{token}/data.json").get_json()
    assert data["lists"][0]["how_often"] == "Once a month"
