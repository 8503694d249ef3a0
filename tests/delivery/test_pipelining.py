"""Envelope and wish to send in one go: as safe as one command after the other, which older servers still get."""

from pathlib import Path

import pytest

from campaigns.delivery.sandbox.server import EXTENSIONS, SandboxServer
from campaigns.delivery.sandbox.session import Session
from campaigns.delivery.smtp import Connection, SmtpServer
from campaigns.errors import OutsideError

MESSAGE = b"Subject: Hello\r\nMessage-ID: <1@example.org>\r\n\r\nBody\r\n"
FROM, TO, NOBODY = "news@example.org", "ann@example.com", "nobody@example.com"
WITHOUT = tuple(name for name in EXTENSIONS if name != "PIPELINING")


def server_of(sandbox: SandboxServer) -> SmtpServer:
    return SmtpServer("127.0.0.1", sandbox.port, "none", timeout_ms=5_000)


def refuses_nobody(state: str, _session: Session, argument: str) -> str | None:
    return "550 5.1.1 No such person" if state == "RCPT" and NOBODY in argument else None


def asks_for_a_message_to_nobody(state: str, session: Session, argument: str) -> str | None:
    if state == "DATA" and not session.recipients:
        return "354 Go on"
    return refuses_nobody(state, session, argument)


@pytest.mark.parametrize("extensions", [EXTENSIONS, WITHOUT], ids=["together", "in turn"])
@pytest.mark.parametrize("script", [refuses_nobody, asks_for_a_message_to_nobody])
def test_a_refused_recipient_costs_nobody_else_their_message(
    tmp_path: Path, extensions: tuple[str, ...], script: object
) -> None:
    with SandboxServer(tmp_path, script, extensions=extensions) as sandbox:  # type: ignore[arg-type]
        with Connection(server_of(sandbox)) as connection:
            codes = [connection.send(FROM, to, MESSAGE).code for to in (TO, NOBODY, TO, NOBODY)]
        assert codes == [250, 550, 250, 550]
        assert [(entry.envelope_to, raw) for entry, raw in sandbox.store.iter_raw()] == [((TO,), MESSAGE)] * 2


@pytest.mark.parametrize("extensions", [EXTENSIONS, WITHOUT], ids=["together", "in turn"])
@pytest.mark.parametrize("state", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["451 4.7.1 Later", "421 4.3.2 Closing down"])
def test_a_server_that_says_later_gets_the_next_message(
    tmp_path: Path, extensions: tuple[str, ...], state: str, answer: str
) -> None:
    left = [answer]

    def script(now: str, _session: Session, _argument: str) -> str | None:
        return left.pop() if now == state and left else None

    with SandboxServer(tmp_path, script, extensions=extensions) as sandbox:
        with Connection(server_of(sandbox)) as connection:
            try:
                first = connection.send(FROM, TO, MESSAGE).code
            except OutsideError as error:
                # A server that closes before it took anything is trouble with the server; the message stayed here.
                first = {"retry": 421}.get(error.outcome)
            assert first == int(answer[:3])
            assert connection.send(FROM, TO, MESSAGE).code == 250
        assert sandbox.store.count() == 1
