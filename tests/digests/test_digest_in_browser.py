"""A digest in a real browser: the rule, what it would hold, a draft now, read and approved, and a correction."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from campaigns import clock
from campaigns.db import end_reading
from campaigns.digests.actions import issues
from campaigns.newsletters import actions as newsletters
from campaigns.staff.models import User
from tests import make
from tests.browser import unsound
from tests.browser_pages.test_every_page import cookie_of, opened
from tests.digests import issues as digest_office
from tests.digests import news
from tests.digests.issues import TITLES
from tests.live import Live, live  # noqa: F401
from tests.newsletters import compose
from tests.websites import Says, Website

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)


class Newsroom:
    """An office with news of the week, who writes and who approves, and somebody's browser."""

    def __init__(self, live: Live, browser: Browser, website: Website) -> None:  # noqa: F811
        self.live, self.browser, self.website = live, browser, website
        self.author, self.approver = digest_office.people()
        make.sender()
        paper = news.feed("The Tribune", category="Courts")
        for title in TITLES[:3]:
            digest_office.told(website, paper, title)
        end_reading()

    def sign_in(self, user: User) -> Page:
        """The browser of that person."""
        cookie = {"name": "outreach", "value": cookie_of(self.live.app, user.fs_uniquifier), "url": self.live.url}
        # What the server writes from here on is to be seen here too.
        end_reading()
        return opened(self.browser, 1280, [cookie])

    def look(self, page: Page, name: str) -> None:
        """The open page is sound on a desk and on a phone."""
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert not unsound(page), f"{name} at {width}"
            if folder := os.environ.get("SCREENSHOTS"):
                Path(folder).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=f"{folder}/digest-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def newsroom(live: Live, browser: Browser, website: Website) -> Iterator[Newsroom]:  # noqa: F811
    with live.app.app_context():
        yield Newsroom(live, browser, website)
        end_reading()


def write_rule(page: Page) -> None:
    page.get_by_role("link", name="Make the first digest").click()
    page.get_by_label("Name", exact=True).fill("Monday news")
    page.get_by_label("For readers: what it is about").fill("What happened around the bay.")
    page.get_by_label("Show its issues on a public page").check()
    page.get_by_role("group", name="Lists").get_by_label("Newsletter", exact=True).check()
    page.get_by_label("Who is asked to approve each issue").select_option(label="Ben Ho")
    page.get_by_label("Fewest stories").fill("2")
    page.get_by_label("Heading of section 1").fill("From the courts")
    page.get_by_label("Its categories, with commas").first.fill("courts")


def test_from_the_rule_to_an_issue_that_was_approved_and_corrected(newsroom: Newsroom) -> None:
    website = newsroom.website
    website.pages["/story/2"] = Says(status=404)
    page = newsroom.sign_in(newsroom.author)
    page.goto(f"{newsroom.live.url}/news/digests")
    write_rule(page)
    newsroom.look(page, "rule")
    page.get_by_role("button", name="Make this digest").click()

    held = page.locator("#next")
    expect(held.get_by_role("heading", name="From the courts")).to_be_visible()
    for title in TITLES[:3]:
        expect(held.get_by_role("link", name=title)).to_be_visible()
    page.get_by_role("button", name="Switch it on").click()
    expect(held).to_contain_text("The draft is made Mon ")
    newsroom.look(page, "what-it-would-hold")
    page.get_by_role("button", name="Make a draft now").click()
    expect(page.get_by_text("Its links are being looked at")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="News", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    newsroom.look(page, "being-made")
    issues.work(clock.now())
    # The page asks each second and shows itself anew.
    expect(page.get_by_text("Waits for approval")).to_be_visible()
    flagged = page.get_by_role("listitem").filter(has_text=TITLES[1])
    expect(flagged).to_contain_text("It leads to a page that is not there.")
    newsroom.look(page, "handed-over")
    where = page.url

    approver = newsroom.sign_in(newsroom.approver)
    approver.goto(where)
    approver.get_by_role("link", name="Read and approve").click()
    # One sentence a line, so that none is overlooked.
    expect(approver.get_by_text(f"“{TITLES[1]}” leads to a page that is not there.", exact=True)).to_be_visible()
    preview = approver.frame_locator("iframe.preview")
    for title in TITLES[:3]:
        expect(preview.get_by_role("link", name=title).first).to_be_visible()
    newsroom.look(approver, "review")
    approver.get_by_label("I understand that this will be sent to 1 person").check()
    approver.get_by_role("button", name="Approve and send").click()
    expect(approver.get_by_role("heading", name="Sending to 1 person in")).to_be_visible()
    approver.context.close()
    newsletters.launch_due(compose.a_minute_later())
    issues.work(clock.now() + timedelta(minutes=2))

    page.reload()
    expect(page.locator("h1").locator("..")).to_contain_text("Sent")
    story = page.get_by_role("listitem").filter(has_text=TITLES[0])
    story.get_by_text("Correct it").click()
    story.get_by_label("What was wrong, and what is right").fill("It was eight people.")
    story.get_by_role("button", name="Publish the correction").click()
    expect(page.get_by_text("It was eight people. The next issue says so.")).to_be_visible()
    newsroom.look(page, "corrected")
    page.context.close()

    reader = opened(newsroom.browser, 390, [])
    reader.goto(f"{newsroom.live.url}/digests/monday-news")
    expect(reader.get_by_text("It was eight people.")).to_be_visible()
    newsroom.look(reader, "public")
    assert reader.context.cookies() == []
    reader.context.close()


def test_a_draft_that_nobody_wants_goes_to_the_bin_and_its_stories_come_back(newsroom: Newsroom) -> None:
    made = digest_office.digest(newsroom.author, newsroom.approver)
    issues.work(digest_office.due(made))
    end_reading()
    page = newsroom.sign_in(newsroom.author)
    page.goto(f"{newsroom.live.url}/news/digests/{made.id}")
    expect(page.locator("#next")).to_contain_text("No new story fits.")
    page.locator("#issues a.row-title").first.click()
    page.get_by_text("Throw this draft away", exact=True).first.click()
    newsroom.look(page, "throw-away")
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_text("The draft is in the bin, and its stories are free again.")).to_be_visible()
    page.get_by_role("link", name="Monday news").first.click()
    expect(page.locator("#next").get_by_role("link", name=TITLES[0])).to_be_visible()
    page.context.close()
