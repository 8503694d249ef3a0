"""The sandbox as a running server: in its own process (`serve`), or in a thread for a test (`SandboxServer`)."""

import asyncio
import contextlib
import logging
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from campaigns.delivery.sandbox.script import Script
from campaigns.delivery.sandbox.session import Session
from campaigns.delivery.sandbox.store import Store
from campaigns.delivery.sandbox.wire import Wire

log = logging.getLogger(__name__)

EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE", "ENHANCEDSTATUSCODES", "DSN", "CHUNKING")
MAX_SIZE = 30 * 1024 * 1024
TIMEOUT_S = 300.0
_INDEX_EVERY_S = 1.0
_FINISH_WITHIN_S = 3.0


class Server:
    """One listening socket and its sessions, in one event loop."""

    def __init__(
        self,
        store: Store,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        script: Script | None = None,
        extensions: tuple[str, ...] = EXTENSIONS,
        tls: ssl.SSLContext | None = None,
        is_tls_from_start: bool = False,
        users: Mapping[str, str] | None = None,
        max_size: int = MAX_SIZE,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.store, self.host, self.port = store, host, port
        self.script, self.extensions, self.users = script, extensions, dict(users or {})
        self.tls = None if is_tls_from_start else tls
        self.max_size, self.timeout_s = max_size, timeout_s
        self.name = "sandbox.localhost"
        self.accepted = 0
        self.is_closing = False
        self._tls_from_start = tls if is_tls_from_start else None
        self._sessions: dict[Session, asyncio.Task[None]] = {}
        self._listener: asyncio.Server | None = None
        self._indexer: asyncio.Task[None] | None = None
        self._kept = 0

    async def start(self) -> None:
        """Listen; afterwards `port` is the real one. Raises OSError when the port is taken."""
        self.store.sweep()
        self._listener = await asyncio.start_server(self._serve, self.host, self.port, ssl=self._tls_from_start)
        self.port = self._listener.sockets[0].getsockname()[1]
        self._indexer = asyncio.create_task(self._index())
        log.info("takes mail on %s, port %s", self.host, self.port)

    async def stop(self) -> None:
        """Take no more, let what is being received finish, and index the rest."""
        self.is_closing = True
        if self._listener is not None:
            self._listener.close()
        for session in list(self._sessions):
            if session.is_idle:
                session.wire.reply("421 4.3.2 Closing down")
                with contextlib.suppress(ConnectionError):
                    await session.wire.flush()
                session.wire.writer.close()
        if self._sessions:
            _, late = await asyncio.wait(self._sessions.values(), timeout=_FINISH_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._indexer is not None:
            self._indexer.cancel()
            await asyncio.gather(self._indexer, return_exceptions=True)
        await asyncio.to_thread(self.store.sync)

    def keep(self, sender: str, recipients: list[str], message: bytes) -> str:
        """Write one message to its file; gives the file's name. Raises OSError."""
        self._kept += 1
        return self.store.add(sender, recipients, message)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, Wire(reader, writer, self.timeout_s))
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - start_server runs this in a task
        self._sessions[session] = task
        try:
            await session.run()
        except asyncio.CancelledError:
            pass
        finally:
            del self._sessions[session]
            writer.close()

    async def _index(self) -> None:
        """Index what arrived, in the background; a reader never waits for this, it looks at the folder itself."""
        indexed = 0
        while True:
            if self._kept != indexed:
                indexed = self._kept
                await asyncio.to_thread(self.store.sync)
            await asyncio.sleep(_INDEX_EVERY_S)


async def serve(server: Server, stopped: asyncio.Event) -> None:
    """Run until the event is set."""
    await server.start()
    try:
        await stopped.wait()
    finally:
        await server.stop()


class SandboxServer(Server):
    """The same server for tests: `with SandboxServer(folder) as sandbox:` listens in a thread of its own.

    `sandbox.port` is where, `sandbox.store` what arrived; every keyword of `Server` works.
    """

    def __init__(self, folder: Path, script: Script | None = None, **options: object) -> None:
        super().__init__(Store(folder), script=script, **options)  # type: ignore[arg-type]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox")

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self.start(), self._loop).result()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result()
        self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
