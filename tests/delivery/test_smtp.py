"""The door for mail against a real server that misbehaves at every step."""

import socket
import ssl
from pathlib import Path

import pytest

from campaigns.delivery.headers import HeaderInjection
from campaigns.delivery.sandbox.script import Drop, Script, Stall
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.delivery.sandbox.session import Session
from campaigns.delivery.smtp import Connection, SmtpServer, check
from campaigns.errors import OutsideError

MESSAGE = b"Subject: Hello\r\nMessage-ID: <1@example.org>\r\n\r\nBody\r\n"
FROM, TO = "news@example.org", "ann@example.com"
USERS = {"office": "pässwörd"}


def address_of(sandbox: SandboxServer, **changes: object) -> SmtpServer:
    values = {"host": "127.0.0.1", "port": sandbox.port, "security": "none", "timeout_ms": 5_000}
    return SmtpServer(**(values | changes))  # type: ignore[arg-type]


def at(state: str, action: str | Drop | Stall, argument: str = "", after: int = 0, times: int = 1_000) -> Script:
    """A script that acts at one state, when so many messages were accepted, at most so many times."""
    left = [times]

    def script(now: str, session: Session, rest: str) -> str | Drop | Stall | None:
        if now != state or argument not in rest or session.server.accepted < after or not left[0]:
            return None
        left[0] -= 1
        return action

    return script


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"


def test_a_message_arrives_byte_for_byte_with_its_envelope(folder: Path) -> None:
    message = MESSAGE + b".\r\n..dots\r\n.\r\n. \r\n..\r\n"
    with SandboxServer(folder) as sandbox, Connection(address_of(sandbox)) as connection:
        reply = connection.send(FROM, TO, message)
        assert (reply.code, reply.enhanced, reply.is_accepted) == (250, "2.0.0", True)
        ((entry, raw),) = sandbox.store.iter_raw()
    assert raw == message
    assert (entry.envelope_from, entry.envelope_to) == (FROM, (TO,))


def test_many_messages_leave_over_one_connection(folder: Path) -> None:
    greetings = []

    def count(state: str, _session: Session, argument: str) -> None:
        if state == "connect":
            greetings.append(argument)

    with SandboxServer(folder, count) as sandbox, Connection(address_of(sandbox)) as connection:
        assert all(connection.send(FROM, f"a{n}@example.com", MESSAGE).is_accepted for n in range(50))
        assert sandbox.store.count() == 50
    assert len(greetings) == 1


def test_an_empty_sender_is_allowed(folder: Path) -> None:
    with SandboxServer(folder) as sandbox, Connection(address_of(sandbox)) as connection:
        assert connection.send("", TO, MESSAGE).is_accepted
        assert sandbox.store.list()[0].envelope_from == ""


@pytest.mark.parametrize("state", ["RCPT", "DATA", "body"])
@pytest.mark.parametrize(("line", "is_temporary"), [("450 4.2.1 Try later", True), ("550 5.1.1 No such user", False)])
def test_a_refusal_is_a_reply_and_the_next_message_still_leaves(
    folder: Path, state: str, line: str, is_temporary: bool
) -> None:
    with SandboxServer(folder, at(state, line, times=1)) as sandbox, Connection(address_of(sandbox)) as connection:
        reply = connection.send(FROM, TO, MESSAGE)
        assert f"{reply.code} {reply.enhanced} {reply.text}" == line
        assert (reply.is_temporary, reply.is_permanent) == (is_temporary, not is_temporary)
        assert connection.send(FROM, "bob@example.com", MESSAGE).is_accepted
        assert [entry.envelope_to for entry in sandbox.store.list()] == [("bob@example.com",)]


def test_only_the_refused_recipient_is_refused(folder: Path) -> None:
    script = at("RCPT", "550 5.1.1 Unknown", argument="bad@")
    with SandboxServer(folder, script) as sandbox, Connection(address_of(sandbox)) as connection:
        codes = [connection.send(FROM, f"{name}@example.com", MESSAGE).code for name in ("a", "bad", "b")]
    assert codes == [250, 550, 250]


def test_a_refused_sender_is_trouble_with_the_server_and_not_with_the_recipient(folder: Path) -> None:
    with (
        SandboxServer(folder, at("MAIL", "530 5.7.0 Sign in first")) as sandbox,
        Connection(address_of(sandbox)) as connection,
        pytest.raises(OutsideError) as caught,
    ):
        connection.send(FROM, TO, MESSAGE)
    assert caught.value.outcome == "retry"
    assert "refused our sender address: 530 Sign in first" in str(caught.value)


@pytest.mark.parametrize("state", ["connect", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("action", [Drop(), Stall()], ids=["drop", "stall"])
def test_before_the_message_is_handed_over_trouble_means_it_stayed_here(
    folder: Path, state: str, action: Drop | Stall
) -> None:
    with SandboxServer(folder, at(state, action)) as sandbox:
        with pytest.raises(OutsideError) as caught, Connection(address_of(sandbox, timeout_ms=100)) as connection:
            connection.send(FROM, TO, MESSAGE)
        assert sandbox.store.count() == 0
    assert caught.value.outcome == "retry"
    expected = "ended the connection" if action == Drop() else "did not answer within 0.1 seconds"
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("state", "line"),
    [
        *((state, line) for state in ("MAIL", "RCPT", "DATA") for line in ("gibberish", "199 Hm", "999 Hm")),
        ("MAIL", "354 Go on"),
        ("RCPT", "354 Go on"),
        ("DATA", "250 2.0.0 Fine"),
    ],
)
def test_an_answer_out_of_place_never_counts_as_sent_nor_against_the_recipient(
    folder: Path, state: str, line: str
) -> None:
    with SandboxServer(folder, at(state, line)) as sandbox, Connection(address_of(sandbox)) as connection:
        with pytest.raises(OutsideError) as caught:
            connection.send(FROM, TO, MESSAGE)
        assert sandbox.store.count() == 0
    assert caught.value.outcome == "retry"


@pytest.mark.parametrize("state", ["body", "stored"])
@pytest.mark.parametrize("action", [Drop(), Stall(), "gibberish"], ids=["drop", "stall", "gibberish"])
def test_without_an_answer_to_the_whole_message_the_outcome_is_unknown(
    folder: Path, state: str, action: str | Drop | Stall
) -> None:
    with SandboxServer(folder, at(state, action)) as sandbox:
        with Connection(address_of(sandbox, timeout_ms=100)) as connection, pytest.raises(OutsideError) as caught:
            connection.send(FROM, TO, MESSAGE)
        assert sandbox.store.count() == (state == "stored")
    assert caught.value.outcome == "unknown"


@pytest.mark.parametrize("action", [Drop(), "421 4.7.0 Enough for one connection"], ids=["drop", "421"])
def test_a_server_that_ends_the_connection_after_some_messages_is_called_again(
    folder: Path, action: str | Drop
) -> None:
    def script(state: str, session: Session, _argument: str) -> str | Drop | None:
        return action if state == "MAIL" and session.accepted == 3 else None

    with SandboxServer(folder, script) as sandbox, Connection(address_of(sandbox)) as connection:
        assert all(connection.send(FROM, f"a{n}@example.com", MESSAGE).is_accepted for n in range(10))
        addresses = [entry.envelope_to[0] for entry in reversed(sandbox.store.list())]
    assert addresses == [f"a{n}@example.com" for n in range(10)]


@pytest.mark.parametrize("state", ["RCPT", "DATA", "body"])
def test_after_421_the_next_message_takes_a_new_connection(folder: Path, state: str) -> None:
    script = at(state, "421 4.3.2 Closing", times=1)
    with SandboxServer(folder, script) as sandbox, Connection(address_of(sandbox)) as connection:
        assert connection.send(FROM, TO, MESSAGE).code == 421
        assert connection.send(FROM, TO, MESSAGE).is_accepted
        assert sandbox.store.count() == 1


def test_a_server_that_always_says_421_is_trouble(folder: Path) -> None:
    with (
        SandboxServer(folder, at("MAIL", "421 4.3.2 Closing")) as sandbox,
        Connection(address_of(sandbox)) as connection,
        pytest.raises(OutsideError) as caught,
    ):
        connection.send(FROM, TO, MESSAGE)
    assert caught.value.outcome == "retry"


def test_after_an_unknown_outcome_the_connection_can_be_used_again(folder: Path) -> None:
    with SandboxServer(folder, at("stored", Drop(), times=1)) as sandbox, Connection(address_of(sandbox)) as connection:
        with pytest.raises(OutsideError):
            connection.send(FROM, TO, MESSAGE)
        assert connection.send(FROM, "bob@example.com", MESSAGE).is_accepted


def test_a_banner_that_turns_us_away_is_quoted(folder: Path) -> None:
    with (
        SandboxServer(folder, at("connect", "554 5.7.1 Your network is blocked")) as sandbox,
        pytest.raises(OutsideError, match="turned us away: 554 Your network is blocked"),
    ):
        check(address_of(sandbox))


def test_nobody_listening_is_one_plain_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(OutsideError) as caught:
            check(SmtpServer("127.0.0.1", port, "none"))
    assert str(caught.value) == f"Nothing answers at 127.0.0.1, port {port}."


def test_a_server_without_any_extension_takes_mail_too(folder: Path) -> None:
    with SandboxServer(folder, extensions=()) as sandbox, Connection(address_of(sandbox)) as connection:
        assert connection.send(FROM, TO, MESSAGE).is_accepted
        assert connection.send(FROM, "用户@example.com", MESSAGE).enhanced == "5.6.7"


def test_a_server_that_knows_only_helo_takes_mail_too(folder: Path) -> None:
    with (
        SandboxServer(folder, at("EHLO", "502 5.5.1 No EHLO")) as sandbox,
        Connection(address_of(sandbox)) as connection,
    ):
        assert connection.send(FROM, TO, MESSAGE).is_accepted


def test_an_address_in_another_script_leaves_with_smtputf8(folder: Path) -> None:
    with SandboxServer(folder) as sandbox, Connection(address_of(sandbox)) as connection:
        assert connection.send(FROM, "用户@example.com", MESSAGE).is_accepted
        assert sandbox.store.list()[0].envelope_to == ("用户@example.com",)


@pytest.mark.parametrize(
    "address", ["a@example.com>\r\nRCPT TO:<b@example.com", "a b@example.com", "", "a@b@example.com"]
)
def test_an_address_that_could_say_more_than_an_address_is_refused(folder: Path, address: str) -> None:
    with (
        SandboxServer(folder) as sandbox,
        Connection(address_of(sandbox)) as connection,
        pytest.raises(HeaderInjection),
    ):
        connection.send(FROM, address, MESSAGE)


@pytest.mark.parametrize("message", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nb\r\n", b"\r\r\n"])
def test_a_message_with_bare_line_ends_never_leaves(folder: Path, message: bytes) -> None:
    with SandboxServer(folder) as sandbox, Connection(address_of(sandbox)) as connection:
        with pytest.raises(ValueError, match="bare"):
            connection.send(FROM, TO, message)
        assert sandbox.store.count() == 0


def test_credentials_are_in_no_text_form() -> None:
    server = SmtpServer("mail.example.org", 587, "starttls", "office-user", "s3cret")
    assert "s3cret" not in repr(server) + str(server)
    assert "office-user" not in repr(server)


def test_an_unknown_kind_of_security_is_refused_rather_than_taken_as_none() -> None:
    with pytest.raises(ValueError, match="none, starttls or tls"):
        SmtpServer("mail.example.org", 465, "ssl")


@pytest.mark.parametrize("offer", ["AUTH PLAIN", "AUTH LOGIN"])
def test_the_right_password_signs_in_by_either_way(folder: Path, offer: str) -> None:
    users = []

    def script(state: str, session: Session, _argument: str) -> str | None:
        if state == "MAIL":
            users.append(session.user)
        if state != "EHLO":
            return None
        session.greeted = "scripted"
        return f"250 hello\n{offer}"

    with (
        SandboxServer(folder, script, users=USERS) as sandbox,
        Connection(address_of(sandbox, username="office", password="pässwörd")) as connection,
    ):
        assert connection.send(FROM, TO, MESSAGE).is_accepted
    assert users == ["office"]


def test_a_wrong_password_is_said_without_showing_it(folder: Path) -> None:
    with SandboxServer(folder, users=USERS) as sandbox, pytest.raises(OutsideError) as caught:
        check(address_of(sandbox, username="office", password="wr0ng"))
    assert str(caught.value) == "The mail server at 127.0.0.1 did not accept the user name and password (535)."
    assert caught.value.__cause__ is None


def test_a_server_without_sign_in_is_named_as_such(folder: Path) -> None:
    with SandboxServer(folder) as sandbox, pytest.raises(OutsideError, match="does not offer a way to sign in"):
        check(address_of(sandbox, username="office", password="x"))


# Encryption


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_leaves_encrypted_when_the_certificate_is_trusted(
    folder: Path, tls: ssl.SSLContext, certificate: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    encrypted = []

    def note(state: str, session: Session, _argument: str) -> None:
        if state in ("AUTH", "MAIL"):
            encrypted.append(session.is_encrypted)

    with SandboxServer(folder, note, tls=tls, is_tls_from_start=security == "tls", users=USERS) as sandbox:
        server = address_of(sandbox, security=security, username="office", password="pässwörd")
        with Connection(server) as connection:
            assert connection.send(FROM, TO, MESSAGE).is_accepted
            assert connection.send(FROM, TO, MESSAGE).is_accepted
    assert encrypted == [True, True, True]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_stops_everything(
    folder: Path, tls: ssl.SSLContext, security: str
) -> None:
    with (
        SandboxServer(folder, tls=tls, is_tls_from_start=security == "tls") as sandbox,
        pytest.raises(OutsideError, match="certificate that cannot be trusted") as caught,
    ):
        check(address_of(sandbox, security=security))
    assert caught.value.outcome == "retry"


def test_a_certificate_for_another_name_stops_everything(
    folder: Path, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with SandboxServer(folder, tls=tls) as sandbox, pytest.raises(OutsideError, match="cannot be trusted"):
        check(address_of(sandbox, host="localhost", security="starttls"))


def test_a_server_that_hides_starttls_gets_no_mail(folder: Path) -> None:
    with SandboxServer(folder) as sandbox, pytest.raises(OutsideError, match="does not offer encryption"):
        check(address_of(sandbox, security="starttls"))


def test_tls_to_a_port_without_tls_is_one_plain_sentence(folder: Path) -> None:
    with SandboxServer(folder) as sandbox, pytest.raises(OutsideError, match="did not speak TLS as expected"):
        check(address_of(sandbox, security="tls"))


def test_a_refusal_of_starttls_sends_no_password(folder: Path, tls: ssl.SSLContext) -> None:
    seen = []

    def script(state: str, _session: Session, argument: str) -> str | None:
        seen.append(state)
        return "454 4.7.0 Not now" if state == "STARTTLS" else None

    with (
        SandboxServer(folder, script, tls=tls, users=USERS) as sandbox,
        pytest.raises(OutsideError, match="turned us away: 454 Not now"),
    ):
        check(address_of(sandbox, security="starttls", username="office", password="pässwörd"))
    assert "AUTH" not in seen


def test_a_password_is_not_sent_across_a_network_in_the_clear(folder: Path) -> None:
    with (
        SandboxServer(folder, users=USERS, host="127.0.0.2") as sandbox,
        pytest.raises(OutsideError, match="do not send the password"),
    ):
        check(address_of(sandbox, host="127.0.0.2", username="office", password="pässwörd"))
