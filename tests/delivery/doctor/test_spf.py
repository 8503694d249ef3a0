"""SPF by RFC 7208, every answer given by a real name server on loopback."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.delivery.doctor import spf, spf_record, spf_walk
from campaigns.delivery.doctor.findings import Finding, Level
from campaigns.delivery.doctor.spf_record import Broken
from campaigns.delivery.doctor.spf_walk import Verdict
from campaigns.delivery.doctor.subject import Subject, Whereabouts
from tests.nameserver import SERVFAIL, SILENCE, Zone, chain, serving

D = "example.org"
RELAY = "mail.example.org"
AT = "8.8.4.4"
SUBJECT = Subject(f"news@{D}", f"office@{D}", D, RELAY)


def findings(zone: Zone, subject: Subject = SUBJECT, relay: Whereabouts | None = None) -> list[Finding]:
    with serving(zone) as server:
        return spf.check(server.names(), subject, relay or Whereabouts((AT,)))


def levels(found: list[Finding]) -> set[Level]:
    return {one.level for one in found}


def one(zone: Zone, words: str, **options: object) -> Finding:
    """The finding whose title or text holds those words."""
    found = findings(zone, **options)  # type: ignore[arg-type]
    fitting = [finding for finding in found if words in f"{finding.title} {finding.text}"]
    assert fitting, [finding.title for finding in found]
    return fitting[0]


HOST: Zone = {(RELAY, "A"): [AT]}


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 a:mail.example.org -all",
        "v=spf1 ip4:8.8.4.0/24 ~all",
        "V=SPF1 IP4:8.8.4.4 -ALL",
        "v=spf1 mx -all",
        "v=spf1 include:_spf.example.net -all",
        "v=spf1 redirect=_spf.example.net",
        "v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all",
        "v=spf1 exp=why.%{d} unknown=x ip4:8.8.4.4 -all",
        "v=spf1 a:mail.example.org/24 ?ip6:2001:db8::/32 ~all",
    ],
)
def test_a_sound_record_that_names_the_relay_is_good(record: str) -> None:
    zone: Zone = {
        **HOST,
        (D, "TXT"): ["google-site-verification=abc", record],
        (D, "MX"): ["10 mail.example.org."],
        ("_spf.example.net", "TXT"): ["v=spf1 ip4:8.8.4.4 -all"],
        ("4.4.8.8.in-addr._spf.example.org", "A"): ["127.0.0.2"],
    }
    assert levels(findings(zone)) == {Level.GOOD}


def test_without_a_record_one_is_offered_for_copying() -> None:
    for zone in ({(D, "A"): [AT]}, {}, {(D, "TXT"): ["v=spf10 -all", "spf2.0/pra -all"]}):
        found = one(zone, "has no SPF record")
        assert found.level == Level.STOP
        assert found.record
        assert (found.record.name, found.record.kind) == (D, "TXT")
        assert found.record.value == "v=spf1 a:mail.example.org ~all"


def test_several_records_are_none_and_a_merged_one_is_offered() -> None:
    found = one({(D, "TXT"): ["v=spf1 ip4:8.8.4.4 -all", "v=spf1 include:sendgrid.net ~all"]}, "2 SPF records")
    assert found.level == Level.STOP
    assert found.record
    assert set(found.record.value.split()) == {"v=spf1", "ip4:8.8.4.4", "include:sendgrid.net", "~all"}
    assert found.record.value.endswith("~all")


def test_a_relay_that_is_not_named_is_put_before_the_end_of_the_record() -> None:
    found = one({**HOST, (D, "TXT"): ["v=spf1 ip4:9.9.9.9 -all"]}, "does not name mail.example.org")
    assert found.level == Level.STOP
    assert found.record
    assert found.record.value == "v=spf1 ip4:9.9.9.9 a:mail.example.org -all"


@pytest.mark.parametrize(("links", "is_fine"), [(9, True), (10, True), (11, False), (30, False), (60, False)])
def test_the_eleventh_look_up_breaks_the_record(links: int, is_fine: bool) -> None:
    found = findings(chain(D, links, f"ip4:{AT} -all"))
    titles = [finding.title for finding in found]
    assert ("The SPF record is too long" in titles) != is_fine
    if links == 60:
        assert "more than 40 look-ups" in one(chain(D, links), "look-ups").text


def test_a_record_that_leads_back_to_itself_ends() -> None:
    zone: Zone = {(D, "TXT"): ["v=spf1 include:b.example -all"], ("b.example", "TXT"): [f"v=spf1 include:{D} -all"]}
    assert one(zone, "leads back to itself").level == Level.STOP
    with serving(zone) as server:
        assert spf_walk.verdict(server.names(), D, AT, SUBJECT.address) == Verdict.PERMERROR


@pytest.mark.parametrize(
    ("record", "words", "level"),
    [
        ("v=spf1 +all", "lets everybody send", Level.STOP),
        ("v=spf1 ip4:8.8.4.4 ?all", "what happens to others", Level.CAUTION),
        ("v=spf1 ip4:8.8.4.4", "what happens to others", Level.CAUTION),
        ("v=spf1 ptr ip4:8.8.4.4 -all", "“ptr”", Level.CAUTION),
        ("v=spf1 include:gone.example ip4:8.8.4.4 -all", "no SPF records", Level.STOP),
        ("v=spf1 a:x1.example a:x2.example ip4:8.8.4.4 -all", "bear with 2", Level.CAUTION),
        ("v=spf1 a:x1.example a:x2.example a:x3.example ip4:8.8.4.4 -all", "names what is not there", Level.STOP),
        ("v=spf1 ip4:8.8.4.4.4 -all", "no IPv4 address", Level.STOP),
        ("v=spf1 ip4:2001:db8::1 -all", "no IPv4 address", Level.STOP),
        ("v=spf1 ipv4:8.8.4.4 -all", "not understood", Level.STOP),
        ("v=spf1 include: -all", "not complete", Level.STOP),
        ("v=spf1 a:mail.example.org/33 -all", "not complete", Level.STOP),
        ("v=spf1 redirect=a.example redirect=b.example", "twice", Level.STOP),
        ("v=spf1 exists:%{z}.example -all", "placeholder", Level.STOP),
        ("v=spf1 exists:50%.example -all", "percent sign", Level.STOP),
        ("v=spf1 ip4:8.8.4.4 –all", "plain ASCII", Level.STOP),
        ("v=spf1 a:fails.example ip4:8.8.4.4 -all", "could not be read", Level.UNKNOWN),
        ("v=spf1 include:silent.example ip4:8.8.4.4 -all", "could not be read", Level.UNKNOWN),
        ("v=spf1 mx:many.example ip4:8.8.4.4 -all", "more than ten mail hosts", Level.STOP),
    ],
)
def test_each_fault_is_named(record: str, words: str, level: Level) -> None:
    zone: Zone = {
        (D, "TXT"): [record],
        ("fails.example", "A"): SERVFAIL,
        ("fails.example", "AAAA"): SERVFAIL,
        ("silent.example", "TXT"): SILENCE,
        ("many.example", "MX"): [f"10 m{number}.example." for number in range(11)],
    }
    assert one(zone, words).level == level


def test_a_name_server_that_fails_is_no_missing_record() -> None:
    for value in (SERVFAIL, SILENCE):
        assert levels(findings({(D, "TXT"): value})) == {Level.UNKNOWN}


def test_a_service_is_looked_for_by_the_name_it_asks_for() -> None:
    relay = Subject(f"news@{D}", f"office@{D}", D, "email-smtp.us-west-2.amazonaws.com")
    missing = one({(D, "TXT"): ["v=spf1 ip4:9.9.9.9 ~all"]}, "does not name Amazon SES", subject=relay)
    assert missing.record
    assert missing.record.value == "v=spf1 ip4:9.9.9.9 include:amazonses.com ~all"
    zone: Zone = {
        (D, "TXT"): ["v=spf1 include:amazonses.com ~all"],
        ("amazonses.com", "TXT"): ["v=spf1 ip4:9.9.9.9 -all"],
    }
    assert levels(findings(zone, subject=relay)) == {Level.GOOD}


@pytest.mark.parametrize(
    ("relay", "level"),
    [
        (Whereabouts(has_inner=True), Level.UNKNOWN),
        (Whereabouts(problem="There is no mail server called mail.example.org."), Level.UNKNOWN),
    ],
)
def test_what_cannot_be_known_from_here_is_said(relay: Whereabouts, level: Level) -> None:
    found = findings({(D, "TXT"): ["v=spf1 ip4:9.9.9.9 -all"]}, relay=relay)
    assert levels(found) == {Level.GOOD, level}
    proved = Subject(f"news@{D}", f"office@{D}", D, RELAY, has_proved_spf=True)
    assert levels(findings({(D, "TXT"): ["v=spf1 ip4:9.9.9.9 -all"]}, subject=proved)) == {Level.GOOD}


@pytest.mark.parametrize(
    ("record", "address", "verdict"),
    [
        ("v=spf1 ip4:8.8.4.4 -all", AT, Verdict.PASS),
        ("v=spf1 -all", AT, Verdict.FAIL),
        ("v=spf1 ~all", AT, Verdict.SOFTFAIL),
        ("v=spf1 ?all", AT, Verdict.NEUTRAL),
        ("v=spf1", AT, Verdict.NEUTRAL),
        ("v=spf1 ip6:2001:4860::/32 -all", "2001:4860::8844", Verdict.PASS),
        ("v=spf1 -ip4:8.8.0.0/16 +all", AT, Verdict.FAIL),
        ("v=spf1 include:soft.example ip4:8.8.4.4 -all", AT, Verdict.PASS),
        ("v=spf1 include:fails.example -all", AT, Verdict.TEMPERROR),
        ("v=spf1 include:gone.example -all", AT, Verdict.PERMERROR),
        ("v=spf1 redirect=soft.example", AT, Verdict.SOFTFAIL),
        ("v=spf1 -all redirect=soft.example", AT, Verdict.FAIL),
        ("v=spf1 ptr:mail.example -all", AT, Verdict.PASS),
        ("v=spf1 ptr:other.example -all", AT, Verdict.FAIL),
        ("v=spf1 exists:%{l1r-}.%{o}.lp.example -all", AT, Verdict.PASS),
        ("v=spf1 a:x1.example a:x2.example a:x3.example ip4:8.8.4.4 -all", AT, Verdict.PERMERROR),
        ("v=spf1 exists:" + "%{d}." * 60 + "example -all", AT, Verdict.FAIL),
    ],
)
def test_one_address_is_judged_as_a_receiver_would(record: str, address: str, verdict: Verdict) -> None:
    zone: Zone = {
        (D, "TXT"): [record],
        ("soft.example", "TXT"): ["v=spf1 ~all"],
        ("fails.example", "TXT"): SERVFAIL,
        ("4.4.8.8.in-addr.arpa", "PTR"): ["liar.other.example.", "a.mail.example."],
        ("a.mail.example", "A"): [AT],
        ("news.example.org.lp.example", "A"): ["127.0.0.2"],
    }
    with serving(zone) as server:
        assert spf_walk.verdict(server.names(), D, address, "news@example.org") == verdict


@pytest.mark.parametrize(
    ("target", "name"),
    [
        # The examples of RFC 7208, 7.4.
        ("%{s}", "strong-bad@email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l-}", "strong.bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%%%_%-", "% %20"),
        ("%{S}", "strong-bad%40email.example.com"),
    ],
)
def test_placeholders_are_filled_as_the_standard_shows(target: str, name: str) -> None:
    assert spf_record.expand(target, "email.example.com", "192.0.2.3", "strong-bad@email.example.com") == name


def test_an_address_of_the_new_kind_is_spelled_digit_by_digit() -> None:
    filled = spf_record.expand("%{ir}.%{v}", "example.com", "2001:db8::cb01", "a@example.com")
    assert filled == "1.0.b.c." + "0." * 20 + "8.b.d.0.1.0.0.2.ip6"


@given(st.text(alphabet=st.sampled_from("ainclude:mxptrexists=/%{}dlsr0123456789.-+~? \u2013\x00"), max_size=120))
def test_no_text_of_a_stranger_breaks_more_than_itself(text: str) -> None:
    try:
        terms = spf_record.parse("v=spf1 " + text)
    except Broken:
        return
    for term in terms:
        assert len(spf_record.expand(term.target, D, "2001:db8::1", "a@example.org")) <= 253 or "." not in term.target
