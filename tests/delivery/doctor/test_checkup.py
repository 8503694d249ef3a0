"""MX, PTR, encryption, one-click, the clock, and the whole checkup, each against a real server on loopback."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

import config
from campaigns import clock, http
from campaigns.delivery import signing
from campaigns.delivery.doctor import checkup, dkim, encryption, findings, mail_hosts, one_click, time_server
from campaigns.delivery.doctor.checkup import Questions
from campaigns.delivery.doctor.findings import Finding, Level, Topic
from campaigns.delivery.doctor.subject import Key, Subject, Whereabouts, whereabouts
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.delivery.smtp import SmtpServer
from tests.nameserver import SERVFAIL, Zone, serving
from tests.websites import Says, Website, allow_inside

D = "example.org"
SUBJECT = Subject(f"news@{D}", f"office@{D}", D, "mail.example.org")
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
NOTHING_ASKED = Questions(None, "http://127.0.0.1/u/x", ("", 123))


def hosts(zone: Zone, subject: Subject = SUBJECT, relay: Whereabouts | None = None) -> list[Finding]:
    with serving(zone) as server:
        return mail_hosts.check(server.names(), subject, relay or Whereabouts())


@pytest.mark.parametrize(
    ("zone", "words", "level"),
    [
        ({(D, "MX"): ["10 mx.example.org."], ("mx.example.org", "A"): ["8.8.4.4"]}, "takes mail", Level.GOOD),
        ({(D, "MX"): ["0 ."]}, "null MX", Level.STOP),
        ({}, "There is no domain", Level.STOP),
        ({(D, "TXT"): ["x"]}, "neither an MX record", Level.STOP),
        ({(D, "A"): ["8.8.4.4"]}, "stands in for one", Level.CAUTION),
        ({(D, "MX"): ["10 gone.example.org."]}, "takes no mail", Level.STOP),
        (
            {(D, "MX"): ["10 gone.example.org.", "20 mx.example.org."], ("mx.example.org", "A"): ["8.8.4.4"]},
            "One of its MX",
            Level.CAUTION,
        ),
        ({(D, "MX"): SERVFAIL}, "could not see", Level.UNKNOWN),
    ],
)
def test_whether_answers_reach_us(zone: Zone, words: str, level: Level) -> None:
    (found,) = hosts(zone)
    assert found.level == level
    assert words in f"{found.title} {found.text}"


def test_answers_and_bounces_to_other_domains_are_looked_at_too() -> None:
    subject = replace(SUBJECT, reply_to="desk@other.example", envelope_domain="bounces.example.org")
    zone: Zone = {(D, "MX"): ["10 mx.example.org."], ("mx.example.org", "A"): ["8.8.4.4"]}
    titles = [one.title for one in hosts(zone, subject)]
    assert titles[1:] == [
        "There is no domain other.example (answers)",
        "There is no domain bounces.example.org (bounces)",
    ]


@pytest.mark.parametrize(
    ("zone", "words", "level"),
    [
        (
            {("4.4.8.8.in-addr.arpa", "PTR"): ["Mail.Example.org."], ("mail.example.org", "A"): ["8.8.4.4"]},
            "is called mail.example.org",
            Level.GOOD,
        ),
        ({}, "has no name", Level.CAUTION),
        ({("4.4.8.8.in-addr.arpa", "PTR"): ["liar.example."]}, "does not lead back", Level.CAUTION),
        ({("4.4.8.8.in-addr.arpa", "PTR"): SERVFAIL}, "could not look", Level.UNKNOWN),
    ],
)
def test_the_name_of_the_mail_server_leads_back_to_it(zone: Zone, words: str, level: Level) -> None:
    found = [one for one in hosts(zone, relay=Whereabouts(("8.8.4.4",))) if one.topic == Topic.ADDRESS]
    assert [one.level for one in found] == [level]
    assert words in f"{found[0].title} {found[0].text}"
    assert (found[0].record is not None) == (level == Level.CAUTION)


def test_where_a_relay_is_is_found_out_or_said() -> None:
    zone: Zone = {
        ("in.example", "A"): ["10.0.0.8"],
        ("both.example", "A"): ["10.0.0.8", "8.8.4.4"],
        ("fails.example", "A"): SERVFAIL,
    }
    with serving(zone) as server:
        names = server.names()
        assert whereabouts(names, "8.8.4.4") == Whereabouts(("8.8.4.4",))
        assert whereabouts(names, "localhost") == Whereabouts(has_inner=True)
        assert whereabouts(names, "in.example") == Whereabouts(has_inner=True)
        assert whereabouts(names, "both.example") == Whereabouts(("8.8.4.4",), has_inner=True)
        assert "no mail server called" in whereabouts(names, "gone.example").problem
        assert "could not answer" in whereabouts(names, "fails.example").problem


def test_encryption_is_seen_on_a_real_connection(
    tmp_path: Path, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with SandboxServer(tmp_path / "a", tls=tls) as server:
        (found,) = encryption.check(SmtpServer("127.0.0.1", server.port, "starttls"), clock.now())
        assert (found.level, "TLSv1" in found.text) == (Level.GOOD, True)
        (soon,) = encryption.check(SmtpServer("127.0.0.1", server.port, "starttls"), datetime(2119, 12, 1, tzinfo=UTC))
        assert (soon.level, "ends soon" in soon.title) == (Level.CAUTION, True)
        monkeypatch.delenv("SSL_CERT_FILE")
        (bad,) = encryption.check(SmtpServer("127.0.0.1", server.port, "starttls"), clock.now())
        assert (bad.level, "cannot be trusted" in bad.text) == (Level.STOP, True)
    with SandboxServer(tmp_path / "b") as server:
        (plain,) = encryption.check(SmtpServer("127.0.0.1", server.port, "none"), clock.now())
        assert (plain.level, "nothing crosses a network" in plain.text) == (Level.GOOD, True)
        (none,) = encryption.check(SmtpServer("127.0.0.1", server.port, "starttls"), clock.now())
        assert (none.level, "STARTTLS" in none.text) == (Level.STOP, True)
    (gone,) = encryption.check(SmtpServer("127.0.0.1", server.port, "none"), clock.now())
    assert gone.level == Level.STOP
    assert encryption._plain("mail.example.org").level == Level.STOP
    assert encryption.check(None, clock.now())[0].level == Level.STOP


@contextmanager
def time_of(answer: bytes | None) -> Iterator[int]:
    """A time server that answers so, its mark repeated; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            question, client = server.recvfrom(512)
            if answer is not None:
                server.sendto(answer[:24] + question[40:48] + answer[32:], client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def sntp(at: datetime, stratum: int = 2, mode: int = 4) -> bytes:
    stamp = struct.pack(">II", int(at.timestamp()) + 2_208_988_800, 0)
    return bytes([0x20 | mode, stratum]) + bytes(22) + bytes(8) + stamp + stamp


def test_the_clock_is_compared_with_a_time_server() -> None:
    with time_of(sntp(clock.now())) as port:
        assert abs(time_server.offset("127.0.0.1", port)) < 30
    with time_of(sntp(datetime(2020, 1, 1, tzinfo=UTC))) as port:
        (found,) = time_server.check("127.0.0.1", port)
    assert (found.level, "ahead" in found.text) == (Level.STOP, True)
    assert time_server.check("") == []


@pytest.mark.parametrize("answer", [None, b"short", sntp(NOW, stratum=16), sntp(NOW, stratum=0), sntp(NOW, mode=3)])
def test_a_time_server_without_a_usable_answer_is_no_verdict(answer: bytes | None) -> None:
    with time_of(answer) as port:
        (found,) = time_server.check("127.0.0.1", port, timeout_s=0.3)
    assert found.level == Level.UNKNOWN


@pytest.mark.parametrize(
    ("ahead", "level"), [(0.2, Level.GOOD), (-59, Level.GOOD), (61, Level.STOP), (-9000, Level.STOP)]
)
def test_a_minute_is_the_most_that_a_clock_may_be_off(ahead: float, level: Level) -> None:
    assert time_server.of_offset(ahead).level == level


def test_keys_of_ours_and_of_others_are_looked_at() -> None:
    rsa, other = signing.new_key("rsa"), signing.new_key("rsa")
    zone: Zone = {
        ("good._domainkey.example.org", "TXT"): [f"v=DKIM1; k=rsa; p={rsa.public}"],
        ("test._domainkey.example.org", "TXT"): [f"v=DKIM1; t=y; p={rsa.public}"],
        ("two._domainkey.example.org", "TXT"): ["v=DKIM1; p=a", "v=DKIM1; p=b"],
        ("short._domainkey.example.org", "TXT"): [f"v=DKIM1; p={SHORT}"],
        ("silent._domainkey.example.org", "TXT"): SERVFAIL,
    }

    def levels(selector: str, public: str = "", is_ours: bool = False) -> list[Finding]:
        key = Key(D, selector, "rsa", public, is_ours)
        with serving(zone) as server:
            return dkim.check(server.names(), replace(SUBJECT, keys=(key,)))

    assert [one.level for one in levels("good", rsa.public, is_ours=True)] == [Level.GOOD]
    (wrong,) = levels("good", other.public, is_ours=True)
    assert (wrong.level, wrong.record and wrong.record.value) == (Level.STOP, f"v=DKIM1; k=rsa; p={other.public}")
    assert [one.level for one in levels("good", other.public)] == [Level.CAUTION]
    assert [one.level for one in levels("test")] == [Level.CAUTION]
    assert [one.level for one in levels("short")] == [Level.CAUTION]
    assert [one.level for one in levels("two")] == [Level.STOP]
    assert [one.level for one in levels("silent")] == [Level.UNKNOWN]
    (missing,) = levels("missing", rsa.public, is_ours=True)
    assert (missing.level, missing.record and missing.record.name) == (Level.STOP, "missing._domainkey.example.org")
    assert levels("x/y")[0].level == Level.STOP
    with serving(zone) as server:
        assert dkim.check(server.names(), SUBJECT)[0].level == Level.UNKNOWN


# A key of 1024 bits, made for this test and used for nothing.
SHORT = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCSvRyH8cUaeOtQmw+WZ8JtJT2odTFYPwJXSRG0xfbPd932y3Itin8nfQO5MAmu69l91yB"
    "fT3XAHeCRw2+GXKdyUzGpNQh+0SMS03ctYT1sqFintccOSgd3IGCLNJqEWi1PyvKOrb+klgzLCwgG/Gzk20Touxzc6Z377fM7+HWfwIDAQAB"
)


def test_a_whole_checkup_knows_every_topic_and_its_worst_level(app: Flask) -> None:
    zone: Zone = {
        (D, "TXT"): ["v=spf1 a:mail.example.org -all"],
        (D, "MX"): ["10 mail.example.org."],
        ("mail.example.org", "A"): ["8.8.4.4"],
        ("4.4.8.8.in-addr.arpa", "PTR"): ["mail.example.org."],
        (f"_dmarc.{D}", "TXT"): [f"v=DMARC1; p=reject; rua=mailto:a@{D}"],
    }
    with serving(zone) as server:
        found = checkup.carry_out(server.names(), SUBJECT, NOTHING_ASKED, NOW)
    by_topic = findings.by_topic(found)
    assert list(by_topic) == [
        Topic.SPF,
        Topic.DKIM,
        Topic.DMARC,
        Topic.ALIGNMENT,
        Topic.ADDRESS,
        Topic.MX,
        Topic.INCOMING,
        Topic.ENCRYPTION,
        Topic.ONE_CLICK,
    ]
    good = {Topic.SPF, Topic.DMARC, Topic.ALIGNMENT, Topic.ADDRESS, Topic.MX}
    assert {topic for topic, some in by_topic.items() if findings.worst(some) == Level.GOOD} == good
    assert findings.exit_code(found) == 2
    assert findings.exit_code(one for one in found if one.level != Level.STOP) == 1
    assert findings.exit_code(one for one in found if one.level == Level.GOOD) == 0
    assert findings.from_json(findings.to_json(found)) == found


@pytest.mark.parametrize("evil", ["\u202e\x1b[31m ", "a:\x1b[2J\x07 ", "include:%{i}%{z} "])
def test_a_hostile_zone_stays_text(evil: str) -> None:
    zone: Zone = {
        (D, "TXT"): ['v=spf1 "><script>alert(1)</script> ' + evil * 400],
        (f"_dmarc.{D}", "TXT"): [f"v=DMARC1; p={evil}; {evil}; rua=javascript:alert(1),mailto:@@@"],
        (f"s1._domainkey.{D}", "TXT"): [f"v=DKIM1; k={evil}; p=AAAA"],
    }
    subject = replace(SUBJECT, keys=(Key(D, "s1", "rsa", "", is_ours=False),))
    with serving(zone) as server:
        found = checkup.carry_out(server.names(), subject, NOTHING_ASKED, NOW)
    text = " ".join(f"{one.title} {one.text}" for one in found)
    assert text.isprintable()
    assert "\u202e" not in text
    assert all(len(one.text) < 1500 for one in found)


@pytest.fixture
def protected(tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Website]:
    """A web server with a certificate that counts, and that the guard of the web lets through."""
    monkeypatch.setattr("certifi.where", lambda: str(certificate))
    http._certificates.cache_clear()
    with Website(tls=tls) as site:
        allow_inside(monkeypatch, f"127.0.0.1:{site.port}")
        yield site
    monkeypatch.undo()
    config.load.cache_clear()
    http._certificates.cache_clear()


PAGE = Says(b'<form method="post"><input type="hidden" name="form_token" value="x"></form>')
DONE = Says(b"Done.\n")


@pytest.mark.parametrize(
    ("get", "post", "words", "level"),
    [
        (PAGE, DONE, "Leaving with one click works", Level.GOOD),
        (PAGE, Says(status=303, headers={"Location": "/u/left"}), "redirects (303)", Level.STOP),
        (PAGE, Says(status=308, headers={"Location": "/elsewhere"}), "redirects (308)", Level.STOP),
        (PAGE, Says(status=403), "answers 403", Level.STOP),
        (PAGE, Says(status=405), "answers 405", Level.STOP),
        (PAGE, Says(status=204), "answers 204", Level.STOP),
        (Says(b"Please sign in", 401), DONE, "answers 401", Level.STOP),
        (Says(status=302, headers={"Location": "/login"}), DONE, "answers 302", Level.STOP),
        (Says(b"<h1>Welcome to nginx</h1>"), DONE, "not our page", Level.STOP),
        (Says(PAGE.body, headers={"Set-Cookie": "lb=1"}), DONE, "sets a cookie", Level.CAUTION),
    ],
)
def test_the_one_click_address_is_asked_as_a_mail_provider_would(
    protected: Website, get: Says, post: Says, words: str, level: Level
) -> None:
    protected.pages["/u/x"] = lambda asked: post if asked.method == "POST" else get
    (found,) = one_click.check(f"{protected.url}/u/x")
    assert found.level == level
    assert words in f"{found.title} {found.text}"
    methods = {asked.method: asked.body for asked in protected.asked}
    assert methods == {"GET": b"", "POST": b"List-Unsubscribe=One-Click"}, "no redirect is followed"


def test_a_site_that_does_not_answer_is_a_sentence(protected: Website) -> None:
    protected.pages["/u/x"] = Says(b"nonsense", raw=True)
    assert [one.level for one in one_click.check(f"{protected.url}/u/x")] == [Level.STOP]


def test_the_one_click_address_must_be_a_public_one() -> None:
    (plain,) = one_click.check("http://news.example.org/u/x")
    assert (plain.level, "https" in plain.title) == (Level.STOP, True)
    (inner,) = one_click.check("https://127.0.0.1/u/x")
    assert inner.level == Level.UNKNOWN
