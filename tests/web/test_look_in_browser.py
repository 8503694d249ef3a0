"""The shared frame in a real browser: quick exit with and without JavaScript, the switch of colors, questions."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Blueprint, Flask, render_template_string
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

import config

PUBLIC = """{% extends "layouts/public.html" %}
{% block page_title %}Join{% endblock %}
{% block content %}<label>A <input></label>{% endblock %}"""
STAFF = """{% extends "layouts/staff.html" %}
{% from "components/confirm.html" import confirm %}
{% block page_title %}Parts{% endblock %}
{% block content %}
{{ confirm(url="/done", label="Send", question="Send to 3 people now?", yes="Send to 3 people") }}
{% endblock %}"""


def _app() -> Flask:
    app = Flask("campaigns", template_folder=str(config.ROOT / "templates"), static_folder="static")
    app.config.update(SECRET_KEY="only for this test", BOOTSTRAP_SERVE_LOCAL=True)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["csp_nonce"] = lambda: "n"
    Bootstrap5(app)
    Babel(app)
    CSRFProtect(app)
    site = Blueprint("site", __name__)
    for name in ("leave", "privacy", "accessibility", "home"):
        site.add_url_rule(f"/{name}", name, lambda: "a neutral page")
    app.register_blueprint(site)
    app.add_url_rule("/join", "join", lambda: render_template_string(PUBLIC))
    app.add_url_rule("/parts", "parts", lambda: render_template_string(STAFF))
    app.add_url_rule("/done", "done", lambda: "done", methods=["POST"])
    app.context_processor(_context)
    return app


def _context() -> dict[str, object]:
    return {
        "org": SimpleNamespace(
            name="H.E.A.T. Watch", program_line="", postal_address="", email="info@example.org", is_practice=True
        ),
        "safety": [{"label": "In danger?", "number": "911", "href": "tel:911"}],
        "rail": [{"label": "Desk", "icon": "desk", "url": "/parts", "is_current": True, "count": 2}],
        "new_links": [{"label": "Newsletter", "url": "/parts"}],
        "pause": None,
        "current_user": SimpleNamespace(is_authenticated=True, name="Ana Ruiz", email="ana@example.org"),
    }


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, _app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_shift_three_times_leaves_and_takes_the_page_out_of_the_history(page: Page, address: str) -> None:
    page.goto(f"{address}/join")
    entries = page.evaluate("history.length")
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    expect(page.locator("[data-exit-dots] .is-on")).to_have_count(2)
    expect(page.locator("[data-exit-status]")).to_have_text("Shift, pressed twice. Once more leaves this page.")
    page.keyboard.press("Shift")
    page.wait_for_url("**/leave")
    assert page.evaluate("history.length") == entries


def test_writing_capitals_does_not_leave(page: Page, address: str) -> None:
    page.goto(f"{address}/join")
    page.locator("input").focus()
    for key in ("Shift+A", "Shift+B", "Shift+C", "Shift+D"):
        page.keyboard.press(key)
    expect(page.locator("input")).to_have_value("ABCD")
    assert page.url.endswith("/join")
    expect(page.locator("[data-exit-dots]")).to_be_hidden()


def test_the_exit_link_works_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/join")
    page.get_by_role("link", name="Leave this page").click()
    page.wait_for_url("**/leave")
    context.close()


def test_chosen_colors_hold_on_the_next_page(page: Page, address: str) -> None:
    page.goto(f"{address}/parts")
    page.locator(".rail summary").click()
    page.locator(".rail").get_by_role("button", name="Dark").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_question_is_asked_in_a_dialog_and_can_be_taken_back(page: Page, address: str) -> None:
    page.goto(f"{address}/parts")
    opener = page.locator("summary", has_text="Send")
    opener.click()
    expect(page.get_by_role("dialog", name="Send to 3 people now?")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_question_can_be_answered_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/parts")
    page.locator("summary", has_text="Send").click()
    expect(page.get_by_role("button", name="Send to 3 people")).to_be_visible()
    context.close()


def test_the_menu_on_a_phone_opens_and_closes_with_escape(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/parts")
    menu = page.get_by_role("navigation", name="Main, phone")
    page.locator(".topbar-phone summary").first.click()
    expect(menu.get_by_role("link", name="Desk")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


def test_the_account_menu_opens_inside_the_menu_of_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/parts")
    menu = page.locator(".topbar-phone > details")
    menu.locator("summary").first.click()
    menu.locator(".person-button").click()
    expect(menu.get_by_role("button", name="Dark")).to_be_in_viewport(ratio=1)
