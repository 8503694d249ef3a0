"""One SMTP session of the sandbox: the commands, in the order RFC 5321 wants them."""

import asyncio
import base64
import binascii
import contextlib
import re
import ssl
from typing import TYPE_CHECKING

from campaigns.delivery.sandbox.script import Drop, Stall
from campaigns.delivery.sandbox.wire import BadLine, Gone, Wire, has_bare_breaks

if TYPE_CHECKING:
    from campaigns.delivery.sandbox.server import Server

_PATH = re.compile(r"(FROM|TO):\s?<([^<>\s\x00-\x1f]*)>((?: \S+)*)", re.IGNORECASE)
_MOST_RECIPIENTS = 1000
# The extension that a parameter belongs to; the others are named like it.
_NEEDS = {"BODY": "8BITMIME", "RET": "DSN", "ENVID": "DSN"}
_OF_RECIPIENT = ("NOTIFY", "ORCPT")
_SEQUENCE = "503 5.5.1 That command does not come now"


class _End(Exception):
    """The session is over."""


class Session:
    """What one client has said so far. A script may read every attribute."""

    def __init__(self, server: "Server", wire: Wire) -> None:
        self.server, self.wire = server, wire
        self.accepted = 0
        self.greeted = ""
        self.user = ""
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.is_idle = False
        self._commands = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "RSET": self._rset,
            "NOOP": self._noop,
            "VRFY": self._vrfy,
        }

    @property
    def is_encrypted(self) -> bool:
        """Whether this session speaks TLS now."""
        return self.wire.writer.get_extra_info("ssl_object") is not None

    async def run(self) -> None:
        """Serve until either side ends it."""
        with contextlib.suppress(_End, Gone, ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            if not await self._bent("connect", ""):
                self.wire.reply(f"220 {self.server.name} ESMTP sandbox: nothing here is delivered")
            while True:
                await self._step()

    async def _step(self) -> None:
        if self.server.is_closing:
            await self._close("421 4.3.2 Closing down")
        self.is_idle = True
        try:
            line = await self.wire.line()
        except BadLine:
            await self._close("500 5.5.2 A command is one short line that ends in CRLF")
        except Gone as gone:
            if str(gone) == "timeout":
                await self._close("421 4.4.2 Waited too long")
            raise
        finally:
            self.is_idle = False
        verb, _, argument = line.partition(" ")
        await self._command(verb.upper(), argument)

    async def _command(self, verb: str, argument: str) -> None:
        if verb == "BDAT" and "CHUNKING" in self.server.extensions:
            await self._bdat(argument)
            return
        if await self._bent(verb, argument):
            return
        match verb:
            case "QUIT":
                await self._close("221 2.0.0 Bye")
            case "DATA":
                await self._data(argument)
            case "STARTTLS" if self.server.tls is not None:
                await self._starttls(self.server.tls)
            case "AUTH" if self.server.users:
                await self._auth(argument)
            case _ if verb in self._commands:
                self.wire.reply(self._commands[verb](argument))
            case _:
                self.wire.reply("500 5.5.1 We do not know that command")

    async def _bent(self, state: str, argument: str) -> bool:
        """Whether the script did something else at this point."""
        action = self.server.script(state, self, argument) if self.server.script else None
        match action:
            case None:
                return False
            case Drop():
                await self.wire.flush()
                raise _End
            case Stall():
                await self.wire.flush()
                self.is_idle = True
                await self.wire.silence()
                raise _End
            case str():
                if action.startswith("421"):
                    await self._close(action)
                self.wire.reply(action)
        return True

    async def _close(self, reply: str) -> None:
        self.is_idle = False
        self.wire.reply(reply)
        await self.wire.finish()
        raise _End

    def _ehlo(self, argument: str) -> str:
        self._greet(argument)
        offered = [name for name in self.server.extensions if name != "SIZE"]
        if "SIZE" in self.server.extensions:
            offered.append(f"SIZE {self.server.max_size}")
        if self.server.tls is not None and not self.is_encrypted:
            offered.append("STARTTLS")
        if self.server.users:
            offered.append("AUTH PLAIN LOGIN")
        return "\n".join([f"250 {self.server.name} greets you", *offered])

    def _helo(self, argument: str) -> str:
        self._greet(argument)
        return f"250 {self.server.name} greets you"

    def _greet(self, argument: str) -> None:
        self.greeted = argument or "?"
        self._forget()

    def _forget(self) -> None:
        self.sender, self.recipients = None, []

    def _mail(self, argument: str) -> str:
        match = _PATH.fullmatch(argument)
        if not self.greeted or self.sender is not None:
            return _SEQUENCE
        if match is None or match[1].upper() != "FROM":
            return "501 5.1.7 MAIL FROM:<address> was expected"
        refusal = self._parameters(match[3].split(), match[2])
        if refusal:
            return refusal
        self.sender = match[2]
        return "250 2.1.0 Sender accepted"

    def _parameters(self, parameters: list[str], address: str) -> str:
        names = {one.partition("=")[0].upper(): one.partition("=")[2] for one in parameters}
        for name, value in names.items():
            needed = _NEEDS.get(name, name)
            if needed not in self.server.extensions or (name == "BODY" and value.upper() not in ("7BIT", "8BITMIME")):
                return f"555 5.5.4 {name} is not understood"
            if name == "SIZE" and (not value.isdecimal() or int(value) > self.server.max_size):
                return "552 5.3.4 The message is too large"
        if not address.isascii() and "SMTPUTF8" not in names:
            return "553 5.6.7 That address needs SMTPUTF8"
        return ""

    def _rcpt(self, argument: str) -> str:
        match = _PATH.fullmatch(argument)
        if self.sender is None:
            return _SEQUENCE
        if match is None or match[1].upper() != "TO" or not match[2]:
            return "501 5.1.3 RCPT TO:<address> was expected"
        names = {one.partition("=")[0].upper() for one in match[3].split()}
        if names - set(_OF_RECIPIENT if "DSN" in self.server.extensions else ()):
            return "555 5.5.4 That parameter is not understood"
        if len(self.recipients) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        self.recipients.append(match[2])
        return "250 2.1.5 Recipient accepted"

    def _rset(self, _argument: str) -> str:
        self._forget()
        return "250 2.0.0 Forgotten"

    def _noop(self, _argument: str) -> str:
        return "250 2.0.0 Here"

    def _vrfy(self, _argument: str) -> str:
        return "252 2.5.0 We take mail for anybody and confirm nobody"

    async def _data(self, argument: str) -> None:
        if argument:
            self.wire.reply("501 5.5.4 DATA takes no argument")
        elif self.sender is None:
            self.wire.reply(_SEQUENCE)
        elif not self.recipients:
            self.wire.reply("554 5.5.1 No valid recipients")
        else:
            self.wire.reply("354 Go on, and end with a dot on a line of its own")
            await self._message(await self.wire.body(self.server.max_size))

    async def _bdat(self, argument: str) -> None:
        """A whole message in one chunk; the text is read even where it is refused (RFC 3030, 2)."""
        size, _, last = argument.partition(" ")
        if not (size.isascii() and size.isdecimal() and len(size) < 12) or last.upper() != "LAST":
            await self._close("501 5.5.4 One chunk for each message: BDAT, its size and LAST")
        message = await self.wire.chunk(int(size), self.server.max_size)
        if await self._bent("BDAT", argument):
            return
        if self.sender is None:
            self.wire.reply(_SEQUENCE)
        elif not self.recipients:
            self.wire.reply("554 5.5.1 No valid recipients")
        else:
            await self._message(message)

    async def _message(self, message: bytes | None) -> None:
        sender, recipients = self.sender or "", self.recipients
        if not await self._bent("body", ""):
            reply = self._keep(message, sender, recipients)
            if not reply.startswith("250"):
                self.wire.reply(reply)
            else:
                if not await self._bent("stored", ""):
                    self.wire.reply(reply)
                self.accepted += 1
                self.server.accepted += 1
        self._forget()

    def _keep(self, message: bytes | None, sender: str, recipients: list[str]) -> str:
        if message is None:
            return "552 5.3.4 The message is too large"
        if has_bare_breaks(message):
            return "550 5.6.0 Lines end in CRLF, never in CR or LF alone"
        try:
            name = self.server.keep(sender, recipients, message)
        except OSError:
            return "452 4.3.1 The message could not be written to disk"
        return f"250 2.0.0 Kept as {name}"

    async def _starttls(self, context: ssl.SSLContext) -> None:
        if self.is_encrypted:
            self.wire.reply("503 5.5.1 Already encrypted")
            return
        self.wire.reply("220 2.0.0 Go on")
        await self.wire.flush()
        await self.wire.start_tls(context)
        self.greeted = ""
        self._forget()

    async def _auth(self, argument: str) -> None:
        mechanism, _, initial = argument.partition(" ")
        match mechanism.upper():
            case "PLAIN":
                parts = (await self._secret(initial, "")).split("\0")
                user, password = (parts[1], parts[2]) if len(parts) == 3 else ("", "")
            case "LOGIN":
                user = await self._secret(initial, "VXNlcm5hbWU6")
                password = await self._secret("", "UGFzc3dvcmQ6")
            case _:
                self.wire.reply("504 5.5.4 PLAIN or LOGIN")
                return
        is_right = bool(user) and self.server.users.get(user) == password
        self.user = user if is_right else ""
        self.wire.reply("235 2.7.0 Welcome" if is_right else "535 5.7.8 Wrong user name or password")

    async def _secret(self, given: str, question: str) -> str:
        if not given:
            self.wire.reply(f"334 {question}")
            given = await self.wire.line()
        try:
            return base64.b64decode(given, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""
