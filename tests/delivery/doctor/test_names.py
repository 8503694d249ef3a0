"""Every kind of answer a name server can give, over the real wire."""

import pytest

from campaigns.delivery.doctor.names import Names, State
from tests.nameserver import NOISE, REFUSED, SERVFAIL, SILENCE, NameServer, Zone, serving

ZONE: Zone = {
    ("example.org", "TXT"): ["v=spf1 -all", "another"],
    ("example.org", "A"): ["192.0.2.1"],
    ("example.org", "AAAA"): ["2001:db8::1"],
    ("long.example.org", "TXT"): ["x" * 3000],
    ("fails.example.org", "TXT"): SERVFAIL,
    ("refuses.example.org", "TXT"): REFUSED,
    ("silent.example.org", "TXT"): SILENCE,
    ("noisy.example.org", "TXT"): NOISE,
    ("odd.example.org", "TXT"): ["<script>alert(1)</script>\x00\x1b[2J\u202eolleh", '"\\255\\254"'],
    ("1.2.0.192.in-addr.arpa", "PTR"): ["mail.example.org."],
}


@pytest.fixture(scope="module")
def server():
    with serving(ZONE) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "kind", "state", "words"),
    [
        ("example.org", "TXT", State.FOUND, ""),
        ("EXAMPLE.org.", "A", State.FOUND, ""),
        ("example.org", "MX", State.EMPTY, ""),
        ("nothing.example.org", "TXT", State.ABSENT, ""),
        ("fails.example.org", "TXT", State.FAILED, "could not answer"),
        ("refuses.example.org", "TXT", State.FAILED, "could not answer"),
        ("silent.example.org", "TXT", State.FAILED, "in time"),
        ("noisy.example.org", "TXT", State.FAILED, ""),
        ("a" * 64 + ".example.org", "TXT", State.FAILED, "no usable answer"),
        ("two..dots", "TXT", State.FAILED, "no usable answer"),
        (".".join(["abcdefgh"] * 40), "TXT", State.FAILED, "no usable answer"),
    ],
)
def test_an_answer_says_also_why_there_is_none(
    server: NameServer, name: str, kind: str, state: State, words: str
) -> None:
    answer = server.names().ask(name, kind)
    assert answer.state == state
    assert bool(answer.values) == (state == State.FOUND)
    assert words in answer.problem


def test_what_is_cut_off_over_udp_is_asked_again_over_tcp(server: NameServer) -> None:
    server.asked.clear()
    assert server.names().ask("long.example.org", "TXT").values == ("x" * 3000,)
    assert [way for _, _, way in server.asked] == ["udp", "tcp"]


def test_strings_of_one_record_are_one_text_and_odd_bytes_stay_harmless(server: NameServer) -> None:
    values = server.names().ask("odd.example.org", "TXT").values
    assert len(values) == 2
    assert any(value.startswith("<script>") for value in values)
    assert "��" in values


def test_each_question_is_asked_once_and_both_kinds_of_address_are_found(server: NameServer) -> None:
    names = server.names()
    server.asked.clear()
    assert set(names.addresses("example.org").values) == {"192.0.2.1", "2001:db8::1"}
    names.ask("Example.org.", "A")
    assert len(server.asked) == 2
    assert names.reverse("192.0.2.1").values == ("mail.example.org.",)
    assert names.addresses("silent.example.org").state == State.EMPTY


def test_past_its_deadline_nothing_more_is_asked(server: NameServer) -> None:
    server.asked.clear()
    answer = server.names(deadline_s=0).ask("example.org", "TXT")
    assert (answer.state, "over before" in answer.problem) == (State.FAILED, True)
    assert not server.asked


def test_a_server_that_is_not_there_is_a_sentence() -> None:
    with serving({}) as gone:
        names = gone.names()
    assert names.ask("example.org", "TXT").state == State.FAILED
    assert Names([("127.0.0.1", 9)], timeout_s=0.2, patience_s=0.3).ask("example.org", "A").problem
