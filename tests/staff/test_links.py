"""One-time links: the first administrator, sign-in from the machine, invitations, addresses."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.delivery import outbox
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.staff import queries
from campaigns.staff.actions import links
from campaigns.staff.models import RoleName, StaffLink, User
from tests import make, pages
from tests.staff.people import PASSWORD, account, entries, link_in, mails, sign_in

NEW = {"name": "Ana Ruiz", "email": "Ana@Example.org", "password": PASSWORD, "password_again": PASSWORD}


def test_the_first_link_makes_an_administrator_and_works_once(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        token = links.first_link(clock.now())
    page = pages.visit(client, f"/welcome/{token}")
    response = pages.submit(client, page, f"/welcome/{token}", **NEW)
    assert response.headers["Location"] == "/desk"
    pages.visit(client, "/settings/team")
    with app.app_context():
        (user,) = db.session.scalars(select(User))
        assert user.email == "ana@example.org"
        assert [role.name for role in user.roles] == ["administrator"]
        assert user.confirmed_at is not None
        assert links.first_link(clock.now()) is None
    assert entries(app) == ["account.created", "account.signed_in"]
    stranger = app.test_client()
    pages.visit(stranger, f"/welcome/{token}", status=404)


def test_the_link_is_not_used_by_looking_at_it_or_by_a_form_that_is_refused(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        token = links.first_link(clock.now())
    page = pages.visit(client, f"/welcome/{token}")
    for wrong in ({"password_again": "other"}, {"email": "no address"}, {"name": " "}, {"password": "short"}):
        response = pages.submit(client, page, f"/welcome/{token}", **(NEW | wrong))
        assert response.status_code == 400
        assert "There is a problem" in pages.check(response, is_public=False).text
    assert pages.submit(client, page, f"/welcome/{token}", **NEW).status_code == 303


def test_a_newer_first_link_kills_the_older_one(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        old, new = links.first_link(clock.now()), links.first_link(clock.now())
    pages.visit(client, f"/welcome/{old}", status=404)
    pages.visit(client, f"/welcome/{new}")


def test_dead_links_look_alike_whatever_killed_them(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        expired = links.first_link(clock.now() - timedelta(days=8))
        make.user(RoleName.ADMINISTRATOR, email="old@example.org")
        used = links.sign_in_link("old@example.org", clock.now())
        links.use_sign_in_link(used, clock.now())
    answers = set()
    for token in (expired, used, "nothing"):
        answers.add(pages.visit(client, f"/welcome/{token}", status=404).text)
    assert len(answers) == 1


def test_the_database_holds_no_token(ctx: Flask) -> None:
    token = links.first_link(clock.now())
    row = db.session.scalar(select(StaffLink))
    assert row is not None
    assert token not in str(vars(row))


def test_a_sign_in_link_opens_one_account_once(app: Flask, client: FlaskClient) -> None:
    account(app)
    with app.app_context():
        token = links.sign_in_link("ANA@example.org", clock.now())
    page = pages.visit(client, f"/welcome/{token}")
    assert "Ana Ruiz" in page.text
    assert client.get("/account").status_code == 302
    assert pages.submit(client, page, f"/welcome/{token}").headers["Location"] == "/desk"
    pages.visit(client, "/account")
    pages.visit(app.test_client(), f"/welcome/{token}", status=404)


def test_a_sign_in_link_is_for_active_accounts_and_means_an_administrator_by_itself(ctx: Flask) -> None:
    with pytest.raises(NotFound):
        links.sign_in_link("", clock.now())
    make.user(RoleName.WRITER, email="writer@example.org")
    chief = make.user(RoleName.ADMINISTRATOR, email="chief@example.org")
    make.user(RoleName.WRITER, email="gone@example.org", active=False)
    for email in ("gone@example.org", "nobody@example.org"):
        with pytest.raises(NotFound):
            links.sign_in_link(email, clock.now())
    assert links.use_sign_in_link(links.sign_in_link("", clock.now()), clock.now()) == chief.id


def test_an_invitation_is_mailed_and_makes_an_account_with_its_roles(app: Flask, client: FlaskClient) -> None:
    account(app, RoleName.ADMINISTRATOR)
    sign_in(client)
    page = pages.visit(client, "/settings/team/invite")
    response = pages.submit(
        client, page, "/settings/team/invite", name="Chi Nguyen", email="Chi@Example.org", roles=["approver"]
    )
    assert response.headers["Location"] == "/settings/team"
    assert "Chi Nguyen" in pages.visit(client, "/settings/team").text
    (mail,) = mails(app)
    assert (mail.to_address, mail.is_urgent) == ("chi@example.org", True)
    path, guest = link_in(mail.text), app.test_client()
    page = pages.visit(guest, path)
    response = pages.submit(
        guest, page, path, name="Chi Nguyen", password=PASSWORD, password_again=PASSWORD, email="other@example.org"
    )
    assert response.headers["Location"] == "/desk"
    with app.app_context():
        made = queries.find_user("chi@example.org")
        assert made is not None
        assert [role.name for role in made.roles] == ["approver"]
        assert made.confirmed_at is not None
        assert queries.find_user("other@example.org") is None
    pages.visit(app.test_client(), path, status=404)


def test_an_invitation_can_be_mailed_again_and_withdrawn(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief = make.user(RoleName.ADMINISTRATOR)
        first = links.invite("chi@example.org", "Chi", ["viewer"], chief.id, outbox.add, clock.now())
    old = link_in(mails(app)[0].text)
    with app.app_context():
        links.invite_again(first, chief.id, outbox.add, clock.now())
    new = link_in(mails(app)[1].text)
    pages.visit(client, old, status=404)
    pages.visit(client, new)
    with app.app_context():
        links.withdraw_invitation(first, chief.id, clock.now())
        with pytest.raises(NotFound):
            links.invite_again(first, chief.id, outbox.add, clock.now())
    pages.visit(client, new, status=404)


def test_nobody_is_invited_twice_or_with_no_role(ctx: Flask) -> None:
    chief = make.user(RoleName.ADMINISTRATOR, email="chief@example.org")
    for email, roles in (("chief@example.org", ["viewer"]), ("new@example.org", []), ("new@example.org", ["king"])):
        with pytest.raises(Invalid):
            links.invite(email, "New", roles, chief.id, outbox.add, clock.now())
    assert queries.invitations() == []


def test_an_address_is_confirmed_by_a_link_that_was_mailed_to_it(app: Flask, client: FlaskClient) -> None:
    somebody = account(app)
    with app.app_context():
        queries.get_user(somebody.id).confirmed_at = None
        db.session.commit()
    sign_in(client)
    page = pages.visit(client, "/account")
    assert "Not confirmed" in page.text
    pages.submit(client, page, "/account/address")
    path, elsewhere = link_in(mails(app)[0].text), app.test_client()
    pages.submit(elsewhere, pages.visit(elsewhere, path), path)
    assert elsewhere.get("/account").status_code == 302, "the link signed somebody in"
    assert "Not confirmed" not in pages.visit(client, "/account").text
    with app.app_context(), pytest.raises(Conflict):
        links.ask_address_link(somebody.id, outbox.add, clock.now())


def test_a_link_of_one_kind_does_nothing_of_another(ctx: Flask) -> None:
    chief = make.user(RoleName.ADMINISTRATOR, email="chief@example.org")
    token = links.sign_in_link("", clock.now())
    for use in (
        lambda: links.confirm_address(token, clock.now()),
        lambda: links.make_account(token, "eve@example.org", "Eve", "hash", clock.now()),
    ):
        with pytest.raises(NotFound):
            use()
    assert links.use_sign_in_link(token, clock.now()) == chief.id
