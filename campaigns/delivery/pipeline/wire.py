"""One connection to a mail server inside an event loop: bytes out, answers in, each awaited for so long at most."""

import asyncio
import re
import smtplib
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, Self, cast

from campaigns.delivery.servers import Reply, SmtpServer, parsed

P = ParamSpec("P")
_LONGEST_ANSWER = 65_536
# How the first four octets of an answer's last line are read; anything else is nonsense.
_NUMBERS = {b"%d%b" % (number, end): number for number in range(100, 1000) for end in (b" ", b"")}

_LINE = rb"[^\r\n]*\r\n"
# The usual answers that come together. With DATA: a text was taken, the next sender and recipient are fine, and the
# server waits for the next text. With BDAT: RSET, sender and recipient are fine, and the text was taken.
AFTER_DATA = re.compile(rb"(2\d\d) ([^\r\n]*)\r\n(?:2\d\d " + _LINE + rb"){2}354 " + _LINE)
AFTER_BDAT = re.compile(rb"(?:2\d\d " + _LINE + rb"){3}(2\d\d) ([^\r\n]*)\r\n")


@dataclass(frozen=True, slots=True)
class Following:
    """Who reads answers as they come, without being woken for each, which would cost more than all else.

    `flow` reads by `peek` and `take`, and says whether it can go on. Where nothing but the `usual` answers has come,
    `stride` is told of the one to a text instead, and says the same, or None where it did not expect them.
    """

    flow: Callable[[], bool]
    stride: Callable[[int, bytes], bool | None]
    usual: re.Pattern[bytes]


class Lost(Exception):
    """The connection is over; the cause says why."""


class Farewell(Lost):
    """The server said 421: it ends the connection, and what was said last was not done."""

    def __init__(self, text: bytes) -> None:
        self.__cause__ = smtplib.SMTPResponseException(421, text)


class Wire(asyncio.Protocol):
    """Use `Wire.open`. An answer is the number and its lines; it is made a Reply only where somebody reads it."""

    def __init__(self, server: SmtpServer, context: ssl.SSLContext | None) -> None:
        self.server, self.context = server, context
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._held = b""
        self._lines: list[bytes] = []
        self._answers: deque[tuple[int, bytes]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._following: Following | None = None
        self._deadline = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._end: BaseException | None = None

    @classmethod
    async def open(cls, server: SmtpServer, context: ssl.SSLContext | None) -> Self:
        """Connect to the first address of the server that answers; raises OSError (also for TLS and time-outs)."""
        loop = asyncio.get_running_loop()
        is_tls = server.security == "tls"
        async with asyncio.timeout(server.seconds):
            found = await loop.getaddrinfo(server.host, server.port, type=1)
            addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
            for place, address in enumerate(addresses, start=1):
                try:
                    _, wire = await loop.create_connection(
                        lambda: cls(server, context),
                        address,
                        server.port,
                        ssl=context if is_tls else None,
                        server_hostname=server.host if is_tls else None,
                    )
                except ConnectionRefusedError:
                    if place == len(addresses):
                        raise
                else:
                    return wire
        raise ConnectionRefusedError

    @property
    def is_open(self) -> bool:
        """Whether it can still be written to, and the server said nothing unasked."""
        return self._end is None and not self._answers

    @property
    def is_followed(self) -> bool:
        """Whether `follow` is waiting for an answer."""
        return self._following is not None and self._end is None

    def write(self, *parts: bytes) -> None:
        """Send; what does not fit the network now follows by itself."""
        if self._transport is not None and self._end is None:
            self._transport.writelines(parts)

    async def answer(self) -> tuple[int, bytes]:
        """The next answer: the number (-1 for nonsense) and the text, lines apart by LF. Raises Lost."""
        if not self._answers:
            await self._more()
            if not self._answers:
                raise Lost from self._end
        return self._answers.popleft()

    async def follow(self, following: Following) -> None:
        """Let somebody read answers as they come, until they cannot go on. Raises Lost."""
        if self._answers and not following.flow():
            return
        self._following = following
        try:
            await self._more()
        finally:
            self._following = None
        if self._end is not None and not self._answers:
            raise Lost from self._end

    async def _more(self) -> None:
        if self._end is not None:
            raise Lost from self._end
        self._waiter = self._loop.create_future()
        self._deadline = self._loop.time() + self.server.seconds
        if self._watch is None:
            self._watch = self._loop.call_at(self._deadline, self._look)
        try:
            await self._waiter
        finally:
            self._waiter = None

    def peek(self) -> int:
        """The number of the next answer, 0 when there is none yet."""
        return self._answers[0][0] if self._answers else 0

    def take(self) -> Reply:
        """The next answer, which is there."""
        return parsed(*self._answers.popleft())

    def take_go(self) -> bool:
        """Whether the next three answers have come and accept an envelope; they are read by that.

        Nearly every letter's are there with the answer to the one before, and need not be awaited one by one.
        """
        answers = self._answers
        if len(answers) < 3 or answers[2][0] != 354 or not 200 <= answers[0][0] < 300 or not 200 <= answers[1][0] < 300:
            return False
        for _ in range(3):
            answers.popleft()
        return True

    def take_all(self, count: int) -> tuple[int, bytes] | None:
        """The last of the next so many answers, where all have come and accept; they are read by that."""
        answers = self._answers
        if len(answers) < count or not all(200 <= answers[place][0] < 300 for place in range(count)):
            return None
        for _ in range(count - 1):
            answers.popleft()
        return answers.popleft()

    def is_partial(self, count: int) -> bool:
        """Whether fewer answers have come than so many, none of them a refusal: the others are to follow."""
        return len(self._answers) < count and all(200 <= number < 300 for number, _ in self._answers)

    async def reply(self) -> Reply:
        """The next answer, to be read."""
        return parsed(*await self.answer())

    async def encrypt(self) -> None:
        """Speak TLS from here on; what came ahead of it was not said by whom the certificate names (RFC 3207, 4.2)."""
        assert self._transport is not None  # noqa: S101 - for the type checker: the server has answered before
        assert self.context is not None  # noqa: S101 - for the type checker: made where encryption is wanted
        if self._held or self._answers:
            raise Lost from ssl.SSLError("an answer ahead of encryption")
        async with asyncio.timeout(self.server.seconds):
            secured = await self._loop.start_tls(self._transport, self, self.context, server_hostname=self.server.host)
        if secured is None:
            raise Lost from ConnectionError("closed")
        self._transport = secured

    def close(self) -> None:
        """Close at once; may be called twice."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """From the loop: the connection stands."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """From the loop: take lines apart into answers."""
        following = self._following
        if following is not None and not (self._answers or self._held or self._lines):
            usual = following.usual.fullmatch(data)
            if usual is not None:
                goes_on = self._stepped(following.stride, int(usual[1]), usual[2])
                if goes_on is False:
                    self._wake()
                if goes_on is not None:
                    return
        *lines, self._held = (self._held + data if self._held else data).split(b"\r\n")
        for line in lines:
            number = _NUMBERS.get(line[:4])
            if number is None and line[3:4] == b"-":
                self._lines.append(line)
                continue
            text = line[4:]
            if self._lines:
                text = b"\n".join([*(one[4:] for one in self._lines), text])
                self._lines.clear()
            self._answers.append((-1 if number is None else number, text))
        if (self._held or self._lines) and len(self._held) + sum(map(len, self._lines)) > _LONGEST_ANSWER:
            self._over(ConnectionError("an answer without an end"))
            self.close()
        elif self._answers and (following is None or not self._stepped(following.flow)):
            self._wake()

    def _stepped(self, step: Callable[P, bool | None], *args: P.args, **kwargs: P.kwargs) -> bool | None:
        self._deadline = self._loop.time() + self.server.seconds
        try:
            return step(*args, **kwargs)
        except Exception as error:
            self._over(error)
            return True

    def connection_lost(self, exc: Exception | None) -> None:
        """From the loop: it is over."""
        self._over(exc or ConnectionError("closed"))

    def _over(self, cause: BaseException) -> None:
        self._end = self._end or cause
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _look(self) -> None:
        """One timer for all answers: setting one for each would cost more than reading it."""
        self._watch = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() >= self._deadline:
            self._over(TimeoutError("silence"))
            self.close()
        else:
            self._watch = self._loop.call_at(self._deadline, self._look)
