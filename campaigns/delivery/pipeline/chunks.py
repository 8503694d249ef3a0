"""Whole messages one close behind the other, where the server offers it (BDAT, RFC 3030): none waits for leave to come.

Each letter is four commands in one go: RSET, so that whatever became of the one before leaves nothing behind; MAIL;
RCPT; and BDAT with the text. Two are under way at once on a connection, and so a far server's answers need not be
waited for. When the connection breaks, both may have been taken: they are in doubt, and go alone the next time, so that
a server that breaks off at somebody is known to have done so at them.
"""

from collections import deque
from typing import TYPE_CHECKING

from campaigns.delivery.pipeline.letter import Letter, Result
from campaigns.delivery.pipeline.wire import AFTER_BDAT, Farewell, Following
from campaigns.delivery.servers import Reply, parsed
from campaigns.errors import OutsideError

if TYPE_CHECKING:
    from campaigns.delivery.pipeline.talk import Talk

MOST_UNDER_WAY = 2
_ANSWERS = 4


class Stream:
    """The letters under way on one connection; what they are told by and taken from is the talk's."""

    def __init__(self, talk: "Talk") -> None:
        self.talk = talk
        self.under_way: deque[Letter] = deque()
        self.is_dismissed = False
        self._behind: list[Letter] = []
        self._trouble: OutsideError | None = None
        self._following = Following(self._flow, self._stride, AFTER_BDAT)

    @property
    def doubtful(self) -> list[Letter]:
        """Whose copies may have been taken if the connection broke now; after a 421 none more was."""
        return [] if self.is_dismissed else list(self.under_way)

    @property
    def unsent(self) -> list[Letter]:
        """Who was taken from the line and certainly not handed over."""
        return [*(self.under_way if self.is_dismissed else ()), *self._behind]

    async def carry(self, letter: Letter) -> Letter | None:
        """Hand over this letter and all that follow; gives one that must go alone, or None when there is no other.

        Raises Lost or OutsideError.
        """
        self._send(letter)
        self.fill()
        while self.under_way:
            await self.talk.wire.follow(self._following)
            if self.under_way:
                await self._look_closely()
                self.fill()
        if self._trouble is not None:
            raise self._trouble
        if not self._behind:
            return None
        self.talk.wire.write(b"RSET\r\n")
        code, _ = await self._answer()
        if not 200 <= code < 300:
            raise self.talk.nonsense()
        return self._behind.pop()

    def fill(self) -> None:
        """Send letters until enough are under way."""
        while len(self.under_way) < MOST_UNDER_WAY and not self._behind and (letter := self.talk.take()) is not None:
            if letter.goes_alone:
                self._behind.append(letter)
            else:
                self._send(letter)

    def _send(self, letter: Letter) -> None:
        envelope = self.talk.envelope(letter)
        if envelope is not None:
            self.under_way.append(letter)
            self.talk.wire.write(b"RSET\r\n%bBDAT %d LAST\r\n" % (envelope, len(letter.message)), letter.message)

    def _flow(self) -> bool:
        """Go on while all is well; False when nothing is under way, or an answer needs a closer look."""
        wire = self.talk.wire
        while self.under_way and (last := wire.take_all(_ANSWERS)) is not None:
            self._settle(parsed(*last))
            self.fill()
        return bool(self.under_way) and wire.is_partial(_ANSWERS)

    def _stride(self, code: int, text: bytes) -> bool | None:
        """What `_flow` does with the answers to one letter, at less of the price; None where none is under way."""
        if not self.under_way:
            return None
        self._settle(parsed(code, text))
        self.fill()
        return bool(self.under_way)

    def _settle(self, reply: Reply) -> None:
        self.talk.answered += 1
        self.talk.tell(Result(self.under_way.popleft(), reply))

    async def _look_closely(self) -> None:
        """Read the answers to the first letter one by one."""
        code, text = await self._answer()
        if not 200 <= code < 300:
            raise self.talk.nonsense()
        code, text = await self._answer()
        is_ours = 500 <= code < 600
        if is_ours:
            self._trouble = self.talk.sender_refused(code, text)
        refusal = None if 200 <= code < 300 else self.talk.no(code, text)
        code, text = await self.talk.wire.answer()
        if refusal is None and not 200 <= code < 300:
            refusal = self.talk.no(code, text)
        if code != 421:
            code, text = await self.talk.wire.answer()
        reply = parsed(code, text)
        if refusal is None and not (reply.is_accepted or reply.is_refusal):
            raise self.talk.nonsense()
        if is_ours:
            self._behind.append(self.under_way.popleft())
        else:
            self._settle(refusal or reply)
        if code == 421:
            self._dismiss(text)

    async def _answer(self) -> tuple[int, bytes]:
        """The next, where a goodbye leaves the first letter with us."""
        code, text = await self.talk.wire.answer()
        if code == 421:
            self._dismiss(text)
        return code, text

    def _dismiss(self, text: bytes) -> None:
        self.is_dismissed = True
        raise Farewell(text)
