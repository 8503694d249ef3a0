"""Every route has a guard: as nobody, as each role; GET changes nothing; every write needs a token."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select

from campaigns.app import API, PUBLIC, STAFF
from campaigns.db import Base, db
from campaigns.staff.models import RoleName
from campaigns.staff.rules import GRANTS
from tests import make, pages

# Sign-in pages of Flask-Security, and files: open to anyone, and in no list of blueprints.
OPEN = {"static", "bootstrap.static"}


def rules_of(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, path) of every route, with made-up arguments."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            numbers = {name for name, converter in rule._converters.items() if "Integer" in type(converter).__name__}
            built = rule.build({name: 999_999 if name in numbers else "nothing" for name in rule.arguments})
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            found += [(rule.endpoint, method, built[1]) for method in methods if built]
    return found


def blueprint_of(endpoint: str) -> str:
    return endpoint.partition(".")[0]


def test_every_blueprint_is_in_a_guarded_list(app: Flask) -> None:
    listed = {entry[0].name for entry in [*STAFF, *PUBLIC, *API]} | {"security", "bootstrap", "start_link"}
    assert {blueprint_of(endpoint) for endpoint, _, _ in rules_of(app) if "." in endpoint} <= listed


def test_nobody_reaches_a_staff_page(app: Flask, client: FlaskClient) -> None:
    staff = {entry[0].name for entry in STAFF}
    for endpoint, method, path in rules_of(app):
        if blueprint_of(endpoint) in staff:
            response = client.open(path, method=method, buffered=True)
            assert response.status_code in (302, 303, 400), f"{method} {path} answered {response.status_code} to nobody"
            if response.status_code != 400:
                assert "/sign-in" in response.headers["Location"]


@pytest.mark.parametrize("role", list(RoleName))
def test_each_role_reaches_what_its_line_says(app: Flask, client: FlaskClient, role: RoleName) -> None:
    with app.app_context():
        somebody = make.user(role)
    pages.sign_in(client, somebody)
    wrong = _walk(app, client, role)
    assert not wrong, "\n".join(wrong)


def _token(app: Flask, client: FlaskClient) -> dict[str, str]:
    """The header by which a script of ours proves that a page of ours made the request."""
    with client.session_transaction() as session:
        session["csrf_token"] = "known"
    signed = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("known")
    return {"X-CSRFToken": str(signed)}


def _walk(app: Flask, client: FlaskClient, role: RoleName) -> list[str]:
    headers = _token(app, client)
    roles = {entry[0].name: (entry[2], entry[3]) for entry in STAFF}
    wrong = []
    for endpoint, method, path in rules_of(app):
        if blueprint_of(endpoint) not in roles:
            continue
        read, write = roles[blueprint_of(endpoint)]
        needed = {read if method == "GET" else write}
        extra = getattr(app.view_functions[endpoint], "needed_role", None)
        needed |= {extra} if extra else set()
        response = client.open(path, method=method, headers=headers, buffered=True)
        may = all(one in GRANTS[role] for one in needed)
        if (response.status_code == 403) == may:
            wrong.append(f"{role} {method} {path} answered {response.status_code}")
        if response.status_code >= 500 and response.status_code != 502:
            wrong.append(f"{role} {method} {path} failed with {response.status_code}")
    return wrong


def counts() -> dict[str, int]:
    """How many rows each table holds."""
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def test_get_changes_nothing(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        somebody = make.user(RoleName.ADMINISTRATOR)
        before = counts()
    pages.sign_in(client, somebody)
    for endpoint, method, path in rules_of(app):
        if method == "GET" and endpoint not in OPEN:
            client.get(path, buffered=True)
    with app.app_context():
        assert counts() == before


def test_every_staff_write_needs_a_token(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        somebody = make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, somebody)
    staff = {entry[0].name for entry in STAFF}
    for endpoint, method, path in rules_of(app):
        if method != "GET" and blueprint_of(endpoint) in staff:
            assert client.open(path, method=method, buffered=True).status_code == 400, (
                f"{method} {path} works without a token"
            )


def test_public_pages_set_no_cookie(app: Flask, client: FlaskClient) -> None:
    public = {entry[0].name for entry in PUBLIC}
    for endpoint, method, path in rules_of(app):
        if blueprint_of(endpoint) in public:
            assert "Set-Cookie" not in client.open(path, method=method, buffered=True).headers, path


def test_nobody_can_make_us_read_much(app: Flask, client: FlaskClient) -> None:
    big = b"x=" + b"y" * 200_000
    kind = "application/x-www-form-urlencoded"
    for path in ("/sign-in", "/welcome/nothing", "/newsletters/new", "/audience/imports/new", "/join", "/u/nothing"):
        assert client.post(path, data=big, content_type=kind).status_code == 413, path
