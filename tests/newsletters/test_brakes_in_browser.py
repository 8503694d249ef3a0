"""The brakes in a real browser: the question about the sending hours, the first part and its button, the settings."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from campaigns import clock
from campaigns.db import action, db, end_reading
from campaigns.delivery import routes, sender
from campaigns.delivery.actions import relays, sending_rules, stages
from campaigns.delivery.bounces.actions import services
from campaigns.delivery.models import Relay
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.newsletters import queries
from campaigns.newsletters.source import NewsletterSource
from campaigns.staff.models import RoleName, User
from tests import make
from tests.browser import unsound
from tests.browser_pages.test_every_page import cookie_of, opened
from tests.delivery import real
from tests.delivery.mailing import arrived
from tests.live import Live, live  # noqa: F401
from tests.newsletters import compose

pytestmark = pytest.mark.browser

READERS, FIRST = 30, 10
WIDTHS = (1280, 390)


class Office:
    """A live office with its readers and a mail server, and somebody's browser."""

    def __init__(self, live: Live, browser: Browser, server: SandboxServer) -> None:  # noqa: F811
        self.live, self.browser, self.server = live, browser, server
        self.author, self.approver = compose.people()
        self.chief = make.user(RoleName.ADMINISTRATOR, name="Carla Diaz")

    def sign_in(self, user: User) -> Page:
        """The browser of that person."""
        cookie = {"name": "outreach", "value": cookie_of(self.live.app, user.fs_uniquifier), "url": self.live.url}
        return opened(self.browser, 1280, [cookie])

    def look(self, page: Page, name: str) -> None:
        """The open page is sound on a desk and on a phone."""
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert not unsound(page), f"{name} at {width}"
            if folder := os.environ.get("SCREENSHOTS"):
                Path(folder).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=f"{folder}/brakes-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})

    def send(self) -> None:
        """What the sender does until nothing is due."""
        for _ in range(2):
            while sender.work({"newsletter": NewsletterSource()}, lambda: False, threading.Event(), "test"):
                pass
            stages.look_at_all(clock.now())


@pytest.fixture
def office(
    live: Live,  # noqa: F811
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Office]:
    monkeypatch.setattr(routes, "_rotation", routes.Rotation())
    with live.app.app_context(), real.server(tmp_path / "mail", name="County relay") as (server, _):
        compose.go_live()
        sending_rules.set_stage(True, 1, FIRST, 30, 2, 0, 1, clock.now())
        for number in range(READERS):
            make.subscriber(f"r{number}@example.net")
        yield Office(live, browser, server)


def close_the_hours() -> None:
    """The sending hours are those of one day, which is neither today nor tomorrow."""
    day = (clock.now().weekday() + 3) % 7
    sending_rules.set_hours(True, 540, 1_020, [day], 1, 1, clock.now())


def open_review(office: Office, newsletter_id: int) -> Page:
    page = office.sign_in(office.approver)
    page.goto(f"{office.live.url}/newsletters/{newsletter_id}/review")
    return page


def test_outside_the_sending_hours_it_leaves_when_they_begin_unless_an_approver_says_why(office: Office) -> None:
    close_the_hours()
    made = compose.draft(office.author)
    page = office.sign_in(office.author)
    page.goto(f"{office.live.url}/newsletters/{made}/check")
    expect(page.get_by_text("Approved now, it would wait until")).to_contain_text("9:00 am PT")
    office.look(page, "check")
    page.get_by_role("button", name="Send for approval").click()
    page.context.close()

    page = open_review(office, made)
    question = page.get_by_role("group", name="It would leave outside the sending hours")
    expect(question.get_by_label("When they begin:")).to_be_checked()
    office.look(page, "review")
    page.get_by_label("I understand that this will be sent to 30 people").check()
    question.get_by_label("At its time all the same, because:").check()
    page.get_by_role("button", name="Approve and send").click()
    page.get_by_role("link", name="Say why it leaves outside the sending hours.").click()
    expect(page.get_by_label("Why it leaves outside the sending hours")).to_be_focused()
    expect(page.get_by_label("At its time all the same, because:")).to_be_checked()
    office.look(page, "review-without-reason")

    page.get_by_label("When they begin:").check()
    page.get_by_role("button", name="Approve and send").click()
    expect(page.get_by_role("heading", name="Leaves on")).to_contain_text("9:00 am PT")
    expect(page.get_by_text("goes to 30 people on Newsletter, on ")).to_contain_text("9:00 am PT")
    office.look(page, "waits-for-the-hours")
    page.get_by_role("button", name="Stop it").click()
    page.get_by_label("At its time all the same, because:").check()
    page.get_by_label("Why it leaves outside the sending hours").fill("A child is missing.")
    office.look(page, "send-outside")
    page.get_by_role("button", name="Send to 30 people").click()
    expect(page.get_by_role("heading", name="Sending to 30 people in")).to_be_visible()
    page.context.close()
    end_reading()
    assert queries.get_newsletter(made).outside_reason == "A child is missing."


def test_after_a_first_part_somebody_lets_the_rest_follow(office: Office) -> None:
    newsletter = compose.launched(office.author, office.approver)
    office.send()
    assert arrived(office.server).total() == FIRST
    page = office.sign_in(office.approver)
    page.goto(f"{office.live.url}/newsletters/{newsletter.id}/status")
    expect(page.get_by_text("10 copies handed over, 0 refused, 0 reports as spam.")).to_be_visible()
    office.look(page, "first-part")
    page.get_by_role("button", name="Send the rest now").click()
    expect(page.get_by_text("The rest follows.", exact=True)).to_be_visible()
    expect(page.get_by_text("Somebody let the rest follow.")).to_be_visible()
    office.send()
    # The page looks by itself, and shows itself anew when all have it.
    expect(page.get_by_text("30 of 30")).to_be_visible()
    office.look(page, "first-part-followed")
    page.context.close()
    assert arrived(office.server).total() == READERS


@action
def be_in_trouble(relay_id: int) -> None:
    relay = db.session.get_one(Relay, relay_id)
    relay.failures, relay.trouble, relay.trouble_at = 4, "421 4.7.0 Too many connections from your host", clock.now()
    relay.resting_until = clock.now().replace(year=clock.now().year + 1)


def test_the_settings_of_brakes_and_of_mail_that_comes_back_are_sound_when_full(office: Office) -> None:
    now = clock.now()
    limited = real.add(2525, name="A relay with a long name, for the second half of the alphabet", hour_limit=1_000)
    be_in_trouble(limited)
    relays.hold(real.add(2526, name="On hold", day_limit=50_000, weight=3), office.chief.id, now)
    close_the_hours()
    sending_rules.limit_domain("mail.a-county-with-a-long-name.example.org", 100, 1_000, office.chief.id, now)
    sending_rules.limit_domain("example.net", None, 5, office.chief.id, now)
    service = services.add("generic", "", office.chief.id, now)
    page = office.sign_in(office.chief)
    for path, name in (
        ("/settings/relay", "relays"),
        (f"/settings/relay/{limited}", "relay"),
        ("/settings/sending", "sending"),
        ("/settings/trying-again", "trying-again"),
        ("/settings/bounces", "bounces"),
        (f"/settings/bounces/services/{service}", "service"),
    ):
        page.goto(office.live.url + path)
        office.look(page, name)
    page.context.close()
