"""The one door for mail: a connection to a mail server over which many messages can leave.

A refusal is a `Reply`; trouble with the server itself is an `OutsideError` whose outcome says whether the message
certainly stayed here ("retry") or may have been taken ("unknown": it was handed over whole and no answer came).
"""

import contextlib
import smtplib
import socket
import ssl
from typing import Self

from campaigns.delivery import headers, servers
from campaigns.delivery.servers import Reply, Security, SmtpServer
from campaigns.errors import OutsideError

__all__ = ["Connection", "Reply", "Security", "SmtpServer", "check"]

_GOODBYE_S = 2.0


class _ConnectionLost(Exception):
    """The connection ended before the message was handed over whole."""


class Connection:
    """An open way to one mail server. Use as a context manager, by one thread, for any number of messages.

    It opens by itself again where a server ends a connection between two messages.
    """

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, envelope_from: str, envelope_to: str, message: bytes) -> Reply:
        """Hand over one message (CRLF line ends) and give the server's answer.

        Raises OutsideError; HeaderInjection for an address that is not one bare address (an empty sender is allowed);
        ValueError for a message with a bare CR or LF.
        """
        if envelope_from:
            headers.check_address(envelope_from)
        headers.check_address(envelope_to)
        if not message.count(b"\r\n") == message.count(b"\n") == message.count(b"\r"):
            raise ValueError("A message may not hold a bare CR or LF.")
        try:
            return self._attempt(envelope_from, envelope_to, message)
        except _ConnectionLost as lost:
            if not self._sent:
                raise self._trouble(lost, "retry") from lost
        # Servers end a connection after so many messages or seconds; nothing of this message was taken, so once more.
        try:
            return self._attempt(envelope_from, envelope_to, message)
        except _ConnectionLost as lost:
            raise self._trouble(lost, "retry") from lost

    def check(self) -> None:
        """Ask the server for a sign of life; raises OutsideError."""
        try:
            self._command(self._opened(), "NOOP")
        except _ConnectionLost as lost:
            raise self._trouble(lost, "retry") from lost

    def encryption(self) -> tuple[str, str] | None:
        """The version of TLS and the end of the server's certificate, as it stands there; None without encryption."""
        sock = self._smtp.sock if self._smtp is not None else None
        if not isinstance(sock, ssl.SSLSocket):
            return None
        shown = sock.getpeercert() or {}
        return sock.version() or "", str(shown.get("notAfter", ""))

    def close(self) -> None:
        """Say goodbye if the server still listens, and close. May be called twice."""
        smtp = self._smtp
        if smtp is not None and smtp.sock is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.sock.settimeout(min(_GOODBYE_S, self.server.seconds))
                smtp.docmd("QUIT")
        self._drop()

    def _attempt(self, envelope_from: str, envelope_to: str, message: bytes) -> Reply:
        smtp = self._opened()
        refusal = self._envelope(smtp, envelope_from, envelope_to, message)
        if refusal is not None:
            return self._after(smtp, refusal)
        self._write(smtp, servers.stuffed(message))
        try:
            self._write(smtp, b".\r\n")
            reply = servers.parsed(*smtp.getreply())
        except (_ConnectionLost, smtplib.SMTPException, OSError) as error:
            self._drop()
            raise self._trouble(error, "unknown") from error
        if not (reply.is_accepted or reply.is_refusal):
            raise self._nonsense("unknown")
        self._sent += 1
        return self._after(smtp, reply, is_reset=True)

    def _envelope(self, smtp: smtplib.SMTP, envelope_from: str, envelope_to: str, message: bytes) -> Reply | None:
        """Sender, recipient and the wish to send; gives the refusal, or None when the server waits for the message."""
        options = f" SIZE={len(message)}" if smtp.has_extn("size") else ""
        if smtp.has_extn("dsn"):
            # A report of failure need not carry a link that opens something.
            options += " RET=HDRS"
        if not (envelope_from + envelope_to).isascii():
            if not smtp.has_extn("smtputf8"):
                return Reply(553, "5.6.7", "The mail server does not take addresses with letters outside ASCII.")
            options += " SMTPUTF8"
        lines = [f"MAIL FROM:<{envelope_from}>{options}", f"RCPT TO:<{envelope_to}>", "DATA"]
        answers = self._together(smtp, lines) if smtp.has_extn("pipelining") else self._in_turn(smtp, lines)
        first, last = answers[0], answers[-1]
        if first.code == 421:
            self._drop()
            raise _ConnectionLost(first.text)
        if first.is_permanent:
            # This says something about us and nothing about the recipient, who must not be counted as failed.
            self._drop()
            raise OutsideError(f"{self.server.name} refused our sender address: {first.code} {first.text}", "retry")
        refused = next((answer for answer in answers[:2] if not answer.is_accepted), None)
        if refused is None:
            if last.code == 354:
                return None
            refused = last
        elif last.code == 354:
            # It waits for a message to nobody, asked for before we knew of the refusal.
            self._drop()
        # Anything else would count as sent, or as the recipient's fault, and is neither.
        if not refused.is_refusal:
            raise self._nonsense("retry")
        return refused

    def _in_turn(self, smtp: smtplib.SMTP, lines: list[str]) -> list[Reply]:
        """The answers to commands, up to the first that is not a yes."""
        answers: list[Reply] = []
        for line in lines:
            answers.append(self._command(smtp, line))
            if not answers[-1].is_accepted:
                break
        return answers

    def _together(self, smtp: smtplib.SMTP, lines: list[str]) -> list[Reply]:
        """The answers to commands that leave in one go, where the server offers it (RFC 2920): one way there and back.

        Up to the first that ends the session; whatever the connection does after that does not matter.
        """
        self._write(smtp, "".join(f"{line}\r\n" for line in lines).encode())
        answers: list[Reply] = []
        while len(answers) < len(lines) and (not answers or answers[-1].code != 421):
            try:
                answers.append(servers.parsed(*smtp.getreply()))
            except (smtplib.SMTPException, OSError) as error:
                self._drop()
                raise _ConnectionLost(str(error)) from error
        return answers

    def _after(self, smtp: smtplib.SMTP, reply: Reply, *, is_reset: bool = False) -> Reply:
        """Make the connection ready for the next message, or give it up where it cannot be."""
        if reply.code == 421:
            self._drop()
        elif not is_reset:
            with contextlib.suppress(_ConnectionLost):
                self._command(smtp, "RSET")
        return reply

    def _command(self, smtp: smtplib.SMTP, line: str) -> Reply:
        try:
            return servers.parsed(*smtp.docmd(line))
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise _ConnectionLost(str(error)) from error

    def _write(self, smtp: smtplib.SMTP, data: bytes) -> None:
        try:
            if smtp.sock is None:
                raise _ConnectionLost("closed")
            smtp.sock.sendall(data)
        except OSError as error:
            self._drop()
            raise _ConnectionLost(str(error)) from error

    def _opened(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._open()
        assert self._smtp is not None  # noqa: S101 - for the type checker: _open sets it or raises
        return self._smtp

    def _open(self) -> None:
        self._sent = 0
        try:
            self._smtp = self._connected()
            self._greet(self._smtp)
        except OutsideError:
            self._drop()
            raise
        except (smtplib.SMTPException, OSError, _ConnectionLost) as error:
            self._drop()
            raise self._trouble(error, "retry") from error

    def _connected(self) -> smtplib.SMTP:
        server = self.server
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, server.hello_name, timeout=server.seconds, context=servers.tls()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, server.hello_name, timeout=server.seconds)
        if smtp.sock is not None:
            # The final dot is a small write of its own and must not wait for the server's acknowledgement.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Our lines are ASCII unless an address is not, and then SMTPUTF8 was offered.
        smtp.command_encoding = "utf-8"
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self.server.security == "starttls":
            if not smtp.has_extn("starttls"):
                raise OutsideError(f"{self.server.name} does not offer encryption on this port (STARTTLS).", "retry")
            smtp.starttls(context=servers.tls())
            smtp.ehlo_or_helo_if_needed()
        if self.server.username:
            self._sign_in(smtp)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        dialogue = servers.sign_in(self.server, smtp.esmtp_features.get("auth", "").upper().split())
        with contextlib.suppress(StopIteration):
            line = next(dialogue)
            while True:
                line = dialogue.send(self._command(smtp, line))

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _nonsense(self, outcome: str) -> OutsideError:
        self._drop()
        return OutsideError(f"{self.server.name} gave an answer that makes no sense in SMTP.", outcome)

    def _trouble(self, error: BaseException, outcome: str) -> OutsideError:
        return OutsideError(servers.sentence(self.server, error), outcome)


def check(server: SmtpServer) -> None:
    """Connect, encrypt, sign in, and ask for a sign of life; raises OutsideError with a sentence."""
    with Connection(server) as connection:
        connection.check()
