"""What following the link of a story finds, asked of real pages on loopback."""

import json
import socket
import time

import pytest

from campaigns import http
from campaigns.digests import linkcheck
from campaigns.digests.linkcheck import Flag, Look
from tests.websites import Asked, Says, Website, allow_inside

TITLE = "Nine people freed from a motel in Oakland"
HTML = {"Content-Type": "text/html; charset=utf-8"}
HASTY = http.Limits(seconds=0.3)
PAGE = b"<!doctype html><title>Nine people freed from a motel in Oakland</title><p>Words."


def look(website: Website, page: Says | bytes, title: str = TITLE, limits: http.Limits = linkcheck.LIMITS) -> Look:
    """Look at a page of a server as at the link of a story."""
    website.pages["/news/nine"] = page if isinstance(page, Says) else Says(page, headers=HTML)
    return linkcheck.look(f"{website.url}/news/nine", title, "Tester")


def found(result: Look) -> set[Flag]:
    """The flags but one: nothing on loopback is protected."""
    assert Flag.INSECURE in result.flags
    return set(result.flags) - {Flag.INSECURE}


def test_a_page_that_says_what_we_say_needs_no_look(website: Website) -> None:
    result = look(website, PAGE)
    assert (found(result), result.status, result.headline) == (set(), 200, "")
    assert website.asked[0].headers["user-agent"] == "Tester"


@pytest.mark.parametrize(
    ("status", "flag"),
    [
        (404, Flag.DEAD), (410, Flag.DEAD), (451, Flag.DEAD), (402, Flag.PAYWALL), (401, Flag.UNANSWERED),
        (403, Flag.UNANSWERED), (429, Flag.UNANSWERED), (500, Flag.UNANSWERED), (503, Flag.UNANSWERED),
    ],
)  # fmt: skip
def test_what_an_answer_means_for_a_reader(website: Website, status: int, flag: Flag) -> None:
    result = look(website, Says(PAGE, status))
    assert (found(result), result.status) == ({flag}, status)


@pytest.mark.parametrize("home", ["/", "/index.html", "/?utm_source=gone", "/home/"])
def test_an_article_that_leads_to_the_front_page_is_gone(website: Website, home: str) -> None:
    website.pages["/"] = website.pages["/index.html"] = website.pages["/home/"] = Says(PAGE)
    assert found(look(website, Says(status=301, headers={"Location": home}))) == {Flag.MOVED_HOME}


def test_an_article_that_stands_elsewhere_now_is_still_there(website: Website) -> None:
    website.pages["/2026/nine"] = website.pages["/"] = Says(PAGE, headers=HTML)
    for target in ("/2026/nine", "/?p=31"):
        assert found(look(website, Says(status=302, headers={"Location": target}))) == set()


def test_a_story_about_a_site_may_lead_to_its_front_page(website: Website) -> None:
    website.pages["/"] = Says(PAGE, headers=HTML)
    assert found(linkcheck.look(f"{website.url}/", TITLE, "Tester")) == set()


@pytest.mark.parametrize(
    "said",
    [
        {"@type": "NewsArticle", "isAccessibleForFree": False},
        {"@graph": [{"@type": "WebSite"}, {"@type": "NewsArticle", "isAccessibleForFree": "False"}]},
        [{"@graph": [{"mainEntity": {"hasPart": [{"isAccessibleForFree": "http://schema.org/False"}]}}]}],
        {"isAccessibleForFree": False, "articleBody": "Only for our subscribers."},
        {"@graph": [*({"@type": "ListItem", "position": at} for at in range(900)), {"isAccessibleForFree": "false"}]},
    ],
)
def test_a_page_that_says_it_is_not_free_stands_behind_a_paywall(website: Website, said: object) -> None:
    script = b'<script type="application/ld+json">%s</script>' % json.dumps(said).encode()
    assert found(look(website, PAGE + script)) == {Flag.PAYWALL}


@pytest.mark.parametrize(
    ("tier", "flags"), [("locked", {Flag.PAYWALL}), ("Metered", {Flag.PAYWALL}), ("free", set()), ("", set())]
)
def test_the_tier_that_a_page_names_counts(website: Website, tier: str, flags: set[Flag]) -> None:
    assert found(look(website, PAGE + f'<meta property="article:content_tier" content="{tier}">'.encode())) == flags


@pytest.mark.parametrize(
    "script",
    [
        '{"isAccessibleForFree": true}', '{"isAccessibleForFree": "True"}', "{not json", "", "[" * 90_000, "null",
        '{"a": ' + "9" * 9_000 + "}", '"isAccessibleForFree"', "[]",
    ],
)  # fmt: skip
def test_a_page_that_does_not_say_so_is_free(website: Website, script: str) -> None:
    page = PAGE + f'<script type="application/ld+json">{script}</script>'.encode()
    assert found(look(website, page)) == set()
    assert found(look(website, PAGE + b'<script>{"isAccessibleForFree": false}</script>')) == set()


@pytest.mark.parametrize(
    "head",
    [
        "<title>Nine people freed from a motel in Oakland | The Tribune</title>",
        "<title>The Tribune – Nine People Freed From A Motel In Oakland</title>",
        "<title>Nine freed from Oakland motel - Crime - The Tribune of the East Bay and its hills</title>",
        '<meta property="og:title" content="Nine people freed from Oakland motel"><title>The Tribune</title>',
        '<meta name="og:title" content="The Tribune"><title>Nine people freed from a motel in Oakland</title>',
        "<title>\n Nine people freed\n from a motel in Oakland &amp; the hills </title>",
        "<title></title>",
        "<h1>Anything</h1>",
    ],
)
def test_the_same_headline_in_other_clothes_is_the_same(website: Website, head: str) -> None:
    assert found(look(website, head.encode())) == set()


@pytest.mark.parametrize(
    "other",
    [
        "Weather: rain until Sunday",
        "Correction: the raid did not find anybody | The Tribune",
        "Winter market opens downtown - Oakland",
        "This account has been suspended",
    ],
)
def test_another_headline_is_flagged_and_told(website: Website, other: str) -> None:
    result = look(website, f"<title>{other}</title>".encode())
    assert (found(result), result.headline) == ({Flag.HEADLINE}, other)
    assert found(look(website, f'<meta property="og:title" content="{other}">'.encode())) == {Flag.HEADLINE}


def test_a_headline_is_read_in_the_letters_of_its_page(website: Website) -> None:
    title = "Nueve niños liberados en un motel de Oakland"
    page = f"<title>{title}</title>"
    for body, kind in (
        (page.encode("latin-1"), "text/html; charset=ISO-8859-1"),
        (b'<meta charset="windows-1252">' + page.encode("cp1252"), "text/html"),
        (page.encode(), "text/html; charset=unicode_escape"),
        (page.encode(), "text/html; charset=gb-nothing"),
        (page.encode(), ""),
    ):
        result = look(website, Says(body, headers={"Content-Type": kind} if kind else {}), title=title)
        assert found(result) == set()
    far = Says(page.encode("latin-1"), headers={"Content-Type": "text/html; charset=iso-8859-1"})
    assert look(website, far, title="Rain until Sunday").headline == title


def test_what_is_no_page_has_no_headline(website: Website) -> None:
    pdf = Says(b"%PDF-1.7 <title>Untitled 3</title>", headers={"Content-Type": "application/pdf"})
    assert found(look(website, pdf)) == set()


def test_a_site_that_takes_too_long_is_unanswered(website: Website) -> None:
    page = Says(b"<title>", stream=lambda _asked: website.stop.wait(10) and None)
    website.pages["/slow"] = page
    result = linkcheck.look(f"{website.url}/slow", TITLE, "Tester", HASTY)
    assert (found(result), result.status) == ({Flag.UNANSWERED}, None)


def test_a_site_that_breaks_off_or_goes_in_circles_is_unanswered(website: Website) -> None:
    def broken(asked: Asked) -> None:
        asked.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<title>")

    assert found(look(website, Says(stream=broken, raw=True))) == {Flag.UNANSWERED}
    assert found(look(website, Says(status=302, headers={"Location": "/news/nine"}))) == {Flag.UNANSWERED}
    assert found(look(website, Says(stream=lambda asked: asked.write(b"hello\r\n"), raw=True))) == {Flag.UNANSWERED}


def test_a_machine_that_refuses_is_unanswered(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        # Bound and never listening, so that nobody else gets its number meanwhile.
        closed.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{closed.getsockname()[1]}"
        allow_inside(monkeypatch, target)
        assert found(linkcheck.look(f"http://{target}/x", TITLE, "Tester")) == {Flag.UNANSWERED}


@pytest.mark.parametrize(
    ("code", "flag"),
    [(socket.EAI_NONAME, Flag.DEAD), (socket.EAI_AGAIN, Flag.UNANSWERED), (socket.EAI_FAIL, Flag.UNANSWERED)],
)
def test_a_name_that_is_gone_is_dead_and_one_that_nobody_answers_for_is_not(
    monkeypatch: pytest.MonkeyPatch, code: int, flag: Flag
) -> None:
    def answer(*_arguments: object, **_more: object) -> list[object]:
        raise socket.gaierror(code, "as the name system says it")

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    assert linkcheck.look("https://gone.example/x", TITLE, "Tester").flags == (flag,)


@pytest.mark.parametrize("inside", ["http://10.0.0.1/x", "http://169.254.169.254/latest", "http://[::1]/x"])
def test_an_address_inside_a_network_is_dead_for_readers(inside: str, website: Website) -> None:
    assert found(linkcheck.look(inside, TITLE, "Tester")) == {Flag.DEAD}
    assert found(look(website, Says(status=302, headers={"Location": inside}))) == {Flag.DEAD}


@pytest.mark.parametrize(
    "odd", ["https://8.8.8.8:8443/x", "https://[", "https://a:b@8.8.8.8/", "https://a b/", "", "x"]
)
def test_what_we_do_not_ask_for_is_not_called_dead(odd: str) -> None:
    assert linkcheck.look(odd, TITLE, "Tester").flags == (Flag.UNANSWERED,)


def test_a_page_of_five_megabytes_is_no_fault_of_its_link(website: Website) -> None:
    result = look(website, PAGE + b" " * 5_000_000)
    assert (found(result), result.status) == (set(), None)


def test_only_the_beginning_of_a_long_page_is_read(website: Website) -> None:
    locked = b'<meta property="article:content_tier" content="locked">'
    assert found(look(website, PAGE + b" " * linkcheck.LONGEST_PAGE + locked)) == set()


SCRIPT = b'<script type="application/ld+json">'
HOSTILE = {
    "opening brackets": b"<" * 200_000,
    "tags that never end": b"<a " * 70_000,
    "quotes that never end": b'<a href="' * 30_000,
    "comments that never end": b"<!--" * 50_000,
    "declarations": b"<!" * 100_000,
    "a document type": b"<!doctype [" * 20_000,
    "sections": b"<![CDATA[" * 20_000,
    "instructions": b"<?" * 100_000,
    "characters by number": b"&#x" * 70_000,
    "ampersands": b"<title>" + b"&" * 199_000,
    "closing tags": b"</" * 100_000,
    "nothing but NUL": b"\0" * 200_000,
    "NUL inside": b"<\0title>\0</\0title><meta property='og:\0title' content='\0'>",
    "deep elements": b"<div>" * 40_000,
    "deep values": SCRIPT + b'{"a":' * 30_000 + b"</script>",
    "deep lists": SCRIPT + b"[" * 190_000 + b"</script>",
    "a long number": SCRIPT + b"1" * 190_000 + b"</script>",
    "many scripts": (SCRIPT + b"[{}]</script>") * 4_000,
    "scripts in scripts": SCRIPT * 5_000,
    "half an end": SCRIPT + b"</s" * 60_000,
    "many titles": b"<title>x</title>" * 12_000,
    "brackets in a title": b"<title>" + b"<" * 199_000,
    "a long headline": b"<meta property='og:title' content='" + b"x - " * 45_000 + b"'>",
    "many attributes": b"<meta " + b"a=b " * 49_000 + b">",
    "a long attribute": b"<meta " + b"a" * 199_000,
    "slashes": b"<meta " + b"/" * 199_000,
    "no letters": bytes(range(256)) * 780,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_page_costs_little_and_raises_nothing(website: Website, body: bytes) -> None:
    # A second of this process, however busy the machine is with others.
    before = time.process_time()
    result = look(website, body)
    assert time.process_time() - before < 1
    assert result.status == 200
    assert Flag.DEAD not in result.flags


def test_the_links_of_a_site_are_told_from_others() -> None:
    assert linkcheck.site("https://Paper.example/1") == linkcheck.site("https://paper.example/2")
    assert linkcheck.site("https://[") == ""


def test_every_flag_has_its_sentence() -> None:
    assert set(linkcheck.SENTENCES) == set(Flag)
