"""The one door for mail: a connection to a mail server over which many messages can leave.

A refusal is a `Reply`; trouble with the server itself is an `OutsideError` whose outcome says whether the message
certainly stayed here ("retry") or may have been taken ("unknown": it was handed over whole and no answer came).
"""

import base64
import contextlib
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Literal, Self, get_args

from campaigns.delivery import headers
from campaigns.errors import OutsideError

Security = Literal["none", "starttls", "tls"]

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_LONGEST_TEXT = 500
_GOODBYE_S = 2.0
# A password may cross the network only encrypted; to the same machine there is no network.
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over. Its text form never holds the user name or the password."""

    host: str
    port: int
    security: Security | str = "starttls"
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    timeout_ms: int = 30_000
    hello_name: str = "localhost"

    def __post_init__(self) -> None:
        if self.security not in get_args(Security):
            raise ValueError("The security of a mail server is none, starttls or tls.")

    @property
    def seconds(self) -> float:
        """How long the server may stay silent, in seconds."""
        return self.timeout_ms / 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said to one message: the three digits, the enhanced code ("" where none) and one line of text."""

    code: int
    enhanced: str
    text: str

    @property
    def is_accepted(self) -> bool:
        """Whether the server took the message."""
        return 200 <= self.code < 300

    @property
    def is_temporary(self) -> bool:
        """Whether the same message may be accepted later."""
        return 400 <= self.code < 500

    @property
    def is_permanent(self) -> bool:
        """Whether the same message will never be accepted."""
        return 500 <= self.code < 600

    @property
    def is_refusal(self) -> bool:
        """Whether the server understood and said no, for now or for good."""
        return self.is_temporary or self.is_permanent


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
        self._write(smtp, _stuffed(message))
        try:
            self._write(smtp, b".\r\n")
            reply = _reply(*smtp.getreply())
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
            raise OutsideError(f"{self._name} refused our sender address: {first.code} {first.text}", "retry")
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
                answers.append(_reply(*smtp.getreply()))
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
            return _reply(*smtp.docmd(line))
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
                server.host, server.port, server.hello_name, timeout=server.seconds, context=_tls()
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
                raise OutsideError(f"{self._name} does not offer encryption on this port (STARTTLS).", "retry")
            smtp.starttls(context=_tls())
            smtp.ehlo_or_helo_if_needed()
        if self.server.username:
            self._sign_in(smtp)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        if self.server.security == "none" and self.server.host not in _LOOPBACK:
            raise OutsideError(f"We do not send the password to {self.server.host} without encryption.", "retry")
        mechanisms = smtp.esmtp_features.get("auth", "").upper().split()
        user, password = self.server.username, self.server.password
        if "PLAIN" in mechanisms:
            answer = self._command(smtp, "AUTH PLAIN " + _base64(f"\0{user}\0{password}"))
        elif "LOGIN" in mechanisms:
            answer = self._command(smtp, "AUTH LOGIN " + _base64(user))
            if answer.code == 334:
                answer = self._command(smtp, _base64(password))
        else:
            raise OutsideError(f"{self._name} does not offer a way to sign in that we know (PLAIN or LOGIN).", "retry")
        if answer.is_temporary:
            raise OutsideError(f"{self._name} cannot check the password at the moment ({answer.code}).", "retry")
        if not answer.is_accepted:
            raise OutsideError(f"{self._name} did not accept the user name and password ({answer.code}).", "retry")

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _nonsense(self, outcome: str) -> OutsideError:
        self._drop()
        return OutsideError(f"{self._name} gave an answer that makes no sense in SMTP.", outcome)

    @property
    def _name(self) -> str:
        return f"The mail server at {self.server.host}"

    def _trouble(self, error: BaseException, outcome: str) -> OutsideError:
        return OutsideError(self._sentence(error), outcome)

    def _sentence(self, error: BaseException) -> str:
        """The plain sentence for a failure, found from its whole chain (smtplib hides a time-out inside its own)."""
        chain = _chain(error)
        for cause in chain:
            match cause:
                case ssl.SSLCertVerificationError():
                    return f"{self._name} showed a certificate that cannot be trusted: {cause.verify_message}."
                case TimeoutError():
                    return f"{self._name} did not answer within {self.server.seconds:g} seconds."
                case socket.gaierror():
                    return f"There is no mail server called {self.server.host}."
                case ConnectionRefusedError():
                    return f"Nothing answers at {self.server.host}, port {self.server.port}."
                case ssl.SSLError():
                    return f"{self._name} did not speak TLS as expected. Are port and encryption right?"
                case smtplib.SMTPResponseException():
                    answer = _reply(cause.smtp_code, cause.smtp_error)
                    return f"{self._name} turned us away: {answer.code} {answer.text}"
        return f"{self._name} ended the connection."


def check(server: SmtpServer) -> None:
    """Connect, encrypt, sign in, and ask for a sign of life; raises OutsideError with a sentence."""
    with Connection(server) as connection:
        connection.check()


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in found:
        found.append(step)
        step = step.__cause__ or step.__context__
    return found


def _reply(code: int, text: bytes | str) -> Reply:
    raw = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    lines = [headers.drop_controls(line).strip() for line in raw.splitlines()]
    first = _ENHANCED.match(lines[0]) if lines else None
    enhanced = first[1] if first else ""
    plain = " ".join(line.removeprefix(enhanced).strip() for line in lines)
    return Reply(code, enhanced, plain[:_LONGEST_TEXT])


def _stuffed(message: bytes) -> bytes:
    body = message.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode("ascii")
