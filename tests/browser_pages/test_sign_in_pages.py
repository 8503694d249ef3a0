"""The pages before anybody is signed in, in a real browser: nothing for axe, and a person gets in by keyboard."""

import pytest
from playwright.sync_api import Browser, expect

from campaigns import clock
from campaigns.db import db
from campaigns.delivery import outbox
from campaigns.staff import security
from campaigns.staff.actions import links
from campaigns.staff.models import RoleName
from tests import make
from tests.browser import unsound
from tests.browser_pages.test_every_page import WIDTHS, opened, problems
from tests.live import Live, live  # noqa: F401
from tests.staff.people import PASSWORD, link_in, mails

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_sign_in_are_sound(browser: Browser, live: Live, width: str) -> None:  # noqa: F811
    with live.app.app_context():
        first = links.first_link(clock.now())
    page = opened(browser, WIDTHS[width], [])
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    wrong = {
        path: found
        for path in ("/sign-in", "/reset", f"/welcome/{first}")
        if (found := problems(page, live.url + path, faults, f"{path.strip('/')[:8]}-{width}"))
    }
    with live.app.app_context():
        chief = make.user(RoleName.ADMINISTRATOR)
        links.invite("chi@example.org", "Chi", ["viewer"], chief.id, outbox.add, clock.now())
        sign_in = links.sign_in_link("", clock.now())
    for path in (f"/welcome/{sign_in}", link_in(mails(live.app)[0].text)):
        if found := problems(page, live.url + path, faults, f"link-{width}"):
            wrong[path] = found
    page.goto(live.url + "/sign-in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    assert not unsound(page)
    page.context.close()
    assert not wrong


def test_a_person_signs_in_by_keyboard(browser: Browser, live: Live) -> None:  # noqa: F811
    with live.app.app_context():
        somebody = make.user(RoleName.WRITER, email="ana@example.org", name="Ana Ruiz")
        somebody.password = security.password_hash(PASSWORD)
        db.session.commit()
    page = opened(browser, 1280, [])
    page.goto(live.url + "/account")
    # The page is there before the browser has moved the focus, and what is typed in between goes nowhere.
    expect(page.get_by_label("Email address")).to_be_focused()
    page.keyboard.type("ana@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    page.context.close()
