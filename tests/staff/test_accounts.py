"""Accounts on the team page: roles in plain verbs, closing, and the administrator who always remains."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.db import db
from campaigns.errors import Refused
from campaigns.staff import queries
from campaigns.staff.actions import accounts
from campaigns.staff.models import RoleName
from campaigns.staff.rules import VERBS
from tests import make, pages


def test_an_administrator_changes_what_somebody_may_do(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief, other = make.user(RoleName.ADMINISTRATOR), make.user(RoleName.WRITER, name="Bo")
    pages.sign_in(client, chief)
    page = pages.visit(client, f"/settings/team/{other.id}")
    assert all(verb in page.text for verb, _ in VERBS.values())
    pages.submit(client, page, f"/settings/team/{other.id}", name="Bo Lind", roles=["approver", "list_keeper"])
    with app.app_context():
        changed = queries.get_user(other.id)
        assert changed.name == "Bo Lind"
        assert sorted(role.name for role in changed.roles) == ["approver", "list_keeper"]
    response = pages.submit(client, page, f"/settings/team/{other.id}", name="Bo Lind")
    assert "Tick at least one box." in response.text


def test_the_last_administrator_stays(ctx: Flask) -> None:
    chief, second = make.user(RoleName.ADMINISTRATOR), make.user(RoleName.ADMINISTRATOR)
    accounts.change(second.id, "Second", ["writer"], chief.id, clock.now())
    with pytest.raises(Refused, match="Somebody must remain"):
        accounts.change(chief.id, "Chief", ["writer"], chief.id, clock.now())
    with pytest.raises(Refused, match="Somebody must remain"):
        accounts.deactivate(chief.id, second.id, clock.now())
    with pytest.raises(Refused, match="your own account"):
        accounts.deactivate(chief.id, chief.id, clock.now())


def test_a_closed_account_counts_as_nobody_and_can_be_opened_again(ctx: Flask) -> None:
    chief, second = make.user(RoleName.ADMINISTRATOR), make.user(RoleName.ADMINISTRATOR)
    before = second.fs_uniquifier
    accounts.deactivate(second.id, chief.id, clock.now())
    assert queries.get_user(second.id).fs_uniquifier != before
    assert [user.id for user in queries.approvers()] == [chief.id]
    with pytest.raises(Refused):
        accounts.change(chief.id, "Chief", ["viewer"], chief.id, clock.now())
    accounts.reactivate(second.id, chief.id, clock.now())
    assert [user.id for user in queries.approvers()] == sorted([chief.id, second.id])


def test_a_change_of_role_counts_from_the_next_page(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief, other = make.user(RoleName.ADMINISTRATOR), make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, other)
    pages.visit(client, "/settings/team")
    with app.app_context():
        accounts.change(other.id, "Bo", ["viewer"], chief.id, clock.now())
        db.session.remove()
    page = pages.visit(client, "/settings/team", status=403)
    assert "An administrator can change what you may do" in page.text


def test_a_person_changes_their_own_name(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        somebody = make.user(RoleName.VIEWER)
    pages.sign_in(client, somebody)
    page = pages.visit(client, "/account")
    assert pages.submit(client, page, "/account", name="").status_code == 400
    pages.submit(client, page, "/account", name="  Ana   Ruiz-Lind ")
    assert "Ana Ruiz-Lind" in pages.visit(client, "/account").text


def test_settings_show_each_person_what_they_may_open(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        viewer, chief = make.user(RoleName.VIEWER), make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, viewer)
    assert "Audit log" not in pages.visit(client, "/settings").text
    pages.sign_in(client, chief)
    assert "Audit log" in pages.visit(client, "/settings").text
