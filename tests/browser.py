"""The headless Chromium that the browser tests drive, one for each worker, and how a page is looked at with axe."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect, sync_playwright

from campaigns import chromium

# Without these it speaks to its maker's servers, and as root it refuses to start with its own sandbox.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # Nothing beyond loopback is reached. (To look at each request here would turn the browser's cache off.)
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

# Axe would wait for frames it is not in, and tell of every rule that holds, which takes longer than to look.
LOOK = {"resultTypes": ["violations"], "iframes": False}
RUN = """async options => (await axe.run(document, options)).violations.map(
    one => `${one.id}: ${one.help} at ${one.nodes.slice(0, 3).map(node => node.target).join("; ")}`
)"""
# The dark scheme changes colors and nothing else, so that there only the rules about colors can answer otherwise.
COLORS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}

# A page on a busy machine may take longer than the five seconds that Playwright would wait.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium; skips and says why where there is none."""
    path = chromium.find()
    if path is None:
        pytest.skip("no Chromium on PATH; install it with: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page with its own cookies, at the width of a small laptop."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def unsound(page: Page) -> list[str]:
    """What is wrong for axe with the page that is open, in light and in dark colors, and whether it is too wide."""
    found = []
    page.evaluate(AXE_SCRIPT)
    for scheme, options in (("light", LOOK), ("dark", LOOK | COLORS)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [f"{scheme}: {violation}" for violation in page.evaluate(RUN, options)]
    page.emulate_media(color_scheme="light")
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        found.append(f"is {overflow} pixels too wide")
    return found
