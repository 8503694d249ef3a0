"""A digest offers its rhythm to the readers of its lists for as long as it runs; on each engine."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.audience import queries as audience
from campaigns.audience.actions import preferences
from campaigns.audience.rhythms import NAMES
from campaigns.delivery import queries as delivery
from campaigns.delivery.addresses import parse
from campaigns.digests.actions import digests, issues
from campaigns.errors import Invalid
from tests import make, pages
from tests.audience.letters import token_in, waiting
from tests.audience.test_preferences import save
from tests.digests import issues as office
from tests.digests import news
from tests.digests.issues import TITLES
from tests.websites import Website

ADDRESS = "ann@example.org"


def fresh_link() -> str:
    preferences.ask_for_link(parse(ADDRESS), "a network", clock.now())
    return token_in(waiting()[-1])


def test_readers_may_choose_it_while_the_digest_runs(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        writer, approver = office.people()
        make.subscriber(ADDRESS)
        made, author = office.digest(writer, approver, rhythm="weekly").id, writer.id
        token = fresh_link()
    assert "Each newsletter Once a week" in pages.visit(client, f"/p/{token}", is_public=True).text

    def change(**values: object) -> None:
        digests.change(made, office.get(made).version, values, author, clock.now())

    for act, offered in (
        (lambda: digests.switch(made, False, author, clock.now()), ""),
        (lambda: digests.switch(made, True, author, clock.now()), "Once a week"),
        (lambda: change(rhythm="monthly", every="month"), "Once a month"),
        (lambda: change(rhythm=""), ""),
        (lambda: change(rhythm="daily", every="day"), "Once a day"),
        (lambda: digests.archive(made, author, clock.now()), ""),
        (lambda: digests.restore(made, author, clock.now()), ""),
    ):
        with app.app_context():
            act()
        text = pages.visit(client, f"/p/{token}", is_public=True).text
        assert ("How often: Newsletter" in text) == bool(offered)
        assert [words for words in NAMES.values() if f"Each newsletter {words}" in text] == [offered] * bool(offered)


def test_an_issue_goes_to_those_who_chose_it_and_to_nobody_else(ctx: Flask, website: Website) -> None:
    author, approver = office.people()
    person = make.subscriber(ADDRESS)
    office.told(website, news.feed("The Tribune"), TITLES[0])
    made = office.digest(author, approver, rhythm="weekly")
    first = make.first_list().id
    save(fresh_link(), list_ids=[first], rhythms={first: "weekly"})
    at = office.due(made)
    issues.work(at)
    office.send(office.issue(made), approver, at)
    run_id = office.newsletter(office.issue(made)).run_id
    assert run_id is not None
    assert delivery.progress(run_id).expected == 1
    assert audience.audience_ids([first], [], 0, person.id, clock.now(), 99, "weekly") == [person.id]
    digests.switch(made.id, False, author.id, at + timedelta(hours=1))
    # Who chose it gets each newsletter again, so that nobody is left without news.
    assert person.id in audience.audience_ids([first], [], 0, person.id, clock.now(), 99)


def test_two_digests_that_run_cannot_offer_the_same_rhythm(ctx: Flask) -> None:
    author, approver = office.people()
    office.digest(author, approver, rhythm="weekly")
    with pytest.raises(Invalid, match="Another digest already gives “Newsletter” once a week"):
        office.digest(author, approver, name="Second look", rhythm="weekly")
    monthly = office.digest(author, approver, name="Month", rhythm="monthly", every="month")
    assert office.get(monthly.id).is_on
