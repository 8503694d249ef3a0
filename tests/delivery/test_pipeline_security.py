"""Encryption and signing in, on the way that many messages take."""

import base64
import hmac
import ssl
from pathlib import Path

import pytest

from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.delivery.sandbox.session import Session
from campaigns.delivery.smtp import Connection, SmtpServer
from tests.delivery.test_pipeline import carried, codes, letters, server_of

USERS = {"office": "pässwörd"}
SIGNED = {"username": "office", "password": "pässwörd"}


@pytest.mark.usefixtures("either_loop")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_leaves_encrypted_when_the_certificate_is_trusted(
    tmp_path: Path, tls: ssl.SSLContext, certificate: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    encrypted = []

    def note(state: str, session: Session, _argument: str) -> None:
        if state in ("AUTH", "MAIL"):
            encrypted.append(session.is_encrypted)

    with SandboxServer(tmp_path, note, tls=tls, is_tls_from_start=security == "tls", users=USERS) as sandbox:
        results, back, trouble = carried(server_of(sandbox, security=security, **SIGNED), letters(20), 2)
        assert (sandbox.store.count(), trouble) == (20, "")
    assert (set(codes(results).values()), back, trouble) == ({250}, [], "")
    assert encrypted == [True] * 22


@pytest.mark.usefixtures("either_loop")
@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("is_trusted", [False, True], ids=["nobody vouches for it", "it names another host"])
def test_a_wrong_certificate_stops_everything(
    tmp_path: Path,
    tls: ssl.SSLContext,
    certificate: Path,
    security: str,
    is_trusted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    said = []

    def note(state: str, _session: Session, _argument: str) -> None:
        said.append(state)

    with SandboxServer(tmp_path, note, tls=tls, is_tls_from_start=security == "tls", users=USERS) as sandbox:
        host = "localhost" if is_trusted else "127.0.0.1"
        results, back, trouble = carried(server_of(sandbox, host=host, security=security, **SIGNED), letters(3))
    assert (results, len(back)) == ({}, 3)
    assert "showed a certificate that cannot be trusted" in trouble
    assert not {"AUTH", "MAIL"} & set(said)


def test_a_server_that_hides_starttls_gets_no_mail(tmp_path: Path) -> None:
    with SandboxServer(tmp_path, users=USERS) as sandbox:
        results, _, trouble = carried(server_of(sandbox, security="starttls", **SIGNED), letters(3))
    assert results == {}
    assert "does not offer encryption" in trouble


def test_what_is_said_ahead_of_encryption_is_not_believed(
    tmp_path: Path, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def script(state: str, session: Session, _argument: str) -> str | None:
        if state == "STARTTLS":
            session.wire.reply("220 2.0.0 Go on")
            return "250 injected"
        return None

    with SandboxServer(tmp_path, script, tls=tls) as sandbox:
        results, _, trouble = carried(server_of(sandbox, security="starttls"), letters(3))
    assert results == {}
    assert "did not speak TLS as expected" in trouble


def cram(users: list[str]) -> object:
    """A server that offers only CRAM-MD5 and checks the proof by itself."""
    question = base64.b64encode(b"<1896.697170952@mail.example.org>").decode()
    proof = hmac.new(SIGNED["password"].encode(), base64.b64decode(question), "md5").hexdigest()
    right = base64.b64encode(f"office {proof}".encode()).decode()

    def script(state: str, session: Session, argument: str) -> str | None:
        if state == "EHLO":
            session.greeted = "scripted"
            return "250 hello\nPIPELINING\nAUTH CRAM-MD5"
        if state == "AUTH":
            assert argument == "CRAM-MD5"
            return f"334 {question}"
        if state == right.upper():
            users.append("office")
            return "235 2.7.0 Welcome"
        return None

    return script


@pytest.mark.parametrize("offer", ["AUTH PLAIN", "AUTH LOGIN", "AUTH=LOGIN", "AUTH XOAUTH2 PLAIN"])
def test_the_right_password_signs_in_by_the_way_that_is_offered(tmp_path: Path, offer: str) -> None:
    users = []

    def script(state: str, session: Session, _argument: str) -> str | None:
        if state == "MAIL":
            users.append(session.user)
        if state != "EHLO":
            return None
        session.greeted = "scripted"
        return f"250 hello\n{offer}"

    with SandboxServer(tmp_path, script, users=USERS) as sandbox:
        assert set(codes(carried(server_of(sandbox, **SIGNED), letters(2))[0]).values()) == {250}
    assert users == ["office", "office"]


def test_a_password_is_proved_without_being_shown_where_only_that_is_offered(tmp_path: Path) -> None:
    users: list[str] = []
    with SandboxServer(tmp_path, cram(users)) as sandbox:  # type: ignore[arg-type]
        assert codes(carried(server_of(sandbox, **SIGNED), letters(1))[0]) == {0: 250}
        with Connection(server_of(sandbox, **SIGNED)) as connection:
            assert connection.send("a@example.org", "b@example.org", b"Subject: x\r\n\r\nx\r\n").is_accepted
    assert users == ["office", "office"]


@pytest.mark.parametrize("token", ["ya29.token", "expired"])
def test_a_token_signs_in_where_the_server_takes_nothing_else(tmp_path: Path, token: str) -> None:
    right = base64.b64encode(b"user=office\x01auth=Bearer ya29.token\x01\x01").decode()

    def script(state: str, session: Session, argument: str) -> str | None:
        if state == "EHLO":
            session.greeted = "scripted"
            return "250 hello\nPIPELINING\nAUTH XOAUTH2"
        if state == "AUTH":
            return "235 2.7.0 Welcome" if argument == f"XOAUTH2 {right}" else "334 eyJzdGF0dXMiOiI0MDEifQ=="
        # Only an empty line after the question gets the refusal.
        return "535 5.7.8 Not accepted" if state == "" else None

    with SandboxServer(tmp_path, script) as sandbox:
        results, back, trouble = carried(server_of(sandbox, username="office", password=token), letters(2))
    if token == "expired":
        assert (results, len(back)) == ({}, 2)
        assert trouble.endswith("did not accept the user name and password (535).")
    else:
        assert set(codes(results).values()) == {250}


def test_a_wrong_password_is_said_without_showing_it(tmp_path: Path) -> None:
    with SandboxServer(tmp_path, users=USERS) as sandbox:
        server = server_of(sandbox, username="office", password="wr0ng")
        assert (
            carried(server, letters(1))[2]
            == "The mail server at 127.0.0.1 did not accept the user name and password (535)."
        )


def test_a_password_is_not_sent_across_a_network_in_the_clear(tmp_path: Path) -> None:
    with SandboxServer(tmp_path, users=USERS, host="127.0.0.2") as sandbox:
        server = SmtpServer("127.0.0.2", sandbox.port, "none", **SIGNED)  # type: ignore[arg-type]
        assert "do not send the password" in carried(server, letters(1))[2]
