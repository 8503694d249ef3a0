"""DMARC by the tree walk of RFC 9989, and alignment, on a real name server."""

import pytest

from campaigns.delivery.doctor import dmarc, dmarc_record
from campaigns.delivery.doctor.findings import Finding, Level, Topic
from campaigns.delivery.doctor.subject import Key, Subject
from tests.nameserver import SERVFAIL, Zone, serving

RUA = "rua=mailto:reports@example.org"


def walked(zone: Zone, domain: str) -> tuple[str, str | None, list[str]]:
    """Organization, where the record that holds lies, and what was asked."""
    with serving(zone) as server:
        walk = dmarc_record.walk(server.names(), domain)
        return walk.organization, walk.policy and walk.policy.domain, [name for name, _, _ in server.asked]


@pytest.mark.parametrize(
    ("records", "domain", "organization", "holds"),
    [
        ({"example.org": "p=none"}, "example.org", "example.org", "example.org"),
        ({"example.org": "p=none"}, "news.example.org", "example.org", "example.org"),
        (
            {"example.org": "p=none", "news.example.org": "p=reject"},
            "news.example.org",
            "example.org",
            "news.example.org",
        ),
        ({"gov": "psd=y;p=reject"}, "county.gov", "county.gov", "gov"),
        ({"gov": "psd=y;p=reject", "county.gov": "p=none"}, "news.county.gov", "county.gov", "county.gov"),
        ({"gov": "psd=y;p=reject"}, "a.b.county.gov", "county.gov", "gov"),
        (
            {"b.example.org": "psd=n;p=none", "example.org": "p=reject"},
            "a.b.example.org",
            "b.example.org",
            "b.example.org",
        ),
        ({"example.org": "psd=y;p=none", "org": "p=none"}, "example.org", "example.org", "example.org"),
        ({"example.org": "psd=u;p=none", "org": "p=none"}, "example.org", "org", "example.org"),
        ({}, "news.example.org", "news.example.org", None),
    ],
)
def test_the_walk_finds_the_organization_and_the_record_that_holds(
    records: dict[str, str], domain: str, organization: str, holds: str | None
) -> None:
    zone: Zone = {(f"_dmarc.{name}", "TXT"): [f"v=DMARC1; {text}"] for name, text in records.items()}
    assert walked(zone, domain)[:2] == (organization, holds)


def test_a_long_name_costs_eight_questions_and_no_more() -> None:
    long = "a.b.c.d.e.f.g.h.i.example.org"
    organization, holds, asked = walked({("_dmarc.example.org", "TXT"): ["v=DMARC1; p=none"]}, long)
    assert (organization, holds) == ("example.org", "example.org")
    assert asked == [
        f"_dmarc.{long}",
        "_dmarc.e.f.g.h.i.example.org",
        "_dmarc.f.g.h.i.example.org",
        "_dmarc.g.h.i.example.org",
        "_dmarc.h.i.example.org",
        "_dmarc.i.example.org",
        "_dmarc.example.org",
        "_dmarc.org",
    ]


def findings(zone: Zone, subject: Subject | None = None) -> list[Finding]:
    with serving(zone) as server:
        return dmarc.check(server.names(), subject or _subject())


def _subject(domain: str = "example.org", envelope: str = "example.org", signed: str = "") -> Subject:
    keys = (Key(signed, "s1", "rsa", "", False),) if signed else ()
    return Subject(f"news@{domain}", f"office@{domain}", envelope, "mail.example.org", keys)


@pytest.mark.parametrize(
    ("record", "words", "level"),
    [
        (f"p=none; {RUA}", "p=none", Level.NOTE),
        (f"p=quarantine; {RUA}", "among the junk", Level.GOOD),
        (f"p=reject; {RUA}", "refuse forgeries", Level.GOOD),
        (f"p=reject; pct=50; {RUA}", "no longer count", Level.CAUTION),
        (f"p=reject; rf=afrf; ri=86400; {RUA}", "rf, ri", Level.CAUTION),
        ("p=reject", "Nobody receives DMARC reports", Level.CAUTION),
        (f"t=y; p=reject; {RUA}", "marked as a test", Level.CAUTION),
        (f"psd=y; p=reject; {RUA}", "claims to be a registry", Level.STOP),
        (RUA, "does not say what to do", Level.CAUTION),
        (f"p=block; {RUA}", "cannot be “block”", Level.CAUTION),
        (f"p=none; p=reject; {RUA}", "not understood", Level.CAUTION),
        (f"p=none; np=drop; {RUA}", "“np” cannot be “drop”", Level.CAUTION),
        (f"p=none; nonsense; {RUA}", "not understood", Level.CAUTION),
        ("p=none; rua=mailto:reports@example.org!10m", "size of reports", Level.CAUTION),
        ("p=none; rua=mailto:x@collector.example", "Reports to collector.example", Level.CAUTION),
    ],
)
def test_each_part_of_a_record_is_said_in_plain_words(record: str, words: str, level: Level) -> None:
    found = findings({("_dmarc.example.org", "TXT"): [f"v=DMARC1; {record}"]})
    fitting = [one for one in found if words in f"{one.title} {one.text}"]
    assert fitting, [one.title for one in found]
    assert fitting[0].level == level


def test_the_record_of_the_organization_holds_with_its_word_for_subdomains() -> None:
    zone: Zone = {("_dmarc.example.org", "TXT"): [f"v=DMARC1; p=reject; sp=none; np=reject; {RUA}"]}
    found = findings(zone, _subject("news.example.org", "news.example.org"))
    assert found[0].title == "The DMARC record of example.org holds here"
    assert found[0].level == Level.NOTE
    policy = dmarc_record.parse("example.org", f"v=DMARC1; p=reject; sp=quarantine; {RUA}")
    assert policy
    assert [policy.policy(tag) for tag in ("p", "sp", "np")] == ["reject", "quarantine", "quarantine"]


@pytest.mark.parametrize(
    "values", [[], ["v=dmarc1; p=none"], ["p=none; v=DMARC1"], ["v=DMARC12; p=none"], ["something else"]]
)
def test_without_a_record_one_is_offered_for_copying(values: list[str]) -> None:
    found = findings({("_dmarc.example.org", "TXT"): values} if values else {})
    assert [one.level for one in found] == [Level.STOP]
    assert found[0].record
    assert found[0].record.name == "_dmarc.example.org"
    assert found[0].record.value.startswith("v=DMARC1; p=none; rua=")


def test_several_records_are_none() -> None:
    found = findings({("_dmarc.example.org", "TXT"): ["v=DMARC1; p=none", "v=DMARC1; p=reject"]})
    assert [(one.level, "several" in one.title) for one in found] == [(Level.STOP, True)]


def test_a_name_server_that_fails_is_no_missing_record() -> None:
    assert [one.level for one in findings({("_dmarc.example.org", "TXT"): SERVFAIL})] == [Level.UNKNOWN]


def test_reports_to_others_are_fine_where_these_agree_or_belong_to_us() -> None:
    zone: Zone = {
        ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=none; rua=mailto:a@collector.example,mailto:b@sub.example.org"],
        ("example.org._report._dmarc.collector.example", "TXT"): ["v=DMARC1"],
    }
    assert not [one for one in findings(zone) if "may not be sent" in one.title]


@pytest.mark.parametrize(
    ("envelope", "signed", "record", "levels"),
    [
        ("bounces.example.org", "example.org", "p=none", [Level.GOOD, Level.GOOD]),
        ("bounces.example.org", "mail.example.org", "p=none; aspf=s; adkim=s", [Level.CAUTION, Level.STOP]),
        ("amazonses.example", "example.org", "p=none", [Level.CAUTION, Level.GOOD]),
        ("example.org", "sendgrid.example", "p=none", [Level.GOOD, Level.STOP]),
    ],
)
def test_domains_belong_together_or_do_not_count(envelope: str, signed: str, record: str, levels: list[Level]) -> None:
    zone: Zone = {("_dmarc.example.org", "TXT"): [f"v=DMARC1; {record}; {RUA}"]}
    found = [one for one in findings(zone, _subject(envelope=envelope, signed=signed)) if one.topic == Topic.ALIGNMENT]
    assert [one.level for one in found] == levels
