"""Deciding with the keyboard: move, pick, skip, merge, open and take back, without losing one's place."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from campaigns.digests.queries import stories
from campaigns.staff.models import RoleName
from tests import make
from tests.browser_pages.test_every_page import cookie_of
from tests.digests import news
from tests.live import Live, live  # noqa: F401

pytestmark = pytest.mark.browser

TITLES = ["County opens a shelter", "New law on tips", "Nine people freed", "Rain on Sunday"]


@pytest.fixture
def inbox(browser: Browser, live: Live) -> Page:  # noqa: F811
    with live.app.app_context():
        source = news.feed("The Tribune")
        for title in reversed(TITLES):
            news.entry(source, title)
        news.place()
        writer = make.user(RoleName.WRITER)
        cookie = {"name": "outreach", "value": cookie_of(live.app, writer.fs_uniquifier), "url": live.url}
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"{live.url}/news/stories")
    return page


def views(app: Flask) -> dict[str, list[str]]:
    with app.app_context():
        return {
            view: [card.story.title for card in stories.inbox(view).items] for view in ("waiting", "picked", "skipped")
        }


def current(page: Page) -> str:
    return page.locator(".story.is-current .story-title").inner_text()


def test_a_person_decides_about_everything_with_the_keyboard(inbox: Page, live: Live) -> None:  # noqa: F811
    page = inbox
    assert current(page) == TITLES[0]
    page.keyboard.press("j")
    assert current(page) == TITLES[1]
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator(".story")).to_have_count(3)
    assert current(page) == TITLES[1]
    page.keyboard.press("s")
    expect(page.locator(".story")).to_have_count(2)
    assert views(live.app) == {"waiting": TITLES[2:], "picked": [TITLES[0]], "skipped": [TITLES[1]]}
    page.keyboard.press("u")
    expect(page.locator(".story")).to_have_count(3)
    assert current(page) == TITLES[1], "one goes on where one was"
    page.keyboard.press("m")
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.locator(".story")).to_have_count(2)
    assert current(page) == TITLES[2]
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="2 reports")).to_be_visible()


def test_letters_that_are_typed_into_a_field_decide_nothing(inbox: Page, live: Live) -> None:  # noqa: F811
    page = inbox
    page.locator(".story").first.get_by_text("Our words").click()
    page.get_by_label("One line for readers").first.press_sequentially("xsmu")
    assert views(live.app)["waiting"] == TITLES
    page.get_by_role("button", name="Save these words").first.click()
    expect(page.locator(".story-summary")).to_have_text("xsmu")


def test_a_button_decides_without_loading_the_page_again(inbox: Page, live: Live) -> None:  # noqa: F811
    page = inbox
    page.get_by_role("button", name="Pick “New law on tips”").click()
    expect(page.locator(".story")).to_have_count(3)
    expect(page.locator("nav[aria-label='Which stories'] a").nth(1)).to_contain_text("1")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(".story")).to_have_count(4)
