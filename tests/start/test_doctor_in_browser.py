"""The deliverability and signing pages, full: sound for axe on a desk and a phone, and their records can be copied."""

import pytest
from playwright.sync_api import Browser, expect

from campaigns import clock
from campaigns.delivery import signing
from campaigns.delivery.doctor import actions, queries
from campaigns.delivery.doctor.findings import Finding, Level, Record, Topic
from campaigns.delivery.doctor.received import Reading
from campaigns.delivery.doctor.selftest import Sent
from campaigns.staff.models import RoleName
from tests import make
from tests.browser_pages.test_every_page import cookie_of, opened, problems
from tests.delivery import real
from tests.live import Live, live  # noqa: F401

pytestmark = pytest.mark.browser
PAGES = {"deliverability": "/settings/deliverability", "signing": "/settings/signing"}
VALUE = "v=DMARC1; p=none; rua=mailto:postmaster@example.org"


def fill() -> str:
    """Findings of every level, a self-test that failed, a key; gives who administers."""
    administrator = make.user(RoleName.ADMINISTRATOR, name="Ana Ruiz")
    real.add(25, name="County relay")
    key = queries.get_way("").key
    record = Record("_dmarc.example.org", "TXT", VALUE)
    found = [Finding(Topic.SPF, level, f"It is {level}", "A long text. " * 12, "Do it.") for level in Level]
    found.append(Finding(Topic.DMARC, Level.STOP, "There is no record", "x" * 90, "Publish this:", record))
    found.append(Finding(Topic.MX, Level.GOOD, "It takes mail"))
    actions.keep_checkup(key, found, clock.now())
    domain = queries.get_way("").domain
    sent = Sent("bcdfghjkmn", f"news@{domain}", "https://x.example/u/x", f"t@{domain}", clock.now())
    test = actions.record_sent(key, sent, "me@example.org", administrator.id, clock.now())
    actions.record_reading(test, Reading(found, (), False), administrator.id, clock.now())
    actions.add_key(domain, signing.new_key("rsa"), administrator.id, clock.now())
    return administrator.fs_uniquifier


@pytest.mark.parametrize("width", [1280, 390])
def test_full_pages_are_sound_and_their_records_can_be_copied(
    browser: Browser,
    live: Live,  # noqa: F811
    width: int,
) -> None:
    with live.app.app_context():
        cookie = {"name": "outreach", "value": cookie_of(live.app, fill()), "url": live.url}
    page = opened(browser, width, [cookie])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live.url)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    for name, path in PAGES.items():
        assert not problems(page, live.url + path, faults, f"{name}-full-{width}")
    page.goto(live.url + PAGES["deliverability"])
    page.get_by_role("button", name="Copy the value").last.click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == VALUE
    page.get_by_text("Do without the self-test").click()
    expect(page.get_by_role("button", name="Do without it")).to_be_visible()
    page.context.close()
