"""What is said over one connection: the greeting, and messages one close behind the other (RFC 5321, RFC 2920).

A letter is *enveloped* when its sender and recipient were said, which commits nobody to anything, and *in doubt* from
the moment its text is on the wire until the answer to it: what the pool needs to know when the connection breaks.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Self

from campaigns.delivery import servers
from campaigns.delivery.pipeline.chunks import Stream
from campaigns.delivery.pipeline.letter import Letter, Result
from campaigns.delivery.pipeline.wire import AFTER_DATA, Farewell, Following, Lost, Wire
from campaigns.delivery.servers import Reply, SmtpServer, parsed, xtext
from campaigns.errors import OutsideError

_NO_SMTPUTF8 = Reply(553, "5.6.7", "The mail server does not take addresses with letters outside ASCII.")
_GOODBYE_S = 2.0
Take = Callable[[], Letter | None]
Tell = Callable[[Result], None]


class Talk:
    """An open, greeted connection. `take` gives the letter to follow, if there is one now; `tell` hears of results."""

    def __init__(self, wire: Wire, take: Take, tell: Tell) -> None:
        self.wire, self.take, self.tell = wire, take, tell
        self.offers: dict[str, str] = {}
        self._is_pipelined = self._knows_size = self._knows_reports = self._knows_8bit = False
        self.enveloped: Letter | None = None
        self.in_doubt: Letter | None = None
        self.answered = 0
        self._out: list[bytes] = []
        self._is_chunked = False
        self.stream = Stream(self)
        self._following = Following(self._flow, self._stride, AFTER_DATA)

    @classmethod
    async def open(cls, server: SmtpServer, context: ssl.SSLContext | None, take: Take, tell: Tell) -> Self:
        """Connect, greet, encrypt, sign in; raises OutsideError, Lost or OSError."""
        talk = cls(await Wire.open(server, context), take, tell)
        try:
            await talk._greet(server)
        except BaseException:
            talk.wire.close()
            raise
        return talk

    @property
    def is_open(self) -> bool:
        """Whether another letter can be begun."""
        return self.wire.is_open

    async def carry(self, letter: Letter) -> None:
        """Hand over this letter and all that follow, until there is none. Raises Lost or OutsideError."""
        following: Letter | None = letter
        while following is not None:
            if self._is_chunked and not following.goes_alone:
                following = await self.stream.carry(following)
            else:
                self._is_chunked = False
                following = await self._one(following)

    @property
    def doubtful(self) -> list[Letter]:
        """Whose copies may have been taken if the connection broke now."""
        return [*([] if self.in_doubt is None else [self.in_doubt]), *self.stream.doubtful]

    @property
    def unsent(self) -> list[Letter]:
        """Who was taken from the line and certainly not handed over."""
        return [*([] if self.enveloped is None else [self.enveloped]), *self.stream.unsent]

    async def end(self) -> None:
        """Say goodbye if the server still listens, and close."""
        if self.wire.is_open:
            with contextlib.suppress(Lost, TimeoutError):
                async with asyncio.timeout(_GOODBYE_S):
                    await self._say("QUIT")
        self.wire.close()

    async def _one(self, letter: Letter) -> Letter | None:
        """Hand over one letter; gives the one whose envelope left together with its text."""
        if self.enveloped is None and not self._begin(letter):
            return self._next()
        refusal = None if self._is_pipelined and self.wire.take_go() else await self._envelope(letter)
        self.enveloped = None
        if refusal is not None:
            self.tell(Result(letter, refusal))
            self.answered += 1
            if refusal.code == 421:
                raise Farewell(refusal.text.encode())
            return await self._again()
        self._hand_over(letter)
        if self._is_pipelined:
            await self.wire.follow(self._following)
            if self.in_doubt is None:
                return self.enveloped or self._next()
        reply = await self.wire.reply()
        if not (reply.is_accepted or reply.is_refusal):
            raise self.nonsense()
        self._settle(reply)
        if reply.code == 421:
            raise Farewell(reply.text.encode())
        return self.enveloped or self._next()

    def nudge(self) -> None:
        """There are new letters: let the next one follow that whose answer is awaited."""
        if self.wire.is_followed and self._is_chunked:
            self.stream.fill()
        elif self.wire.is_followed and self.in_doubt is not None and self.enveloped is None:
            self._next()

    def _hand_over(self, letter: Letter) -> None:
        """Write the text of a letter, with the envelope of the next behind it where that is allowed."""
        self.in_doubt = letter
        self._out += (letter.message, b".\r\n")
        if self._is_pipelined and self._next() is not None:
            return
        self._flush()

    def _stride(self, code: int, text: bytes) -> bool | None:
        """The usual step, in one: a text was taken, and the envelope behind it accepted. None where we are not there.

        It does what `_flow` would do with these four answers, at a third of the price.
        """
        done, letter = self.in_doubt, self.enveloped
        if done is None or letter is None or self._out:
            return None
        self.in_doubt, self.enveloped = letter, None
        self.answered += 1
        self.tell(Result(done, parsed(code, text)))
        following = self.take()
        envelope = None if following is None else self.envelope(following)
        if envelope is not None:
            self.enveloped = following
            self.wire.write(letter.message, b".\r\n" + envelope + b"DATA\r\n")
        else:
            self._out += (letter.message, b".\r\n")
            if following is None or self._next() is None:
                self._flush()
        return True

    def _settle(self, reply: Reply) -> None:
        """Tell what became of the letter whose text was handed over."""
        letter, self.in_doubt = self.in_doubt, None
        assert letter is not None  # noqa: S101 - for the type checker: its text is what was answered
        self.answered += 1
        self.tell(Result(letter, reply))

    def _flow(self) -> bool:
        """Go on with one letter after the other while all is well; False when an answer needs a closer look."""
        while True:
            if self.in_doubt is not None:
                number = self.wire.peek()
                if not 200 <= number < 300:
                    return number == 0
                self._settle(self.wire.take())
            if self.enveloped is None:
                return False
            if not self.wire.take_go():
                return self.wire.is_partial(3)
            letter, self.enveloped = self.enveloped, None
            self._hand_over(letter)

    def _next(self) -> Letter | None:
        """The letter to follow, with its envelope on its way; those that this server cannot take are answered here."""
        while (letter := self.take()) is not None:
            if self._begin(letter):
                return letter
        return None

    def _begin(self, letter: Letter) -> bool:
        """Put the envelope behind what is to be written, and write it; False when the server cannot take it."""
        envelope = self.envelope(letter)
        if envelope is None:
            return False
        self.enveloped = letter
        if self._is_pipelined:
            self._out.append(envelope + b"DATA\r\n")
        self._flush()
        return True

    def envelope(self, letter: Letter) -> bytes | None:
        """MAIL and RCPT of a letter; None where this server cannot take it, which is told at once."""
        if not (letter.sender.isascii() and letter.to.isascii()) and "SMTPUTF8" not in self.offers:
            self.tell(Result(letter, _NO_SMTPUTF8))
            return None
        return self._mail(letter) + self._rcpt(letter)

    def _flush(self) -> None:
        if self._out:
            self.wire.write(*self._out)
            self._out.clear()

    def _mail(self, letter: Letter) -> bytes:
        options = f" SIZE={len(letter.message)}" if self._knows_size else ""
        if not (letter.sender.isascii() and letter.to.isascii()):
            options += " SMTPUTF8"
        if self._knows_8bit and not letter.message.isascii():
            options += " BODY=8BITMIME"
        if self._knows_reports:
            options += f" RET=HDRS ENVID={xtext(letter.envelope_id)}" if letter.envelope_id else " RET=HDRS"
        return f"MAIL FROM:<{letter.sender}>{options}\r\n".encode()

    def _rcpt(self, letter: Letter) -> bytes:
        """With DSN (RFC 3461), a report comes for a failure alone, and names the address as we wrote it."""
        options = ""
        if self._knows_reports:
            options = " NOTIFY=FAILURE"
            if letter.to.isascii():
                options += f" ORCPT=rfc822;{xtext(letter.to)}"
        return f"RCPT TO:<{letter.to}>{options}\r\n".encode()

    async def _envelope(self, letter: Letter) -> Reply | None:
        """The refusal of a letter, or None when the server waits for its text."""
        if not self._is_pipelined:
            self.wire.write(self._mail(letter))
        code, text = await self.wire.answer()
        if code == 421:
            raise Farewell(text)
        if 500 <= code < 600:
            raise self.sender_refused(code, text)
        refusal = None if 200 <= code < 300 else self.no(code, text)
        if refusal is None or self._is_pipelined:
            if not self._is_pipelined:
                self.wire.write(self._rcpt(letter))
            code, text = await self.wire.answer()
            if refusal is None and not 200 <= code < 300:
                refusal = self.no(code, text)
        if refusal is not None and (refusal.code == 421 or not self._is_pipelined):
            return refusal
        if not self._is_pipelined:
            self.wire.write(b"DATA\r\n")
        return await self._go(refusal)

    async def _go(self, refusal: Reply | None) -> Reply | None:
        """The answer to DATA, which was asked for before we knew of a refusal."""
        code, text = await self.wire.answer()
        if code == 354:
            if refusal is not None:
                # It waits for a message to nobody: an empty one ends that (RFC 2920, 3.1).
                self._out.append(b".\r\n")
            return refusal
        return refusal or self.no(code, text)

    async def _again(self) -> Letter | None:
        """After a refusal: leave the transaction, together with the next envelope where that is allowed."""
        self._out = self._out or [b"RSET\r\n"]
        following = self._next() if self._is_pipelined else None
        self._flush()
        code, text = await self.wire.answer()
        if code == 421:
            raise Farewell(text)
        return following or self._next()

    def sender_refused(self, code: int, text: bytes) -> OutsideError:
        """This says something about us and nothing about the recipient, who must not be counted as failed."""
        said = parsed(code, text)
        return OutsideError(f"{self.wire.server.name} refused our sender address: {said.code} {said.text}", "retry")

    def no(self, code: int, text: bytes) -> Reply:
        """A refusal; anything else would count as sent, or as the recipient's fault, and is neither."""
        if not 400 <= code < 600:
            raise self.nonsense()
        return parsed(code, text)

    def nonsense(self) -> OutsideError:
        """What is said of an answer out of place."""
        return OutsideError(f"{self.wire.server.name} gave an answer that makes no sense in SMTP.", "retry")

    async def _greet(self, server: SmtpServer) -> None:
        self._check(await self.wire.reply())
        await self._hello(server)
        if server.security == "starttls":
            if "STARTTLS" not in self.offers:
                raise OutsideError(f"{server.name} does not offer encryption on this port (STARTTLS).", "retry")
            self._check(await self._say("STARTTLS"))
            await self.wire.encrypt()
            await self._hello(server)
        if server.username:
            await self._sign_in(server)

    async def _hello(self, server: SmtpServer) -> None:
        self.offers.clear()
        self.wire.write(f"EHLO {server.hello_name}\r\n".encode())
        code, text = await self.wire.answer()
        if 200 <= code < 300:
            for line in text.decode("utf-8", "replace").upper().split("\n")[1:]:
                word, _, rest = line.strip().replace("AUTH=", "AUTH ").partition(" ")
                self.offers[word] = f"{self.offers.get(word, '')} {rest}".strip()
        elif code == 421:
            self._check(parsed(code, text))
        else:
            self._check(await self._say(f"HELO {server.hello_name}"))
        self._is_pipelined = "PIPELINING" in self.offers
        self._knows_size, self._knows_reports = "SIZE" in self.offers, "DSN" in self.offers
        self._knows_8bit = "8BITMIME" in self.offers
        self._is_chunked = self._is_pipelined and "CHUNKING" in self.offers

    async def _sign_in(self, server: SmtpServer) -> None:
        dialogue = servers.sign_in(server, self.offers.get("AUTH", "").split())
        try:
            line = next(dialogue)
            while True:
                line = dialogue.send(await self._say(line))
        except StopIteration:
            return

    async def _say(self, line: str) -> Reply:
        self.wire.write(line.encode() + b"\r\n")
        return await self.wire.reply()

    def _check(self, reply: Reply) -> None:
        if not reply.is_accepted:
            raise OutsideError(f"{self.wire.server.name} turned us away: {reply.code} {reply.text}", "retry")
