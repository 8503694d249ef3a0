"""Every page that needs no argument, in a real browser: nothing for axe, nothing blocked, nothing too wide."""

import os
from pathlib import Path

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, Page

from campaigns import clock
from campaigns.app import PUBLIC, STAFF
from campaigns.staff.models import RoleName
from campaigns.start.actions import add_sample
from tests import make
from tests.browser import unsound
from tests.live import Live, live  # noqa: F401

pytestmark = pytest.mark.browser

WIDTHS = {"desktop": 1280, "phone": 390}
# Pages that answer with something else than a page of ours.
NOT_PAGES = {
    "site.leave",
    "site.healthz",
    "site.robots",
    "site.favicon",
    "subscribers.export",
    "audit.export",
    "radio_log.report_csv",
    "radio_public.now_json",
    "source_adding.export",
}


def paths(app: Flask, blueprints: set[str]) -> list[tuple[str, str]]:
    """(endpoint, path) of every page that needs no argument."""
    return sorted(
        (rule.endpoint, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in blueprints
        and "GET" in (rule.methods or set())
        and not rule.arguments
        and rule.endpoint not in NOT_PAGES
    )


def cookie_of(app: Flask, uniquifier: str) -> str:
    """The session cookie of somebody signed in."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return str(signer.dumps({"_user_id": uniquifier, "_fresh": True}))


def opened(browser: Browser, width: int, cookies: list[dict[str, str]]) -> Page:
    """A page of that width."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US", reduced_motion="reduce")
    context.add_cookies(cookies)
    return context.new_page()


def problems(page: Page, address: str, faults: list[str], name: str) -> list[str]:
    """What is wrong with one page, in light and in dark colors."""
    faults.clear()
    response = page.goto(address)
    if response is None or response.status != 200:
        return [f"answers {response.status if response else 'nothing'}"]
    if "text/html" not in (response.header_value("content-type") or ""):
        return []
    found = [f"console: {fault}" for fault in faults]
    found += unsound(page)
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=f"{folder}/{name}-{scheme}.png", full_page=True)
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_sound(browser: Browser, live: Live, width: str) -> None:  # noqa: F811
    with live.app.app_context():
        administrator = make.user(RoleName.ADMINISTRATOR, name="Ana Ruiz")
        add_sample(clock.now())
        uniquifier = administrator.fs_uniquifier
    cookie = {"name": "outreach", "value": cookie_of(live.app, uniquifier), "url": live.url}
    staff = {blueprint.name for blueprint, *_ in STAFF}
    public = {blueprint.name for blueprint, _ in PUBLIC}
    wrong = {}
    for blueprints, cookies in ((staff, [cookie]), (public, [])):
        page = opened(browser, WIDTHS[width], cookies)
        faults: list[str] = []
        page.on("console", lambda message, kept=faults: kept.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error, kept=faults: kept.append(str(error)))
        for endpoint, path in paths(live.app, blueprints):
            if found := problems(page, live.url + path, faults, f"{endpoint}-{width}"):
                wrong[endpoint] = found
        page.context.close()
    assert not wrong, "\n".join(f"{endpoint}: {found}" for endpoint, found in wrong.items())
