"""What the composer does while somebody types."""

import pytest
from playwright.sync_api import Page, expect

from campaigns.staff.models import RoleName
from tests import make
from tests.browser_pages.test_every_page import cookie_of
from tests.live import Live, live  # noqa: F401
from tests.social import posts

pytestmark = pytest.mark.browser


def test_the_counters_follow_the_keys_as_the_network_counts(page: Page, live: Live) -> None:  # noqa: F811
    with live.app.app_context():
        writer = make.user(RoleName.WRITER)
        posts.channel("bluesky", name="Blue")
        cookie = cookie_of(live.app, writer.fs_uniquifier)
    page.context.add_cookies([{"name": "outreach", "value": cookie, "url": live.url}])
    page.goto(f"{live.url}/social/new")
    page.get_by_label("Blue").check()
    page.get_by_label("Text", exact=True).fill("👩‍👩‍👧‍👦" * 2 + "é")
    counts = page.locator("[data-counts]")
    expect(counts).to_contain_text("Blue: 3 of 300 characters")
    page.get_by_label("Text", exact=True).fill("x" * 301)
    expect(counts).to_contain_text("1 too many")
    expect(page.locator("[data-side]")).to_contain_text("The text is too long for Blue")
    page.get_by_label("Text", exact=True).fill("Hello neighbors")
    page.get_by_label("Day").fill("2035-12-03")
    expect(page.get_by_label("At a time")).to_be_checked()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    expect(page.get_by_label("Text", exact=True)).to_have_value("Hello neighbors")
