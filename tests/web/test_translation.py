"""What people outside the staff read can be translated: in a language that brackets each sentence, none stands bare."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import Domain

from campaigns import clock, tokens
from campaigns.app import PUBLIC
from campaigns.audience import letters, links, queries
from campaigns.audience.actions import joining, preferences
from campaigns.audience.models import RequestKind
from campaigns.delivery.addresses import parse
from campaigns.newsletters import preparing
from campaigns.staff import letters as staff_letters
from campaigns.staff.models import Organization
from campaigns.staff.queries import get_organization
from tests import make
from tests.audience.letters import token_in, waiting
from tests.newsletters import compose

OPEN, CLOSE = "⟦", "⟧"
READ_ALOUD = {"aria-label", "alt", "title", "placeholder"}
SILENT = {"script", "style", "time"}
# Files and answers for machines.
NOT_PAGES = {"/leave", "/healthz", "/robots.txt", "/favicon.ico", "/listen/now.json"}
# What a reader or a writer typed in these tests, and names of languages, which stand in their own words.
KNOWN = {"ann@example.org", "Yes", "English", "friend", "Signs", "Dear", "Read", "the guide"}
OF_THE_OFFICE = [column.name for column in Organization.__table__.columns if column.type.python_type is str]


class Bracketing:
    """A language whose every sentence is the English one in brackets."""

    def ugettext(self, text: str) -> str:
        """One sentence."""
        return f"{OPEN}{text}{CLOSE}"

    def ungettext(self, one: str, many: str, count: int) -> str:
        """One sentence with a number."""
        return self.ugettext(one if count == 1 else many)


class Heard(HTMLParser):
    """The words of a page that somebody sees or hears."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Words in attributes."""
        if tag in SILENT:
            self.inside.append(tag)
        self.said += [value for name, value in attrs if value and (name in READ_ALOUD or name.startswith("data-exit-"))]

    def handle_endtag(self, tag: str) -> None:
        """The end of what is not read."""
        if tag in SILENT and self.inside:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        """Words between tags."""
        if not self.inside:
            self.said.append(data)


@pytest.fixture
def bracketing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody reads the language of brackets."""
    monkeypatch.setattr(Domain, "get_translations", lambda _self: Bracketing())


def bare(text: str, known: set[str]) -> str:
    """What stands outside all brackets and was not typed by the office or the reader."""
    text = " ".join(text.split())
    for words in sorted(known, key=len, reverse=True):
        text = text.replace(words, " ")
    text = re.sub(r"https?://\S+", " ", text)
    before = ""
    while text != before:
        before, text = text, re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", text)
    return " ".join(re.findall(r"[^\W\d_]{2,}", text))


def typed_by_people() -> set[str]:
    """What the office and the readers wrote themselves: names, numbers, addresses, texts."""
    office = get_organization()
    lists = [words for each in queries.lists(with_archived=True) for words in (each.name, each.description)]
    typed = [str(getattr(office, name)) for name in OF_THE_OFFICE]
    return {words for words in [*typed, *lists, *KNOWN] if words}


def left_bare(said: dict[str, str], known: set[str]) -> dict[str, str]:
    """By page or mail, the words that nobody could translate."""
    heard = {name: " ".join(Heard(words).said) if "<" in words else words for name, words in said.items()}
    return {name: rest for name, words in heard.items() if (rest := bare(words, known))}


def test_every_public_page_can_be_translated(app: Flask, client: FlaskClient, bracketing: None) -> None:
    with app.app_context():
        person = make.subscriber("ann@example.org")
        newsletter = compose.launched(*compose.people())
        copy = links.leave_token(1, person.id, [make.first_list().id])
        preferences.ask_for_link(parse("ann@example.org"), "home", clock.now())
        mine = token_in(waiting()[-1])
        joining.ask_to_join(
            address=parse("new@example.org"),
            list_ids=[make.first_list().id],
            wording="Yes",
            network="home",
            now=clock.now(),
        )
        request = token_in(waiting()[-1])
        slug, known = newsletter.slug, typed_by_people()
    paths = [f"/u/{copy}", f"/u/{links.test_token()}", f"/p/{mine}", f"/p/{mine}/erase", f"/c/{request}"]
    paths += [f"/c/{request}/not-me", f"/read/{slug}", "/join/newsletter", "/c/unknown", "/u/paused/30"]
    paths += [path for path in public_paths(app) if path not in NOT_PAGES]
    said = {path: client.get(path).text for path in paths}
    for path, form in (("/join", "join"), ("/p", "ask"), (f"/p/{mine}", "preferences")):
        token = tokens.form_token(form, clock.now() - timedelta(seconds=10))
        said[f"{path} refused"] = client.post(
            path, data={"address": "x", "paused_until": "2020-01-01", "form_token": token}
        ).text
    assert not left_bare(said, known)


def public_paths(app: Flask) -> list[str]:
    """Every public page without an argument."""
    public = {blueprint.name for blueprint, _ in PUBLIC}
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.partition(".")[0] in public]
    return [rule.rule for rule in rules if "GET" in (rule.methods or set()) and not rule.arguments]


def test_every_letter_can_be_translated(ctx: Flask, bracketing: None) -> None:
    said: dict[str, str] = {}
    for kind in RequestKind:
        letter = letters.write(kind, "token", "https://news.example.org")
        said |= {f"{kind} subject": letter.subject, f"{kind} text": letter.text, f"{kind} page": letter.html}
    invited = staff_letters.invitation("H.E.A.T. Watch", "Ana Ruiz", "https://news.example.org/welcome/token")
    checked = staff_letters.address_check("Ana Ruiz", "https://news.example.org/welcome/token")
    said |= {"invitation": invited.subject + invited.text, "check": checked.subject + checked.text}
    assert not left_bare(said, typed_by_people())


def test_what_surrounds_a_newsletter_can_be_translated(ctx: Flask, bracketing: None) -> None:
    author, _ = compose.people()
    rendered = preparing.preview(compose.draft(author))
    said = {"page": rendered.html, "text": rendered.text}
    assert not left_bare(said, typed_by_people())
