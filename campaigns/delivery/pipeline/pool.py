"""Several connections to one mail server, in a thread with an event loop of its own; the caller keeps the books.

All methods are for one thread, the caller's. What the two threads share are two deques, whose ends Python keeps whole.
"""

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Iterable
from typing import Self

from campaigns.delivery import servers
from campaigns.delivery.pipeline.letter import Letter, Result
from campaigns.delivery.pipeline.talk import Talk
from campaigns.delivery.pipeline.wire import Farewell, Lost
from campaigns.delivery.servers import SmtpServer
from campaigns.errors import OutsideError

log = logging.getLogger(__name__)

_LETTERS_A_CONNECTION = 4
_MOST_LOSSES = 2


class Pool:
    """Use as a context manager: `hand` letters over, `collect` what became of them."""

    def __init__(self, server: SmtpServer, connections: int) -> None:
        self.server, self.most = server, connections
        self.trouble: OutsideError | None = None
        self.open = 0
        self._letters: deque[Letter] = deque()
        self._results: deque[Result] = deque()
        self._told = threading.Event()
        self._enough = 1
        self._workers: list[asyncio.Task[None]] = []
        self._talks: set[Talk] = set()
        self._alive = 0
        self._idle: deque[asyncio.Future[None]] = deque()
        self._is_closing = False
        self._loop = _new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="pipeline", daemon=True)

    def __enter__(self) -> Self:
        # To read what this machine trusts takes as long as to send many messages.
        self._context = None if self.server.security == "none" else servers.tls()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.withdraw()
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def waiting(self) -> int:
        """How many letters no connection has taken yet."""
        return len(self._letters)

    @property
    def is_dead(self) -> bool:
        """Whether no connection is left and none will be opened; `trouble` says why."""
        return bool(self._workers) and not self._alive

    def hand(self, letters: Iterable[Letter]) -> None:
        """Give letters to be handed over, in their order."""
        new = list(letters)
        self.open += len(new)
        self._letters.extend(new)
        self._loop.call_soon_threadsafe(self._wake)

    def collect(self, enough: int, seconds: float) -> list[Result]:
        """What became of letters since the last call: waits for `enough` of them, no longer than that many seconds."""
        self._told.clear()
        self._enough = min(enough, self.open)
        if len(self._results) < self._enough and not self.is_dead:
            self._told.wait(seconds)
        found = [self._results.popleft() for _ in range(len(self._results))]
        self.open -= len(found)
        return found

    def withdraw(self) -> list[Letter]:
        """Take back the letters that no connection has taken."""
        back: list[Letter] = []
        with contextlib.suppress(IndexError):
            while True:
                back.append(self._letters.popleft())
        self.open -= len(back)
        return back

    # From here on everything runs in the event loop.

    def _tell(self, result: Result) -> None:
        self._results.append(result)
        if len(self._results) >= self._enough and not self._told.is_set():
            self._told.set()

    def _take(self) -> Letter | None:
        try:
            return self._letters.popleft()
        except IndexError:  # The other thread took them back.
            return None

    def _wake(self) -> None:
        wanted = min(self.most, -(-len(self._letters) // _LETTERS_A_CONNECTION))
        while len(self._workers) < wanted:
            self._alive += 1
            self._workers.append(self._loop.create_task(self._work()))
        for talk in self._talks:
            talk.nudge()
        for waiter in self._idle:
            if not waiter.done():
                waiter.set_result(None)
        self._idle.clear()

    async def _await_letter(self) -> Letter | None:
        while (letter := self._take()) is None:
            if self._is_closing:
                return None
            waiter = self._loop.create_future()
            self._idle.append(waiter)
            await waiter
        return letter

    async def _work(self) -> None:
        """One connection, opened again where the server ends it after it took something."""
        talk: Talk | None = None
        strikes = 0
        try:
            while strikes < _MOST_LOSSES and (letter := await self._await_letter()) is not None:
                talk = await self._opened(talk, letter)
                if talk is None:
                    return
                now = talk
                self._talks.add(now)
                try:
                    await now.carry(letter)
                except (Lost, OSError) as error:
                    strikes = 0 if now.answered else strikes + 1
                    self._broken(now, error)
                    talk = None
                except Exception as error:
                    self._broken(now, error)
                    talk = None
                    return
                finally:
                    self._talks.discard(now)
        finally:
            if talk is not None:
                await talk.end()
            self._alive -= 1
            self._told.set()
            self._wake()

    async def _opened(self, talk: Talk | None, letter: Letter) -> Talk | None:
        """The same talk or a new one; None when there is none to be had, and the letter is back in line."""
        if talk is not None and talk.is_open:
            return talk
        if talk is not None:
            talk.wire.close()
        try:
            return await Talk.open(self.server, self._context, self._take, self._tell)
        except Exception as error:
            self._note(error)
            self._letters.appendleft(letter)
            return None

    def _broken(self, talk: Talk, error: Exception) -> None:
        """Save the letters of a connection that is over."""
        self._note(error)
        talk.wire.close()
        doubtful, unsent = talk.doubtful, talk.unsent
        for letter in doubtful:
            self._tell(Result(letter, None, is_unknown=True))
        for letter in reversed(unsent):
            letter.losses += isinstance(error, Lost) and not isinstance(error, Farewell) and not doubtful
            if letter.losses >= _MOST_LOSSES:
                self._tell(Result(letter, None))
            else:
                self._letters.appendleft(letter)
        if unsent:
            self._wake()

    def _note(self, error: Exception) -> None:
        if not isinstance(error, OutsideError | Lost | OSError):
            log.error("the pipeline failed", exc_info=error)
        if not isinstance(error, OutsideError):
            error = OutsideError(servers.sentence(self.server, error), "retry")
        self.trouble = error

    async def _finish(self) -> None:
        self._is_closing = True
        self._wake()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._loop.shutdown_default_executor()


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # It has no wheel for every machine; the standard loop takes more of the processor, no more.
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
