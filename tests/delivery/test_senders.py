"""Who newsletters come from: one is always the default, and a retired one stays for the record."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.delivery import queries
from campaigns.delivery.actions import senders
from campaigns.errors import Invalid, NotFound, Refused
from campaigns.staff.models import AuditEntry, RoleName
from tests import make, pages

PAGE = "/settings/senders"


def added(name: str = "News Desk", address: str = "news@example.org") -> int:
    chief = make.user(RoleName.ADMINISTRATOR)
    return senders.add(name, address, "office@example.org", chief.id, clock.now())


def signed_in(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief = make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, chief)


def test_a_new_sender_can_be_chosen_and_leaves_the_default_alone(ctx: Flask) -> None:
    before = queries.default_sender()
    assert before
    made = added()
    assert [one.id for one in queries.senders()] == [before.id, made]
    assert queries.default_sender() is before


def test_the_first_sender_of_all_is_the_default(ctx: Flask) -> None:
    for one in queries.senders():
        db.session.delete(one)
    db.session.commit()
    made = added()
    assert queries.get_sender(made).is_default


def test_there_is_one_default_at_a_time(ctx: Flask) -> None:
    made = added()
    senders.make_default(made, 1, clock.now())
    assert [one.id for one in queries.senders() if one.is_default] == [made]


def test_the_default_cannot_be_retired_and_a_retired_one_is_no_default(ctx: Flask) -> None:
    made = added()
    default = queries.default_sender()
    assert default
    with pytest.raises(Refused, match="Make another one the default first"):
        senders.retire(default.id, 1, clock.now())
    senders.retire(made, 1, clock.now())
    assert made not in [one.id for one in queries.senders()]
    assert made in [one.id for one in queries.senders(with_retired=True)]
    with pytest.raises(Refused, match="Bring it back first"):
        senders.make_default(made, 1, clock.now())
    senders.restore(made, 1, clock.now())
    senders.make_default(made, 1, clock.now())


def test_each_fault_stands_by_its_field(ctx: Flask) -> None:
    with pytest.raises(Invalid) as caught:
        senders.add(" ", "nobody", "two@example.org, three@example.org", 1, clock.now())
    assert set(caught.value.fields) == {"name", "address", "reply_to"}


def test_a_line_break_never_reaches_a_header(ctx: Flask) -> None:
    made = senders.add("News\r\nBcc: b@example.org", "a@example.org", "b@example.org", 1, clock.now())
    assert "\n" not in queries.get_sender(made).name
    with pytest.raises(Invalid) as caught:
        senders.change(made, "News", "a@example.org\r\nBcc: b@example.org", "b@example.org", 1, clock.now())
    assert set(caught.value.fields) == {"address"}


def test_a_sender_that_is_not_there_is_not_found(ctx: Flask) -> None:
    for act in (senders.make_default, senders.retire, senders.restore):
        with pytest.raises(NotFound):
            act(999_999, 1, clock.now())


def test_everything_is_in_the_audit_log_without_an_address(ctx: Flask) -> None:
    made = added()
    senders.change(made, "News", "news@example.org", "b@example.org", 1, clock.now())
    senders.make_default(made, 1, clock.now())
    entries = list(db.session.scalars(select(AuditEntry).where(AuditEntry.object_kind == "sender")))
    assert [entry.action for entry in entries] == ["sender.added", "sender.changed", "sender.made_default"]
    assert {entry.object_id for entry in entries} == {made}
    assert not [entry for entry in entries if "@" in str(entry.details)]


def test_a_sender_is_added_changed_and_retired_by_hand(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    page = pages.visit(client, f"{PAGE}/new")
    values = {"name": "News Desk", "address": "news@example.org", "reply_to": "desk@example.org"}
    assert pages.submit(client, page, f"{PAGE}/new", **values).status_code == 303
    with app.app_context():
        made = queries.senders()[-1].id
    assert "News Desk" in pages.visit(client, PAGE).text
    page = pages.visit(client, f"{PAGE}/{made}")
    assert page.values["reply_to"] == "desk@example.org"
    assert pages.submit(client, page, f"{PAGE}/{made}", **(values | {"name": "Newsroom"})).status_code == 303
    page = pages.visit(client, PAGE)
    assert "Newsroom" in page.text
    assert pages.submit(client, page, f"{PAGE}/{made}/retire").status_code == 303
    page = pages.visit(client, PAGE)
    assert "The sender is retired." in page.text
    assert pages.submit(client, page, f"{PAGE}/{made}/restore").status_code == 303
    assert pages.submit(client, page, f"{PAGE}/{made}/default").status_code == 303
    with app.app_context():
        assert queries.get_sender(made).is_default


def test_what_was_typed_wrong_stays_on_the_page_with_its_sentence(app: Flask, client: FlaskClient) -> None:
    signed_in(app, client)
    page = pages.visit(client, f"{PAGE}/new")
    answer = pages.submit(client, page, f"{PAGE}/new", name="News Desk", address="news", reply_to="")
    assert answer.status_code == 400
    shown = pages.check(answer, is_public=False)
    assert "There is a problem" in shown.text
    assert "Enter an address that somebody reads." in shown.text
    assert shown.values["address"] == "news"
