"""RFC 8058, as a mail provider does it: both encodings, no cookie, no redirect, the same answer for every token."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import tokens
from campaigns.audience import links, queries
from tests import make

URLENCODED = (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    "multipart/form-data; boundary=x",
)


def copy_of(app: Flask) -> tuple[str, int]:
    with app.app_context():
        first, second = queries.lists()[:2]
        person = make.subscriber("ann@example.org", first, second)
        return f"/u/{links.leave_token(7, person.id, [first.id])}", person.id


def states(app: Flask, subscriber_id: int) -> list[str]:
    with app.app_context():
        return [each.state for each in queries.memberships_of([subscriber_id])[subscriber_id]]


@pytest.mark.parametrize(("body", "kind"), [URLENCODED, MULTIPART], ids=["urlencoded", "multipart"])
def test_one_click_leaves_the_lists_of_the_copy_and_no_other(
    app: Flask, client: FlaskClient, body: bytes, kind: str
) -> None:
    path, person = copy_of(app)
    answer = client.post(path, data=body, content_type=kind)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    assert len(answer.data) < 100
    assert states(app, person) == ["left", "confirmed"]
    assert client.post(path, data=body, content_type=kind).data == answer.data


@pytest.mark.parametrize(("body", "kind"), [URLENCODED, MULTIPART], ids=["urlencoded", "multipart"])
def test_an_unknown_token_gets_the_same_answer(app: Flask, client: FlaskClient, body: bytes, kind: str) -> None:
    path, _ = copy_of(app)
    valid = client.post(path, data=body, content_type=kind)
    for token in ("unknown", "x" * 500, "%00", "A" * 64):
        unknown = client.post(f"/u/{token}", data=body, content_type=kind)
        assert (unknown.status_code, unknown.data) == (valid.status_code, valid.data)
        assert sorted(unknown.headers.keys()) == sorted(valid.headers.keys())


def test_it_works_from_another_origin_with_cookies_and_odd_headers(app: Flask, client: FlaskClient) -> None:
    path, person = copy_of(app)
    headers = {"Origin": "https://mail.example.com", "Referer": "https://mail.example.com/", "Cookie": "outreach=x"}
    answer = client.post(path, data=URLENCODED[0], content_type=URLENCODED[1], headers=headers)
    assert answer.status_code == 200
    assert states(app, person)[0] == "left"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_other_methods_change_nothing(app: Flask, client: FlaskClient, method: str) -> None:
    path, person = copy_of(app)
    answer = client.open(path, method=method)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert states(app, person) == ["confirmed", "confirmed"]


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=Two-Click", b"do=leave", b"\xff\xfe=\x00"])
def test_a_post_that_is_neither_one_click_nor_our_page_changes_nothing(
    app: Flask, client: FlaskClient, body: bytes
) -> None:
    path, person = copy_of(app)
    answer = client.post(path, data=body, content_type=URLENCODED[1])
    assert answer.status_code == 400
    assert states(app, person) == ["confirmed", "confirmed"]


def test_a_token_for_something_else_opens_nothing(app: Flask, client: FlaskClient) -> None:
    path, person = copy_of(app)
    with app.app_context():
        other = tokens.seal("preferences", 7, person, 1)
    client.post(f"/u/{other}", data=URLENCODED[0], content_type=URLENCODED[1])
    assert states(app, person) == ["confirmed", "confirmed"]
    middle = "A" if path[20] != "A" else "B"
    for changed in (path[:-1], path + "A", path[:20] + middle + path[21:]):
        client.post(changed, data=URLENCODED[0], content_type=URLENCODED[1])
    assert states(app, person) == ["confirmed", "confirmed"]
