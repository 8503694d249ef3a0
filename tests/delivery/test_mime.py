"""Messages on the wire: raw bytes, what the standard parser makes of them, and what must never get in."""

import email
import email.policy
import json
import re
from datetime import UTC, datetime
from email.header import decode_header
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.delivery import headers, mime, quoted
from campaigns.delivery.mime import Form, HeaderInjection, compile_form, slot

NOON = datetime(2026, 12, 3, 12, 0, 5, tzinfo=UTC)
DOMAIN = "news.example.org"
LINK = "https://news.example.org/u/" + "a1B2" * 30 + "?list=3&x=%20"
NASTY_NAMES = [
    "",
    "Ann",
    "李雷",
    "O'Neil & <b>Co</b>",
    "=?utf-8?q?x?=",
    "a =?utf-8?q?x?= b",
    ".dot",
    "From here",
    "A" * 70,
    "A" * 200,
    'Say "hello", friend',
    "Nguyễn Thị " + "Ánh " * 30,
    "100% = ok",
    "back\\slash",
    "  two  spaces  ",
    "comma, here; and: there (x) [y] @z",
    "👩‍👩‍👧‍👦" * 12,
    "é" * 120,
    "ខ្មែរ فارسی",
]
CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029", "\ud800"]

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=300)


def form(**changes: object) -> Form:
    values = {
        "subject": "The news of December",
        "html": f'<p>Dear {slot("name")},</p>\n.<a href="{slot("link")}">leave</a> 100% = ok. Ünï\n' + "x" * 200,
        "text": f"Dear {slot('name')},\n.dot\nFrom here \n{slot('link')}\n" + "Grüße aus dem Süden " * 20,
        "from_name": "H.E.A.T. Watch",
        "from_address": "news@news.example.org",
        "reply_to": "office@example.org",
        "list_id": "H.E.A.T. Watch Newsletter <newsletter.example.org>",
        "unsubscribe_slot": "link",
        "is_bulk": True,
    }
    return Form(**(values | changes))  # type: ignore[arg-type]


def message(name: str = "Ann", link: str = LINK, **changes: object) -> bytes:
    to = str(changes.pop("to_address", "ann@example.com"))
    skeleton = compile_form(form(**changes), DOMAIN)
    return skeleton.message(to, name, {"name": name, "link": link}, f"abc@{DOMAIN}", NOON)


def parse(raw: bytes) -> EmailMessage:
    parsed = cast(EmailMessage, email.message_from_bytes(raw, policy=email.policy.default))
    assert not parsed.defects
    for part in parsed.walk():
        assert not part.defects
        for value in part.values():
            assert not value.defects, (str(value), value.defects)
    return parsed


def header(raw: bytes, name: str) -> bytes:
    """The one header of that name, as it is on the wire, without its CRLF."""
    head = raw.partition(b"\r\n\r\n")[0] + b"\r\n"
    found = re.findall(rb"(?mi)^" + name.encode() + rb": ((?:.|\r\n[ \t])*)\r\n", head)
    assert len(found) == 1, found
    return cast(bytes, found[0])


def decoded(value: bytes) -> str:
    """An unfolded header with its encoded-words read by the old, exact decoder."""
    parts = decode_header(re.sub(rb"\r\n(?=[ \t])", b"", value).decode())
    return "".join(part.decode(charset or "ascii") if isinstance(part, bytes) else part for part, charset in parts)


def body(raw: bytes, kind: str) -> str:
    part = parse(raw).get_body((kind,))
    assert part is not None
    return cast(str, part.get_content()).replace("\r\n", "\n")


def assert_clean_wire(raw: bytes) -> None:
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert raw.isascii()
    assert b"\r\n." not in raw
    for line in raw.split(b"\r\n"):
        assert len(line) <= 998
        if not line.startswith((b"List-Unsubscribe:", b"Content-Type:")):
            assert len(line) <= 78, line


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_a_nasty_name_arrives_unchanged_in_every_place(name: str) -> None:
    raw = message(name, subject=f"News for {slot('name')}!")
    assert_clean_wire(raw)
    parsed = parse(raw)
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    assert f"Dear {name},\n.dot\nFrom here \n{LINK}\n" in body(raw, "plain")
    assert f"<p>Dear {escaped.replace(chr(39), '&#x27;')},</p>" in body(raw, "html")
    assert LINK.replace("&", "&amp;") in body(raw, "html")
    assert decoded(header(raw, "Subject")) == f"News for {name}!"
    assert parsed["To"].addresses[0].addr_spec == "ann@example.com"


@pytest.mark.parametrize("name", [name for name in NASTY_NAMES if name])
def test_a_display_name_decodes_to_itself(name: str) -> None:
    line = headers.mailbox("To", name, "ann@example.com")
    value = re.sub(rb"\r\n(?=[ \t])", b"", line)[len("To: ") : -2]
    phrase, _, address = value.rpartition(b" ")
    assert address == b"<ann@example.com>"
    if phrase.startswith(b'"'):
        assert re.sub(rb"\\(.)", rb"\1", phrase[1:-1]).decode() == name
    else:
        assert decoded(phrase) == name


def test_the_headers_of_a_newsletter_are_exactly_these() -> None:
    head = message().partition(b"\r\n\r\n")[0].decode()
    assert head.split("\r\n")[:-1] == [
        'From: "H.E.A.T. Watch" <news@news.example.org>',
        "Reply-To: office@example.org",
        "To: Ann <ann@example.com>",
        "Subject: The news of December",
        "Date: Thu, 03 Dec 2026 12:00:05 +0000",
        "Message-ID: <abc@news.example.org>",
        f"List-Unsubscribe: <{LINK}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        'List-Id: "H.E.A.T. Watch Newsletter" <newsletter.example.org>',
        "Precedence: bulk",
        "MIME-Version: 1.0",
    ]


def test_text_comes_before_html_and_both_are_quoted_printable() -> None:
    parsed = parse(message())
    parts = list(parsed.iter_parts())
    assert parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert all(part["Content-Transfer-Encoding"] == "quoted-printable" for part in parts)
    assert all(part["Content-Type"].params["charset"] == "utf-8" for part in parts)


def test_the_boundary_cannot_be_foreseen() -> None:
    found = {parse(message()).get_boundary() for _ in range(5)}
    assert len(found) == 5


@given(texts, texts, texts)
@example("\r\n.\r\n", "..", "a \n b\t\n")
@example("a b", "", " ")
def test_any_text_around_any_value_decodes_to_itself(before: str, value: str, after: str) -> None:
    skeleton = compile_form(form(text=f"{before}{slot('name')}{after}"), DOMAIN)
    raw = skeleton.message("a@example.com", "", {"name": value, "link": LINK}, f"i@{DOMAIN}", NOON)
    assert_clean_wire(raw)
    expected = "".join(part.replace("\r\n", "\n").replace("\r", "\n") for part in (before, value, after))
    part = parse(raw).get_body(("plain",))
    assert part is not None
    content = cast(bytes, part.get_payload(decode=True)).decode().replace("\r\n", "\n")
    assert content == (expected if after.endswith("\n") else expected + "\n")


@given(texts)
@example("word " * 60)
@example("x" * 500)
@example("é" * 500)
def test_any_subject_decodes_to_itself_in_short_lines(subject: str) -> None:
    if any(c in subject for c in CONTROLS):
        return
    line = headers.text("Subject", subject)
    assert line.endswith(b"\r\n")
    assert all(len(part) <= 78 for part in line.split(b"\r\n"))
    assert all(len(word) <= 75 for word in re.findall(rb"=\?utf-8\?.*?\?=", line))
    assert decoded(line[len("Subject: ") : -2]) == subject


@given(st.text(max_size=400))
def test_pieces_can_be_joined_in_any_order(text: str) -> None:
    piece = quoted.encode(text)
    assert piece == b"" or piece.endswith(b"\r\n")
    assert all(len(line) <= 76 and not line.startswith(b".") for line in piece.split(b"\r\n"))


@pytest.mark.parametrize("control", CONTROLS)
def test_no_control_character_enters_any_header(control: str) -> None:
    bad = f"a{control}Bcc: victim@example.com"
    for changes in (
        {"subject": bad},
        {"subject": bad + slot("name")},
        {"from_name": bad},
        {"from_address": f"a{control}@example.com"},
        {"reply_to": f"a{control}@example.com"},
        {"list_id": f"{bad} <newsletter.example.org>"},
        {"link": f"https://example.org/{control}x"},
        {"to_address": f"a{control}@example.com"},
        {"to_address": f"a@example{control}.com"},
    ):
        with pytest.raises((HeaderInjection, ValueError)) as caught:
            message(**changes)  # type: ignore[arg-type]
        assert "victim" not in str(caught.value)
    with pytest.raises(HeaderInjection):
        compile_form(form(), DOMAIN).message("a@example.com", bad, {"name": "", "link": LINK}, f"i@{DOMAIN}", NOON)
    with pytest.raises(HeaderInjection):
        compile_form(form(), DOMAIN).message("a@e.com", "", {"name": "", "link": LINK}, f"i{control}@{DOMAIN}", NOON)


@pytest.mark.parametrize("control", [c for c in CONTROLS if c != "\ud800"])
def test_a_control_in_a_subject_value_is_dropped(control: str) -> None:
    raw = compile_form(form(subject=f"For {slot('name')}"), DOMAIN).message(
        "a@example.com", "", {"name": f"Ann{control}Bcc: x", "link": LINK}, f"i@{DOMAIN}", NOON
    )
    assert decoded(header(raw, "Subject")) == "For AnnBcc: x"
    assert parse(raw)["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "a",
        "a@",
        "@example.com",
        "a b@example.com",
        "a@b@example.com",
        "a@exämple.com",
        "a@example..com",
        "a@-example.com",
        "a@example.com, b@example.com",
        "a@example.com>",
        "<a@example.com>",
        "Ann <a@example.com>",
        "a..b@example.com",
        "a\u00a0b@example.com",
        "x" * 65 + "@example.com",
        "a@" + "x." * 130 + "com",
    ],
)
def test_an_address_that_is_not_one_bare_address_is_refused(address: str) -> None:
    with pytest.raises(HeaderInjection):
        message(to_address=address)


@pytest.mark.parametrize("address", ["a.b+c@example.com", "o'neil@example.com", '"a b"@example.com', "a@[127.0.0.1]"])
def test_unusual_but_lawful_addresses_pass(address: str) -> None:
    assert parse(message(to_address=address))["To"].addresses[0].addr_spec == address


def test_an_address_with_another_script_before_the_at_is_written_as_utf8() -> None:
    raw = message(to_address="用户@example.com")
    assert "To: Ann <用户@example.com>\r\n".encode() in raw


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "/u/x", "https://a b", "https://a/>,<mailto:x@example.com", "https://ü.org/"]
)
def test_an_unsubscribe_address_that_is_no_absolute_ascii_uri_is_refused(link: str) -> None:
    with pytest.raises(HeaderInjection):
        message(link=link)


def test_an_unsubscribe_address_too_long_for_one_line_is_refused() -> None:
    with pytest.raises(HeaderInjection):
        message(link="https://example.org/" + "x" * 990)


def test_a_missing_value_is_an_error_and_not_an_empty_greeting() -> None:
    with pytest.raises(KeyError):
        compile_form(form(), DOMAIN).message("a@example.com", "", {"link": LINK}, f"i@{DOMAIN}", NOON)


def test_a_message_identifier_of_another_domain_is_refused() -> None:
    with pytest.raises(HeaderInjection):
        compile_form(form(), DOMAIN).message("a@example.com", "", {"name": "", "link": LINK}, "i@example.net", NOON)


def test_a_naive_date_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        compile_form(form(), DOMAIN).message(
            "a@example.com", "", {"name": "", "link": LINK}, f"i@{DOMAIN}", NOON.replace(tzinfo=None)
        )


def test_a_form_survives_storing_and_always_reads_the_same() -> None:
    source = form(subject=f"Grüße {slot('name')}")
    assert Form(**json.loads(source.to_json())) == source
    assert Form(**json.loads(source.to_json())).to_json() == source.to_json()
    assert source.slots == {"name", "link"}


def test_a_stray_slot_mark_is_refused() -> None:
    for stray in ("\x02", "\x03", "\x02NAME\x03", "\x02name"):
        with pytest.raises(ValueError, match="mark"):
            compile_form(form(text=stray), DOMAIN)
    with pytest.raises(ValueError, match="slot name"):
        slot("a b")


def test_a_value_that_looks_like_a_slot_stays_a_value() -> None:
    raw = compile_form(form(), DOMAIN).message(
        "a@example.com", "", {"name": "\x02link\x03x", "link": LINK}, f"i@{DOMAIN}", NOON
    )
    assert "Dear linkx," in body(raw, "plain")


def test_message_identifiers_are_stable_opaque_and_different() -> None:
    key = b"k" * 32
    first = mime.message_id(key, 7, 12345, DOMAIN)
    assert first == mime.message_id(key, 7, 12345, DOMAIN)
    assert re.fullmatch(r"[0-9a-f]{42}@news\.example\.org", first)
    others = {mime.message_id(key, 7, 12346, DOMAIN), mime.message_id(key, 71, 2345, DOMAIN)}
    assert len(others | {first, mime.message_id(b"x" * 32, 7, 12345, DOMAIN)}) == 4


def plain(**changes: object) -> bytes:
    values: dict[str, object] = {
        "to_address": "ann@example.com",
        "subject": "Please confirm",
        "text": "Press the button:\nhttps://example.org/c/abc\n",
        "from_name": "Outreach",
        "from_address": "no-reply@news.example.org",
        "message_id": f"x1@{DOMAIN}",
        "date": NOON,
    }
    return mime.plain_message(**(values | changes))  # type: ignore[arg-type]


def test_a_single_mail_says_that_a_program_wrote_it_and_is_not_bulk() -> None:
    parsed = parse(plain())
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Precedence"] is None
    assert parsed["List-Unsubscribe"] is None
    assert parsed.get_content_type() == "text/plain"
    assert body(plain(), "plain") == "Press the button:\nhttps://example.org/c/abc\n"


def test_a_single_mail_may_have_html_and_no_automatic_mark() -> None:
    raw = plain(html="<p>Hi</p>", auto_submitted=False, to_name="Ann", reply_to="office@example.org", text="a\x02b\x03")
    assert_clean_wire(raw)
    parsed = parse(raw)
    assert parsed["Auto-Submitted"] is None
    assert parsed["Reply-To"] == "office@example.org"
    assert body(raw, "plain") == "ab\n"
    assert body(raw, "html") == "<p>Hi</p>\n"
