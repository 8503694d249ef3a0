"""The three letters that carry a link: neutral in sender, subject and first words, with nothing from the form."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask_babel import gettext, ngettext
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

import config
from campaigns.audience.models import RequestKind

FOLDER = {
    RequestKind.JOIN: "confirm",
    RequestKind.CHANGE_ADDRESS: "confirm_address",
    RequestKind.MY_DATA: "my_data",
}
PATH = {RequestKind.JOIN: "c", RequestKind.CHANGE_ADDRESS: "c", RequestKind.MY_DATA: "p"}


@dataclass(frozen=True)
class Letter:
    """One letter, ready for the outbox."""

    subject: str
    text: str
    html: str


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(config.ROOT / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.globals.update(_=gettext, gettext=gettext, ngettext=ngettext)
    return environment


def write(kind: RequestKind, token: str, site_url: str) -> Letter:
    """The letter whose link carries this token."""
    link = f"{site_url}/{PATH[kind]}/{token}"
    words: dict[str, Any] = {"link": link, "not_me_link": f"{link}/not-me", "site_url": site_url}
    subject, text, html = (
        _templates().get_template(f"email/{FOLDER[kind]}/{name}").render(words)
        for name in ("subject.txt", "text.txt", "page.html")
    )
    return Letter(subject=" ".join(subject.split()), text=text.strip() + "\n", html=html)
