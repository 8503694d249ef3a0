"""The audit log: its page, its filters, its file, and that nobody can change it."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from campaigns import clock
from campaigns.db import action, db
from campaigns.staff import audit
from campaigns.staff.models import AuditEntry, RoleName
from campaigns.staff.retention import retention
from tests import make, pages


def write(app: Flask, user_id: int | None, what: str, kind: str = "newsletter", days_ago: int = 0) -> None:
    with app.app_context():
        at = clock.now() - timedelta(days=days_ago)
        audit.add(
            db.session(),
            user_id=user_id,
            action=what,
            object_kind=kind,
            object_id=12,
            details={"people": 3, "roles": ["list_keeper"], "empty": ""},
            now=at,
        )
        db.session.commit()


def test_the_page_says_who_did_what_to_what_and_filters(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief = make.user(RoleName.ADMINISTRATOR, name="Ana Ruiz")
    write(app, chief.id, "newsletter.changes_asked")
    write(app, None, "list.archived", kind="list", days_ago=40)
    pages.sign_in(client, chief)
    page = pages.visit(client, "/settings/audit")
    for words in ("Changes asked", "Newsletter 12", "people: 3; roles: list keeper", "The program", "2 entries"):
        assert words in page.text
    today = clock.today("America/Los_Angeles")
    for question, count in (
        (f"person={chief.id}", 1),
        ("person=0", 1),
        ("kind=list", 1),
        (f"start={today}", 1),
        (f"end={today - timedelta(days=30)}", 1),
        (f"start={today}&kind=list", 0),
        ("person=x&kind=nothing&start=yesterday&page=9999999999", None),
    ):
        text = pages.visit(client, f"/settings/audit?{question}").text
        wanted = {1: "1 entry", 0: "No entry fits", None: ""}[count]
        assert wanted in text, question


def test_the_file_holds_what_the_filter_shows_and_no_formula(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief = make.user(RoleName.ADMINISTRATOR, name="=1+1")
    write(app, chief.id, "newsletter.approved")
    write(app, None, "list.archived", kind="list")
    pages.sign_in(client, chief)
    response = client.get("/settings/audit/export.csv?kind=newsletter")
    assert response.mimetype == "text/csv"
    lines = response.text.splitlines()
    assert len(lines) == 2
    assert ",'=1+1,newsletter.approved,newsletter,12," in lines[1]


def test_the_database_refuses_to_change_or_delete_an_entry(app: Flask) -> None:
    write(app, None, "newsletter.approved")
    for statement in (update(AuditEntry).values(action="x"), delete(AuditEntry)):
        with app.app_context():
            with pytest.raises(DBAPIError, match="append-only"):
                db.session.execute(statement)
            db.session.rollback()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 1


def test_retention_is_the_one_way_to_delete_and_closes_behind_itself(app: Flask) -> None:
    write(app, None, "newsletter.approved", days_ago=4000)
    write(app, None, "newsletter.approved")

    @action
    def forget() -> None:
        with retention(db.session()):
            db.session.execute(delete(AuditEntry).where(AuditEntry.at < clock.now() - timedelta(days=3650)))
        with pytest.raises(DBAPIError, match="append-only"), db.session.begin_nested():
            db.session.execute(delete(AuditEntry))

    with app.app_context():
        forget()
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 1
