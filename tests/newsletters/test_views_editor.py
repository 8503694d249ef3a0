"""The editor without JavaScript, its autosave, and the list: what people see and what is kept."""

import html
import io
import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from campaigns import clock
from campaigns.newsletters import queries
from campaigns.planning import actions as planning
from campaigns.staff.models import RoleName, User
from tests import make, pages


def writer(app: Flask, client: FlaskClient, *roles: RoleName) -> User:
    """Somebody signed in."""
    with app.app_context():
        user = make.user(*(roles or (RoleName.WRITER,)), name="Ana Ruiz")
    pages.sign_in(client, user)
    return user


def begin(client: FlaskClient, title: str = "December news") -> str:
    """A new newsletter; gives the address of its pages."""
    page = pages.visit(client, "/newsletters/new")
    answer = pages.submit(client, page, "/newsletters/new", title=title)
    assert answer.status_code == 303
    return str(answer.headers["Location"]).removesuffix("/edit")


def stored(app: Flask, address: str) -> dict[str, object]:
    with app.app_context():
        return queries.get_document(int(address.rpartition("/")[2])).to_json()


def blocks(app: Flask, address: str) -> list[dict[str, object]]:
    return stored(app, address)["editions"]["en"]["blocks"]  # type: ignore[index, no-any-return]


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def typed(page: pages.Page) -> MultiDict[str, str]:
    """What a browser sends: every field of the editor's form, without its templates for new blocks."""
    source = re.sub(r"<template.*?</template>", "", page.html, flags=re.DOTALL)
    form = source[source.index("data-editor") : source.index("</form>", source.index("data-editor"))]
    fields: MultiDict[str, str] = MultiDict()
    for tag in re.findall(r"<input[^>]*>", form):
        kind = attribute(tag, "type")
        if kind != "file" and (kind not in ("checkbox", "radio") or " checked" in tag):
            fields.add(attribute(tag, "name"), attribute(tag, "value"))
    for tag, inside in re.findall(r"(<textarea[^>]*>)\n?(.*?)</textarea>", form, flags=re.DOTALL):
        fields.add(attribute(tag, "name"), html.unescape(inside))
    for tag, inside in re.findall(r"(<select[^>]*>)(.*?)</select>", form, flags=re.DOTALL):
        chosen = [option for option in re.findall(r"<option[^>]*>", inside) if " selected" in option]
        fields.add(attribute(tag, "name"), attribute(chosen[0], "value") if chosen else "")
    return fields


def press(client: FlaskClient, address: str, **fields: str) -> int:
    """Post the editor's own fields back with some of them changed, as a browser without JavaScript does."""
    page = pages.visit(client, f"{address}/edit")
    return post(client, address, page, **fields).status_code


def post(client: FlaskClient, address: str, page: pages.Page, **changed: str) -> TestResponse:
    """Send the fields of an open page, some of them changed."""
    fields = typed(page)
    for name, value in changed.items():
        fields[name] = value
    return client.post(f"{address}/edit", data=fields)


def test_an_empty_list_leads_to_the_first_newsletter(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    assert "Your first newsletter" in pages.visit(client, "/newsletters").text
    address = begin(client)
    assert "December news" in pages.visit(client, "/newsletters").text
    assert client.get(address).headers["Location"].endswith(f"{address}/edit")


def test_a_newsletter_needs_a_name(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    page = pages.visit(client, "/newsletters/new")
    answer = pages.submit(client, page, "/newsletters/new", title=" ")
    assert answer.status_code == 400
    assert "Give the newsletter a name" in pages.check(answer, is_public=False).text


def test_buttons_add_move_copy_and_remove_blocks(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    address = begin(client)
    assert press(client, address, do="add:heading") == 303
    assert press(client, address, do="add:button") == 303
    heading, button = (str(block["id"]) for block in blocks(app, address))
    press(client, address, do=f"up:{button}", **{f"{heading}-text": "Ten signs"})
    assert [(block["kind"], block.get("text")) for block in blocks(app, address)] == [
        ("button", None),
        ("heading", "Ten signs"),
    ]
    press(client, address, do=f"copy:{heading}")
    assert [block["kind"] for block in blocks(app, address)] == ["button", "heading", "heading"]
    assert blocks(app, address)[2]["text"] == "Ten signs"
    press(client, address, do=f"delete:{button}")
    assert [block["kind"] for block in blocks(app, address)] == ["heading", "heading"]


def test_undo_steps_back_and_redo_forward_again(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    address = begin(client)
    press(client, address, subject="First", do="save")
    press(client, address, do="undo")
    assert stored(app, address)["editions"]["en"]["subject"] == ""  # type: ignore[index]
    press(client, address, do="redo")
    assert stored(app, address)["editions"]["en"]["subject"] == "First"  # type: ignore[index]


def test_nothing_is_overwritten_silently(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    address = begin(client)
    mine = pages.visit(client, f"{address}/edit")
    press(client, address, subject="Theirs", do="save")
    answer = post(client, address, mine, subject="Mine", do="save")
    assert answer.status_code == 409
    page = pages.check(answer, is_public=False)
    assert "Changed by Ana Ruiz at" in page.text
    assert "Theirs" in page.text
    assert page.values["subject"] == "Mine"
    assert stored(app, address)["editions"]["en"]["subject"] == "Theirs"  # type: ignore[index]
    again = post(client, address, page, do="save")
    assert again.status_code == 303
    assert stored(app, address)["editions"]["en"]["subject"] == "Mine"  # type: ignore[index]


def test_autosave_answers_with_the_version_and_what_changed_on_the_page(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    address = begin(client)
    page = pages.visit(client, f"{address}/edit")
    fields = {**typed(page).to_dict(), "subject": "Hello"}
    headers = {"Accept": "application/json", "X-CSRFToken": page.values["csrf_token"]}
    facts = client.post(f"{address}/autosave", data=fields, headers=headers).get_json()
    assert facts["version"] > int(page.values["version"])
    assert facts["saved"].startswith("Draft, saved ")
    assert facts["words"]["to"] == "Newsletter"
    assert "There is nothing to read yet" in facts["checks"]
    clash = client.post(f"{address}/autosave", data={**fields, "subject": "Other"}, headers=headers)
    assert clash.status_code == 409
    assert "Keep mine" in clash.get_json()["conflict"]
    fields |= {"version": facts["version"], "title": ""}
    refused = client.post(f"{address}/autosave", data=fields, headers=headers)
    assert refused.status_code == 400
    assert "title" in refused.get_json()["errors"]


def test_a_fault_stands_beside_its_field_and_keeps_what_was_typed(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    address = begin(client)
    page = pages.visit(client, f"{address}/edit")
    answer = post(client, address, page, subject="x" * 500, do="save")
    assert answer.status_code == 400
    shown = pages.check(answer, is_public=False)
    assert "too long" in shown.text
    assert shown.values["subject"] == "x" * 500


def test_a_picture_that_is_none_is_refused_in_words(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    address = begin(client)
    page = pages.visit(client, f"{address}/edit")
    data = {"csrf_token": page.values["csrf_token"], "file": (io.BytesIO(b"no picture"), "picture.jpg")}
    answer = client.post(f"{address}/images", data=data, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert "could not read this picture" in answer.get_json()["detail"]


def test_the_preview_has_a_policy_of_its_own_in_each_view(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    address = begin(client)
    press(client, address, subject="Hello", do="save")
    for view in ("desktop", "phone", "text", "lock", "unknown"):
        answer = client.get(f"{address}/preview?view={view}&reader=999999")
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert "script-src" not in policy


def test_the_bin_keeps_and_gives_back(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    address = begin(client)
    page = pages.visit(client, f"{address}/edit")
    assert pages.submit(client, page, f"{address}/bin").status_code == 303
    assert "is in the bin" in pages.visit(client, "/newsletters").text
    assert client.get(address).headers["Location"].endswith("/newsletters/bin")
    page = pages.visit(client, "/newsletters/bin")
    assert "December news" in page.text
    assert pages.submit(client, page, f"{address}/restore").status_code == 303
    assert "December news" in pages.visit(client, "/newsletters?state=draft&q=decem").text


def test_a_copy_is_a_draft_of_its_own(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    address = begin(client)
    page = pages.visit(client, f"{address}/edit")
    copy = pages.submit(client, page, f"{address}/duplicate").headers["Location"]
    assert copy != f"{address}/edit"
    assert "Copy of December news" in pages.visit(client, copy).text


def test_a_viewer_reads_and_does_not_write(app: Flask, client: FlaskClient) -> None:
    writer(app, client)
    address = begin(client)
    writer(app, client, RoleName.VIEWER)
    assert client.get(address).headers["Location"].endswith(f"{address}/review")
    assert "December news" in pages.visit(client, f"{address}/review").text
    pages.visit(client, f"{address}/edit", status=403)
    pages.visit(client, "/newsletters/new", status=403)


def test_a_newsletter_is_filed_under_a_campaign(app: Flask, client: FlaskClient) -> None:
    user = writer(app, client)
    with app.app_context():
        campaign = planning.create_campaign("Awareness month", "", None, None, user.id, clock.now())
    address = begin(client)
    page = pages.visit(client, f"{address}/edit")
    assert "Awareness month" in page.text
    assert pages.submit(client, page, f"{address}/campaign", campaign=str(campaign)).status_code == 303
    with app.app_context():
        assert queries.get_newsletter(int(address.rpartition("/")[2])).campaign_id == campaign
