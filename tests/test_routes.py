"""Every route has a guard: as nobody, as each role; GET changes nothing; every write needs a token."""

from collections import Counter

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from campaigns import clock
from campaigns.app import API, PUBLIC, STAFF
from campaigns.audience import links
from campaigns.audience.actions import importing, joining, preferences
from campaigns.db import Base, db
from campaigns.delivery.addresses import parse
from campaigns.staff.actions import links as staff_links
from campaigns.staff.models import RoleName, User
from campaigns.staff.rules import GRANTS
from campaigns.start.actions import add_sample
from tests import make, pages
from tests.audience.letters import token_in, waiting
from tests.newsletters import compose

# Sign-in pages of Flask-Security, and files: open to anyone, and in no list of blueprints.
OPEN = {"static", "bootstrap.static"}
SIGN_IN = {
    "security.login": 200,
    "security.logout": 302,
    "security.forgot_password": 200,
    "security.reset_password": 302,
    "security.change_password": 302,
    "start_link.show": 404,
    "start_link.use": 404,
}
# What must never slip to a weaker role, whatever becomes of the blueprint's line.
ASK_FOR_MORE = {
    "review.approve": RoleName.APPROVER,
    "review.ask": RoleName.APPROVER,
    "launch.send": RoleName.APPROVER,
    "status.pause": RoleName.APPROVER,
    "status.resume": RoleName.APPROVER,
    "status.cancel": RoleName.APPROVER,
    "status.archive": RoleName.APPROVER,
    "copies.retry": RoleName.APPROVER,
    "copies.send_again": RoleName.APPROVER,
    "copies.leave": RoleName.APPROVER,
    "copies.follow_up": RoleName.WRITER,
    "pause.stop": RoleName.APPROVER,
    "pause.resume": RoleName.APPROVER,
    "subscriber.erase": RoleName.LIST_KEEPER,
    "subscribers.export": RoleName.LIST_KEEPER,
    "audit.export": RoleName.ADMINISTRATOR,
    "sandbox.empty": RoleName.ADMINISTRATOR,
}


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


def test_who_may_approve_send_pause_erase_and_export_is_said_at_the_endpoint(app: Flask) -> None:
    said = {endpoint: getattr(view, "needed_role", None) for endpoint, view in app.view_functions.items()}
    assert {endpoint: said[endpoint] for endpoint in ASK_FOR_MORE} == ASK_FOR_MORE


def test_nobody_finds_more_open_than_sign_in_and_public_pages(app: Flask, client: FlaskClient) -> None:
    listed = {entry[0].name for entry in [*STAFF, *PUBLIC]} | {"bootstrap"}
    others = [route for route in rules_of(app) if blueprint_of(route[0]) not in listed and route[0] not in OPEN]
    assert {endpoint for endpoint, _, _ in others} == set(SIGN_IN)
    for endpoint, method, path in others:
        if method == "GET":
            response = client.get(path)
            assert response.status_code == SIGN_IN[endpoint], f"{path} answered {response.status_code}"
            # A link that is followed may not sign anybody in.
            assert client.get("/desk").status_code == 302, f"{path} let somebody in"


def everything() -> dict[str, list[str]]:
    """Each row of each table, in words."""
    db.session.rollback()
    return {
        table.name: sorted(repr(tuple(row)) for row in db.session.execute(select(table)))
        for table in Base.metadata.sorted_tables
    }


def fill(administrator: User) -> list[str]:
    """Something in every part of the program; gives the addresses behind which somebody only looks."""
    now, first = clock.now(), make.first_list()
    add_sample(now)
    person = make.subscriber("ann@example.org", first_name="Ann")
    newsletter = compose.launched(*compose.people())
    content = b"email\nbob@example.org\n"
    checked = importing.check(
        filename="a.csv", content=content, list_ids=[first.id], basis="paper", user_id=administrator.id, now=now
    )
    joining.ask_to_join(address=parse("new@example.org"), list_ids=[first.id], wording="Yes", network="a", now=now)
    asked = token_in(waiting()[-1])
    preferences.ask_for_link(parse("ann@example.org"), "a", now)
    mine = token_in(waiting()[-1])
    copy = links.leave_token(newsletter.run_id or 0, person.id, [first.id])
    signing_in = staff_links.sign_in_link(administrator.email, now)
    assert checked
    looked = [f"/c/{asked}", f"/c/{asked}/not-me", f"/u/{copy}", f"/p/{mine}", f"/p/{mine}/erase", f"/p/{mine}/data"]
    return [*looked, f"/read/{newsletter.slug}", f"/welcome/{signing_in}", f"/newsletters/{newsletter.id}/status"]


def test_looking_at_anything_changes_nothing(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        somebody = make.user(RoleName.ADMINISTRATOR)
        paths = fill(somebody)
        before = everything()
        db.session.refresh(somebody)
    for endpoint, method, path in rules_of(app):
        if method == "GET" and endpoint not in OPEN:
            paths += [path.replace("999999", number) for number in ("1", "2", "999999")]
    answers = Counter(client.get(path, buffered=True).status_code for path in dict.fromkeys(paths))
    pages.sign_in(client, somebody)
    for path in dict.fromkeys(paths):
        answers[client.get(path, buffered=True).status_code] += 1
    assert answers[200] > 100
    assert not [status for status in answers if status >= 500]
    with app.app_context():
        after = everything()
    assert [name for name, rows in before.items() if rows != after[name]] == []


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
