"""Accounts with a password, and what a person does on the sign-in pages."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.db import db
from campaigns.delivery.models import OutboxMail
from campaigns.staff import security
from campaigns.staff.models import AuditEntry, RoleName, User
from tests import make, pages

PASSWORD = "blue otter swims far"
OTHER = "seven quiet lanterns glow"


def account(app: Flask, *roles: RoleName, email: str = "ana@example.org", name: str = "Ana Ruiz") -> User:
    """An account that signs in with PASSWORD."""
    with app.app_context():
        made = make.user(*roles, email=email, name=name)
        made.password = security.password_hash(PASSWORD)
        db.session.commit()
        return made


def sign_in(client: FlaskClient, email: str = "ana@example.org", password: str = PASSWORD, **more: str) -> TestResponse:
    """Fill the sign-in page and press its button."""
    page = pages.visit(client, "/sign-in")
    return pages.submit(client, page, "/sign-in", email=email, password=password, **more)


def mails(app: Flask) -> list[OutboxMail]:
    """Single mails, the oldest first."""
    with app.app_context():
        return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def entries(app: Flask) -> list[str]:
    """The actions in the audit log, the oldest first."""
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def link_in(text: str) -> str:
    """The path of the first link of ours in a mail."""
    return "/" + text.partition("http://")[2].partition("/")[2].split()[0]
