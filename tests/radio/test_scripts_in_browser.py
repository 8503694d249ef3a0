"""Writing a script with JavaScript: it is counted while somebody types, and timed while somebody reads."""

import re

import pytest
from playwright.sync_api import Browser, expect

from campaigns.staff.models import RoleName
from tests import make
from tests.browser_pages.test_every_page import cookie_of, opened
from tests.live import Live, live  # noqa: F401
from tests.radio.shows import episode, on_air

pytestmark = pytest.mark.browser


def test_a_script_is_counted_and_rehearsed(browser: Browser, live: Live) -> None:  # noqa: F811
    with live.app.app_context():
        writer = make.user(RoleName.WRITER)
        show_id, *_ = on_air(writer.id)
        number = episode(show_id, writer.id)
        uniquifier = writer.fs_uniquifier
    cookie = {"name": "outreach", "value": cookie_of(live.app, uniquifier), "url": live.url}
    page = opened(browser, 1280, [cookie])
    page.goto(f"{live.url}/radio/scripts/new/{number}/psa_15")
    measure = page.locator("[data-script-measure]")
    page.get_by_label("Script").fill("Call 1-510-208-4959. " * 5)
    expect(measure).to_contain_text("60 spoken words, 24 seconds: 9.0 seconds too long.")
    expect(measure).to_have_class(re.compile("is-over"))
    page.get_by_label("Script").fill("Dial 911.")
    expect(measure).to_contain_text("4 spoken words, 1.6 seconds: it fits")
    expect(page.locator("[data-script-said]")).to_have_text("dial nine one one")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-rehearse-say]")).to_contain_text("seconds to spare")
    page.get_by_role("button", name="Back to zero").click()
    expect(page.locator("[data-rehearse-time]")).to_have_text("0:00.0")
    page.context.close()
