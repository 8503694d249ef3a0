"""HTML, plain text and archive page come from the same blocks, and nothing that is typed becomes markup."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from campaigns.delivery.mime import slot
from campaigns.newsletters import merge, prose
from campaigns.newsletters.documents import Text
from campaigns.newsletters.frame import Frame, Imprint, Picture
from campaigns.newsletters.render import Rendered, render, render_article

IMPRINT = Imprint(
    name="H.E.A.T. Watch",
    program_line="A program of the office",
    postal_address="1225 Fallon Street\nOakland, CA 94612",
    disclaimer="The contents are our own responsibility.",
    emergency="911",
    tip_line="1-510-208-4959",
    hotline_name="National Human Trafficking Hotline",
    hotline="1-888-373-7888",
    hotline_text="233733",
)
FRAME = Frame(
    imprint=IMPRINT,
    language="en",
    base="https://news.example.org",
    image_base="https://news.example.org",
    leave_url=slot("leave_url"),
    read_url="https://news.example.org/read/december",
    list_names=slot("list_names"),
    pictures={"tok": Picture("/i/tok.jpg", 900, 300, "d1")},
)
LEAVE = {"leave_url": "https://news.example.org/u/abc", "list_names": "Newsletter"}
NASTY = "<script>alert(1)</script>\" onload='x' place-0- &amp; <!-- ]]> ==> \u00e9\u4e2d"
EVERYTHING = [
    {"id": "a", "kind": "heading", "level": 2, "text": NASTY},
    {"id": "b", "kind": "text", "text": NASTY},
    {"id": "c", "kind": "button", "label": NASTY[:70], "url": "https://example.org/?a=1&b=<2>"},
    {"id": "d", "kind": "image", "image": "tok", "alt": NASTY, "caption": NASTY, "link": "https://example.org/a&b"},
    {"id": "e", "kind": "quote", "text": NASTY, "cite": NASTY},
    {"id": "f", "kind": "safety", "title": NASTY},
    {"id": "g", "kind": "divider"},
]


def text_of(*blocks: dict, subject: str = "Signs", preheader: str = "What they saw") -> Text:
    return Text.model_validate({"subject": subject, "preheader": preheader, "blocks": list(blocks)})


def rendered(*blocks: dict, frame: Frame = FRAME, **lines: str) -> Rendered:
    return render(text_of(*blocks, **lines), frame).fill(LEAVE)


class Outline(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def test_nothing_typed_becomes_markup() -> None:
    page = Outline(rendered(*EVERYTHING, subject=NASTY, preheader=NASTY).html)
    assert page.all("script") == []
    assert not [attributes for _, attributes in page.tags if "onload" in attributes]


def test_words_arrive_as_they_were_typed() -> None:
    html = rendered(*EVERYTHING).html
    assert html.count("place-0- &amp;amp;") >= 5
    assert page_image(html)["alt"] == NASTY


def page_image(html: str) -> dict[str, str | None]:
    return Outline(html).all("img")[0]


def test_the_page_has_one_first_heading_language_and_direction() -> None:
    page = Outline(rendered(*EVERYTHING).html)
    assert len(page.all("h1")) == 1
    assert page.all("html")[0]["lang"] == "en"
    assert all(table.get("role") == "presentation" for table in page.all("table"))
    assert {"lang": "en", "dir": "ltr"}.items() <= next(
        d for d in page.all("div") if d.get("role") == "article"
    ).items()


def test_right_to_left_languages_read_from_the_right() -> None:
    frame = replace(FRAME, language="ar")
    assert Outline(rendered(frame=frame).html).all("html")[0]["dir"] == "rtl"


@pytest.mark.parametrize("part", ["html", "text"])
def test_every_newsletter_holds_what_the_law_and_care_ask_for(part: str) -> None:
    whole = getattr(rendered(), part)
    for wanted in ("1-510-208-4959", "1-888-373-7888", "911", "233733", "1225 Fallon Street", "our own responsibility"):
        assert wanted in whole
    assert whole.count("https://news.example.org/u/abc") == 2
    assert whole.index("https://news.example.org/u/abc") < whole.index("1225 Fallon Street")
    assert "our list: Newsletter" in whole


def test_addresses_that_are_no_addresses_lead_nowhere() -> None:
    bad = [
        {"id": "a", "kind": "button", "label": "Go", "url": "javascript:alert(1)"},
        {"id": "b", "kind": "text", "text": "[x](javascript:alert(1)) [y](data:text/html,x)"},
        {"id": "c", "kind": "image", "image": "tok", "link": "vbscript:x"},
    ]
    for page in (rendered(*bad).html, render_article(text_of(*bad), FRAME)):
        links = [str(link.get("href")) for link in Outline(page).all("a")]
        assert not [link for link in links if re.match("(javascript|data|vbscript):", link)]


def test_foreign_pictures_never_get_in() -> None:
    assert "tracker" not in str(
        Outline(rendered({"id": "a", "kind": "text", "text": "![x](https://tracker/p.gif)"}).html).tags
    )


def test_headings_in_a_text_stay_below_the_masthead() -> None:
    page = Outline(rendered({"id": "a", "kind": "text", "text": "# One\n\n##### Five"}).html)
    assert (len(page.all("h1")), len(page.all("h2")), len(page.all("h3"))) == (1, 1, 1)


def test_plain_text_keeps_addresses_whole_and_lines_short() -> None:
    address = "https://example.org/" + "a" * 90
    words = "word " * 40
    text = rendered({"id": "a", "kind": "text", "text": f"{words}[here]({address})\n\n- {words}\n- two"}).text
    assert address in text.split("\n")
    assert all(len(line) <= 72 for line in text.split("\n") if "https://" not in line)


@pytest.mark.parametrize(
    ("markdown", "wanted"),
    [
        ("one\n\ntwo", "one\n\ntwo"),
        ("# Title", "Title\n====="),
        ("- a\n- b\n\n1. c\n2. d", "- a\n- b\n\n1. c\n2. d"),
        ("- a\n  - b", "- a\n  - b"),
        ("> said", "> said"),
        ("[a](https://a.org) [b](https://b.org)", "a b\nhttps://a.org\nhttps://b.org"),
        ("[call](tel:15102084959)", "call\n15102084959"),
        ("*a* **b** `c`", "a b c"),
        ("Hello {{ first_name | friend }}", "Hello friend"),
    ],
)
def test_markdown_reads_well_as_plain_text(markdown: str, wanted: str) -> None:
    text = prose.plain(prose.html(markdown))
    assert merge.filled(text, merge.values_of(merge.slots_of(text), {})) == wanted


def test_the_archive_names_nobody_and_carries_no_style() -> None:
    text = text_of({"id": "a", "kind": "text", "text": "Dear {{ first_name | friend }}"}, *EVERYTHING[1:])
    article = render_article(text, FRAME)
    assert "Dear friend" in article
    assert "style=" not in article
    assert "\x02" not in article
    assert Outline(article).all("img")[0]["src"] == "/i/tok.jpg"


def test_a_picture_that_is_gone_is_left_out() -> None:
    assert Outline(rendered({"id": "a", "kind": "image", "image": "other", "alt": "x"}).html).all("img") == []


def test_a_decoration_has_an_empty_description() -> None:
    block = {"id": "a", "kind": "image", "image": "tok", "alt": "x", "is_decorative": True}
    assert page_image(rendered(block).html)["alt"] == ""


def test_a_test_says_so_where_one_leaves() -> None:
    frame = replace(FRAME, is_test=True)
    for part in ("html", "text"):
        assert "a test: nothing happens" in getattr(rendered(frame=frame), part)


def test_the_size_is_that_of_the_encoded_mail() -> None:
    small, large = rendered().encoded_size, rendered({"id": "a", "kind": "text", "text": "é" * 5_000}).encoded_size
    assert large - small > 25_000
