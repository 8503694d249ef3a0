"""A newcomer's first quarter of an hour: the program is started, and its screen and pages lead to a newsletter sent."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from campaigns.delivery.sandbox.store import Store
from tests.newsletters.test_views_editor import typed
from tests.pages import Page
from tests.sending.crowd import wait_until
from tests.test_run import Program, started

pytestmark = pytest.mark.processes

SUBJECT = "Ten signs to know"
PASSWORD = "a sentence that nobody guesses 7"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """The program in a folder that did not exist before."""
    with started(tmp_path / "data") as one:
        yield one


class Newcomer:
    """Somebody with a browser, who does what the pages offer."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.browser = requests.Session()
        self.browser.trust_env = False

    def opens(self, path: str) -> Page:
        """A page, which is there."""
        answer = self.browser.get(self.address + path, timeout=60)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return Page(answer.text)

    def sends(self, path: str, page: Page, **fields: object) -> str:
        """A form of that page; gives where it leads."""
        token = {"csrf_token": page.values["csrf_token"]}
        answer = self.browser.post(self.address + path, data={**token, **fields}, timeout=60, allow_redirects=False)
        assert answer.status_code in (302, 303), f"{path}: {answer.status_code} {Page(answer.text).text}"
        return answer.headers["Location"].removeprefix(self.address)

    def writes(self) -> str:
        """A newsletter from its name to its approval; gives the address of its pages."""
        edit = self.sends("/newsletters/new", self.opens("/newsletters/new"), title="First news")
        self.edits(edit, do="add:text")
        offered = re.sub(r"<template.*?</template>", "", self.opens(edit.partition("#")[0]).html, flags=re.DOTALL)
        first_list = re.search(r'name="lists"[^>]*value="(\d+)"', offered)
        block = re.search(r'name="([^"]+)-text"', offered)
        assert first_list is not None, "there is a list to send to"
        assert block is not None, "there is a text to write"
        written = {f"{block[1]}-text": "Dear {{ first_name | friend }}, look at this."}
        self.edits(edit, do="save", subject=SUBJECT, lists=first_list[1], **written)
        letter = edit.partition("/edit")[0]
        self.sends(f"{letter}/check", self.opens(f"{letter}/check"))
        review = self.opens(f"{letter}/review")
        assert SUBJECT in review.text
        self.sends(f"{letter}/approve", review, seen_hash=review.values["seen_hash"], is_understood="y")
        return letter

    def edits(self, edit: str, **changed: str) -> None:
        """The fields of the editor, some of them changed."""
        edit = edit.partition("#")[0]
        page = self.opens(edit)
        fields = typed(page)
        for name, value in changed.items():
            fields[name] = value
        self.sends(edit, page, **fields.to_dict(flat=False))


def test_what_the_screen_says_leads_to_a_first_newsletter(program: Program) -> None:
    link = re.search(r"Sign in +(http://[^/]+)(/\S+)", program.printed)
    assert link is not None
    ana = Newcomer(link[1])
    welcome = ana.opens(link[2])
    account = {"name": "Ana Ruiz", "email": "ana@example.org", "password": PASSWORD, "password_again": PASSWORD}
    assert ana.sends(link[2], welcome, **account)
    ana.opens("/desk")
    letter = ana.writes()
    assert "Stop" in ana.opens(f"{letter}/launch").text
    let_the_minute_pass(program.folder)
    store = Store(program.folder / "sandbox")
    wait_until(lambda: store.count(SUBJECT) > 0, "the first copy in the sandbox")
    wait_until(lambda: state(program.folder) == "sent", "the end of the newsletter")
    _entry, raw = next((entry, raw) for entry, raw in store.iter_raw() if entry.subject == SUBJECT)
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw
    assert "Sent" in ana.opens(letter).text
    assert SUBJECT in ana.opens("/settings/sandbox").text


def let_the_minute_pass(folder: Path) -> None:
    """The minute in which anybody may press Stop is over."""
    with closing(sqlite3.connect(folder / "outreach.sqlite", timeout=30)) as database, database:
        database.execute("UPDATE newsletter SET launch_at = datetime(launch_at, '-61 seconds') || '.000000'")


def state(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "outreach.sqlite", timeout=30)) as database:
        return str(database.execute("SELECT state FROM newsletter ORDER BY id DESC").fetchone()[0])
