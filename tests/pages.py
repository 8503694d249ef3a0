"""Opening pages in tests: each page opened is checked for what every page must be."""

from collections import Counter
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campaigns.staff.models import User

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NEEDS_LABEL = {"input", "select", "textarea"}


class Page(HTMLParser):
    """What a page holds, as far as its checks need it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.ids: Counter[str] = Counter()
        self.label_for: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.forms: list[dict[str, str | None]] = []
        self.values: dict[str, str] = {}
        self.images_without_alt = 0
        self.inline: list[str] = []
        self.title = ""
        self.h1 = 0
        self.stack: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the checks need."""
        attributes = dict(attrs)
        if tag not in VOID:
            self.stack.append(tag)
        if identity := attributes.get("id"):
            self.ids[identity] += 1
        if tag == "label" and attributes.get("for"):
            self.label_for.add(str(attributes["for"]))
        if tag in NEEDS_LABEL:
            self._note_field(tag, attributes)
        if tag == "form":
            self.forms.append(attributes)
        if tag == "img" and "alt" not in attributes:
            self.images_without_alt += 1
        self.h1 += tag == "h1"
        self.inline += [name for name in attributes if name == "style" or name.startswith("on")]

    def _note_field(self, tag: str, attributes: dict[str, str | None]) -> None:
        name = attributes.get("name")
        if tag == "input" and name and attributes.get("type") not in ("checkbox", "radio", "submit", "file"):
            self.values[name] = attributes.get("value") or ""
        hidden = attributes.get("type") in ("hidden", "submit", "button", "image")
        if not hidden:
            self.fields.append(attributes | {"_in_label": "yes" if "label" in self.stack else None})

    def handle_endtag(self, tag: str) -> None:
        """Close the element."""
        if tag in self.stack:
            while self.stack and self.stack.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Collect words."""
        if "title" in self.stack and "svg" not in self.stack:
            self.title += data
        if not {"script", "style", "title"} & set(self.stack):
            self.words.append(data)

    @property
    def text(self) -> str:
        """All words of the page, white space folded."""
        return " ".join(" ".join(self.words).split())

    def unlabeled(self) -> list[str]:
        """Fields that no label names."""
        return [
            str(field.get("name") or field.get("id"))
            for field in self.fields
            if not (field["_in_label"] or field.get("id") in self.label_for)
            and not (field.get("aria-label") or field.get("aria-labelledby"))
        ]


def check(response: TestResponse, is_public: bool) -> Page:
    """Check one HTML answer for what every page must be; gives the parsed page."""
    page = Page(response.get_data(as_text=True))
    where = response.request.path
    assert page.title.strip(), f"{where} has no title"
    assert page.h1 == 1, f"{where} has {page.h1} h1 elements"
    repeated = [identity for identity, count in page.ids.items() if count > 1]
    assert not repeated, f"{where} has duplicate ids: {repeated}"
    assert not page.unlabeled(), f"{where} has fields without a label: {page.unlabeled()}"
    assert not page.images_without_alt, f"{where} has an image without alt"
    assert not page.inline, f"{where} has inline style or script: {page.inline}"
    assert "Undefined" not in page.text, f"{where} shows an undefined value"
    assert "Content-Security-Policy" in response.headers
    for form in page.forms:
        if (form.get("method") or "get").lower() == "post":
            wanted = "form_token" if is_public else "csrf_token"
            assert wanted in page.values, f"{where} has a form without {wanted}"
    if is_public:
        assert "Set-Cookie" not in response.headers, f"{where} sets a cookie"
        assert "911" in page.text, f"{where} lacks the safety numbers"
    return page


def visit(client: FlaskClient, path: str, status: int = 200, is_public: bool = False) -> Page:
    """Open a page by GET and check it."""
    response = client.get(path)
    assert response.status_code == status, f"{path} answered {response.status_code}"
    return check(response, is_public)


def submit(client: FlaskClient, page: Page, path: str, **fields: object) -> TestResponse:
    """Post to a path with the token of a page that was opened before; the answer is not followed."""
    token = {name: page.values[name] for name in ("csrf_token", "form_token") if name in page.values}
    return client.post(path, data={**token, **fields})


def sign_in(client: FlaskClient, user: User) -> None:
    """Make this client a signed-in one without the sign-in page."""
    with client.session_transaction() as session:
        session["_user_id"] = user.fs_uniquifier
        session["_fresh"] = True
        session["_id"] = None
