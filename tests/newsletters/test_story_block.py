"""A story from elsewhere stands in a newsletter as it was taken; what a source wrote is never markup, link or field."""

import pytest
from flask import Flask

from campaigns import clock
from campaigns.newsletters import actions, blocks, forms, preparing, queries, rules
from campaigns.newsletters.blocks import Story
from campaigns.newsletters.diff import said
from campaigns.newsletters.render import render_article
from tests import make
from tests.newsletters import compose
from tests.newsletters.test_render import EVERYTHING, FRAME, NASTY, Outline, rendered, text_of

HOSTILE = {
    "id": "s",
    "kind": "story",
    "title": NASTY,
    "text": f"{NASTY} {{{{ first_name | friend }}}} [click](javascript:alert(1)) **bold**\n<img src=x>",
    "is_quoted": True,
    "url": "javascript:alert(1)",
    "source": NASTY,
    "story": 7,
    "source_hash": "ab12",
}
FINE = HOSTILE | {
    "title": "Nine freed",
    "text": "Nine people.",
    "url": "https://paper.example/a?b=1&c=2",
    "source": "P",
}


def test_what_a_source_wrote_stays_words_everywhere() -> None:
    mail = rendered(HOSTILE)
    page = Outline(mail.html)
    archive = render_article(text_of(HOSTILE), FRAME)
    assert page.all("script") == []
    assert not [attributes for _, attributes in page.tags if "onload" in attributes]
    assert "<script" not in archive
    assert "<img" not in archive
    for shown in (mail.html, archive, mail.text):
        assert "first_name | friend" in shown, "a field in somebody else's words is no field"
    assert not [link for link in [*page.all("a"), *Outline(archive).all("a")] if "javascript" in (link["href"] or "")]


def test_a_story_is_linked_credited_and_quoted_in_mail_text_and_archive() -> None:
    mail, archive = rendered(FINE), render_article(text_of(FINE), FRAME)
    for html in (mail.html, archive):
        assert "https://paper.example/a?b=1&amp;c=2" in html
        assert "“Nine people.”" in html
    assert "Nine freed\n----------\n> “Nine people.”\nP\nhttps://paper.example/a?b=1&c=2" in mail.text
    own = rendered(FINE | {"is_quoted": False})
    assert "“" not in own.text
    picture = rendered(FINE | {"image": "tok", "alt": "A door"})
    shown = Outline(picture.html).all("img")[0]
    assert (shown["alt"], shown["src"]) == ("A door", "https://news.example.org/i/tok.jpg")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "has no headline"),
        ({"source": ""}, "names no source"),
        ({"url": ""}, "leads nowhere"),
        ({"url": "mailto:ann@example.org"}, "cannot be used"),
        ({"image": "tok", "alt": ""}, "has no description"),
    ],
)
def test_a_story_without_its_source_is_not_sent(change: dict, words: str) -> None:
    found = rules.problems_of(text_of(*EVERYTHING[:1], FINE | change), {})
    assert [problem for problem in found if words in problem.title and problem.is_must and problem.block_id == "s"]
    assert not [problem for problem in rules.problems_of(text_of(FINE), {}) if problem.block_id == "s"]


def test_the_editor_keeps_what_it_was_taken_from_and_offers_no_empty_one(ctx: Flask) -> None:
    make.subscriber()
    author, _ = compose.people()
    made = compose.draft(author, editions={"en": {"subject": "S", "preheader": "P", "blocks": [FINE]}})
    stored = queries.get_document(made).to_json()
    block = stored["editions"]["en"]["blocks"][0]
    posted = {f"s-{name}": str(value) for name, value in block.items() if name not in ("id", "is_quoted")}
    typed = forms.MultiDict({**posted, "block": "s", "s-is_quoted": "yes", "s-title": "Nine people freed"})
    (read,) = forms.posted_blocks(typed)
    assert blocks.read_blocks([read])[0].model_dump() == block | {"title": "Nine people freed"}
    assert "story" not in blocks.ADDABLE
    changed = {**stored, "editions": {"en": {**stored["editions"]["en"], "blocks": [read]}}}
    actions.save(made, 1, changed, author.id, clock.now())
    assert queries.search_newsletters("freed").items
    assert preparing.prepare(made, clock.now()).is_ready


def test_every_part_a_reader_sees_is_compared() -> None:
    assert said(Story(**FINE)) == "Nine freed\n“Nine people.”\nP\nhttps://paper.example/a?b=1&c=2"
