"""MTA-STS and TLS-RPT: records from a real name server, the policy from a real web server with a certificate."""

import pytest

from campaigns.delivery.doctor import incoming
from campaigns.delivery.doctor.findings import Finding, Level, Topic
from campaigns.delivery.doctor.incoming import Policy
from campaigns.delivery.doctor.subject import Subject
from tests.delivery.doctor.test_checkup import protected  # noqa: F401
from tests.nameserver import SERVFAIL, Zone, serving
from tests.websites import Says, Website

D = "example.org"
SUBJECT = Subject(f"news@{D}", f"office@{D}", D, "mail.example.org")
STS: Zone = {(f"_mta-sts.{D}", "TXT"): ["v=STSv1; id=20261126T1;"], (D, "MX"): [f"10 mx.{D}.", f"20 mx2.{D}."]}
FILE = "/.well-known/mta-sts.txt"
POLICY = f"version: STSv1\r\nmode: enforce\r\nmx: mx.{D}\r\nmx: *.{D}\r\nmax_age: 604800\r\n"


def found(zone: Zone) -> dict[str, Finding]:
    with serving(zone) as server:
        policy, reports = incoming.check(server.names(), SUBJECT)
    assert (policy.topic, reports.topic) == (Topic.INCOMING, Topic.INCOMING)
    return {"policy": policy, "reports": reports}


@pytest.fixture
def site(protected: Website, monkeypatch: pytest.MonkeyPatch) -> Website:  # noqa: F811
    """Where the policy of the domain is looked for."""
    monkeypatch.setattr(incoming, "ADDRESS", protected.url + FILE)
    return protected


def test_a_domain_without_either_is_fine_and_told_what_they_are() -> None:
    both = found({(D, "MX"): ["10 mx.example.org."]})
    assert {one.level for one in both.values()} == {Level.NOTE}
    assert "does not insist on encryption" in both["policy"].title
    record = both["reports"].record
    assert record
    assert (record.name, record.value) == (f"_smtp._tls.{D}", f"v=TLSRPTv1; rua=mailto:postmaster@{D}")


@pytest.mark.parametrize(
    ("records", "words", "level"),
    [
        (SERVFAIL, "could not look", Level.UNKNOWN),
        (["v=spf1 -all", "hello"], "does not insist", Level.NOTE),
        (["v=STSv1; id=1", "v=STSv1; id=2"], "2 MTA-STS records", Level.CAUTION),
        (["v=STSv1"], "not valid", Level.CAUTION),
        (["v=STSv1; id=not-valid"], "not valid", Level.CAUTION),
    ],
)
def test_a_record_that_does_not_count_is_said(records: list[str] | str, words: str, level: Level) -> None:
    one = found({(f"_mta-sts.{D}", "TXT"): records})["policy"]
    assert one.level == level
    assert words in f"{one.title} {one.text}"


@pytest.mark.parametrize(
    ("page", "words", "level"),
    [
        (Says(POLICY.encode()), "insists on encryption", Level.GOOD),
        (Says(POLICY.replace("enforce", "testing").encode()), "tries out", Level.NOTE),
        (Says(b"version: STSv1\nmode: none\nmax_age: 0\n"), "turned MTA-STS off", Level.NOTE),
        (Says(POLICY.replace(f"mx: *.{D}\r\n", "").encode()), "Mail to example.org is lost", Level.STOP),
        (
            Says(POLICY.replace(f"mx: *.{D}\r\n", "").replace("enforce", "testing").encode()),
            f"does not name mx2.{D}",
            Level.CAUTION,
        ),
        (Says(b"<h1>Welcome</h1>"), "no colon", Level.CAUTION),
        (Says(status=404), "answers 404", Level.CAUTION),
        (Says(status=301, headers={"Location": FILE}), "answers 301", Level.CAUTION),
        (Says(b"x" * 70_000), "larger than", Level.CAUTION),
    ],
)
def test_the_policy_is_read_and_held_against_the_mail_servers(
    site: Website, page: Says, words: str, level: Level
) -> None:
    site.pages[FILE] = page
    one = found(STS)["policy"]
    assert one.level == level, one
    assert words in f"{one.title} {one.text}"
    assert site.paths() == [FILE]


def test_a_policy_on_a_machine_inside_the_network_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "ADDRESS", "https://127.0.0.1" + FILE)
    assert found(STS)["policy"].level == Level.UNKNOWN


@pytest.mark.parametrize(
    ("records", "words", "level"),
    [
        (["v=TLSRPTv1; rua=mailto:tls@example.org"], "“mailto:tls@example.org”", Level.GOOD),
        (["v=TLSRPTv1;rua=https://reports.example.org/v1,mailto:a@b.example"], "Reports go to", Level.GOOD),
        (["v=TLSRPTv1; rua=tls@example.org"], "not valid", Level.CAUTION),
        (["v=TLSRPTv1"], "not valid", Level.CAUTION),
        (
            ["v=TLSRPTv1; rua=mailto:a@b.example"] * 1 + ["v=TLSRPTv1; rua=mailto:c@b.example"],
            "2 TLS-RPT",
            Level.CAUTION,
        ),
        (SERVFAIL, "could not look", Level.UNKNOWN),
    ],
)
def test_who_hears_of_failed_encryption(records: list[str] | str, words: str, level: Level) -> None:
    one = found({(f"_smtp._tls.{D}", "TXT"): records})["reports"]
    assert one.level == level
    assert words in f"{one.title} {one.text}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1",
        "version: STSv1\nmode: strict\nmx: a.example\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: a.example",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 99999999999",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: \u0663",
    ],
)
def test_a_policy_that_senders_do_not_accept_is_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        incoming.read_policy(text)


def test_a_policy_may_hold_what_nobody_knows_yet() -> None:
    text = "version: STSv1\nmode: testing\nmode: enforce\nmx: MX.example.org.\nmax_age: 86400\nfuture: yes\n\n"
    assert incoming.read_policy(text) == Policy("testing", ("mx.example.org",))


@pytest.mark.parametrize(
    ("host", "does_fit"),
    [
        ("mx.example.org", True),
        ("MX.Example.org.", True),
        ("a.mail.example.org", True),
        ("mail.example.org", False),
        ("a.b.mail.example.org", False),
        ("example.org", False),
    ],
)
def test_a_star_stands_for_one_label(host: str, does_fit: bool) -> None:
    assert incoming.fits(host, ("mx.example.org", "*.mail.example.org")) is does_fit
