"""Mail servers: where one is, what it says, how we sign in, and the plain sentence for what went wrong."""

import base64
import hmac
import re
import smtplib
import socket
import ssl
from binascii import Error as NotBase64
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from campaigns.delivery import headers
from campaigns.errors import OutsideError

Security = Literal["none", "starttls", "tls"]

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_LONGEST_TEXT = 500
_NOT_XTEXT = re.compile(r"[^!-*,-<>-~]")
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
    def name(self) -> str:
        """How a sentence begins that speaks of it."""
        return f"The mail server at {self.host}"

    @property
    def seconds(self) -> float:
        """How long the server may stay silent, in seconds."""
        return self.timeout_ms / 1000


class Reply(NamedTuple):
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


def sign_in(server: SmtpServer, mechanisms: list[str]) -> Generator[str, Reply, None]:
    """The dialogue that signs in: gives each line to say and takes the answer to it; raises OutsideError."""
    if server.security == "none" and server.host not in _LOOPBACK:
        raise OutsideError(f"We do not send the password to {server.host} without encryption.", "retry")
    user, password = server.username, server.password
    if "PLAIN" in mechanisms:
        answer = yield "AUTH PLAIN " + _base64(f"\0{user}\0{password}")
    elif "LOGIN" in mechanisms:
        answer = yield "AUTH LOGIN " + _base64(user)
        if answer.code == 334:
            answer = yield _base64(password)
    elif "CRAM-MD5" in mechanisms:
        answer = yield "AUTH CRAM-MD5"
        if answer.code == 334:
            answer = yield _base64(f"{user} {_proof(server, answer.text)}")
    elif "XOAUTH2" in mechanisms:
        answer = yield "AUTH XOAUTH2 " + _base64(f"user={user}\1auth=Bearer {password}\1\1")
        if answer.code == 334:
            # What is wrong stands in the question; only an empty line gets the refusal itself.
            answer = yield ""
    else:
        ways = "PLAIN, LOGIN, CRAM-MD5 or XOAUTH2"
        raise OutsideError(f"{server.name} does not offer a way to sign in that we know ({ways}).", "retry")
    if answer.is_temporary:
        raise OutsideError(f"{server.name} cannot check the password at the moment ({answer.code}).", "retry")
    if not answer.is_accepted:
        raise OutsideError(f"{server.name} did not accept the user name and password ({answer.code}).", "retry")


def _proof(server: SmtpServer, challenge: str) -> str:
    """The answer to a challenge of CRAM-MD5 (RFC 2195), which is a digest keyed by the password."""
    try:
        asked = base64.b64decode(challenge, validate=True)
    except NotBase64 as error:
        raise OutsideError(f"{server.name} asked a question at signing in that makes no sense.", "retry") from error
    return hmac.new(server.password.encode(), asked, "md5").hexdigest()


def sentence(server: SmtpServer, error: BaseException) -> str:
    """The plain sentence for a failure, found from its whole chain (smtplib hides a time-out inside its own)."""
    chain = _chain(error)
    for cause in chain:
        match cause:
            case ssl.SSLCertVerificationError():
                return f"{server.name} showed a certificate that cannot be trusted: {cause.verify_message}."
            case TimeoutError():
                return f"{server.name} did not answer within {server.seconds:g} seconds."
            case socket.gaierror():
                return f"There is no mail server called {server.host}."
            case ConnectionRefusedError():
                return f"Nothing answers at {server.host}, port {server.port}."
            case ssl.SSLError():
                return f"{server.name} did not speak TLS as expected. Are port and encryption right?"
            case smtplib.SMTPResponseException():
                answer = parsed(cause.smtp_code, cause.smtp_error)
                return f"{server.name} turned us away: {answer.code} {answer.text}"
    return f"{server.name} ended the connection."


def tls() -> ssl.SSLContext:
    """What we ask of encryption: a certificate that this machine trusts, for this name; TLS 1.2 or later."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def parsed(code: int, text: bytes | str) -> Reply:
    """What a server said, its lines (without the digits) as one, without control characters."""
    if isinstance(text, bytes) and text.isascii() and (said := text.decode()).isprintable():
        # One line of plain text, which is how nearly every answer looks.
        word, _, rest = said.partition(" ")
        enhanced = _enhanced(word)
        return Reply(code, enhanced, (rest if enhanced else said).strip()[:_LONGEST_TEXT])
    raw = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    lines = [headers.drop_controls(line).strip() for line in raw.splitlines()]
    first = _ENHANCED.match(lines[0]) if lines else None
    enhanced = first[1] if first else ""
    plain = " ".join(line.removeprefix(enhanced).strip() for line in lines)
    return Reply(code, enhanced, plain[:_LONGEST_TEXT])


@lru_cache(maxsize=256)
def _enhanced(word: str) -> str:
    """The word itself where it is an enhanced status code (RFC 3463), else nothing."""
    return word if _ENHANCED.fullmatch(word) else ""


def xtext(value: str) -> str:
    """ASCII text as a parameter of a command may hold it (RFC 3461, 4)."""
    return _NOT_XTEXT.sub(lambda match: f"+{ord(match[0]):02X}", value)


def stuffed(message: bytes) -> bytes:
    """The message as it goes over the wire, up to the lone dot (RFC 5321, 4.5.2)."""
    body = message.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in found:
        found.append(step)
        step = step.__cause__ or step.__context__
    return found


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode("ascii")
