"""Lines and message bodies as they come over the network, strict about CRLF (SMTP smuggling lives on leniency)."""

import asyncio
import contextlib
import ssl

LONGEST_COMMAND = 4096
_CHUNK = 1 << 18
_LINGER_S = 1.0
_END = b"\r\n.\r\n"


class Gone(Exception):
    """The other side closed the connection, or kept silent for too long."""


class BadLine(Exception):
    """A command line without CRLF, with a bare CR, or too long."""


class Wire:
    """One connection. Replies are collected and leave together when there is nothing more to read (RFC 2920)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout_s: float) -> None:
        self.reader, self.writer, self.timeout_s = reader, writer, timeout_s
        self._held = bytearray()
        self._replies: list[bytes] = []

    def reply(self, text: str) -> None:
        """Queue a reply; several lines become one multi-line reply."""
        code, lines = text[:3], text[4:].split("\n")
        for at, line in enumerate(lines, start=1):
            self._replies.append(f"{code}{' ' if at == len(lines) else '-'}{line}\r\n".encode())

    async def flush(self) -> None:
        """Send the queued replies."""
        if self._replies:
            self.writer.write(b"".join(self._replies))
            self._replies.clear()
            await self.writer.drain()

    async def line(self) -> str:
        """The next command without its CRLF; raises BadLine or Gone."""
        while (end := self._held.find(b"\n")) < 0:
            if len(self._held) > LONGEST_COMMAND:
                raise BadLine
            await self._fill()
        raw = bytes(self._held[: end + 1])
        del self._held[: end + 1]
        if len(raw) > LONGEST_COMMAND or not raw.endswith(b"\r\n") or b"\r" in raw[:-2] or b"\0" in raw:
            raise BadLine
        return raw[:-2].decode("utf-8", "replace")

    async def body(self, limit: int) -> bytes | None:
        """A message up to the lone dot, dots unstuffed; None when it is over `limit` (it is read to its end)."""
        # With a line end in front, an empty message and a dot on the first line need no case of their own.
        self._held[:0] = b"\r\n"
        searched, is_over = 0, False
        while (end := self._held.find(_END, searched)) < 0:
            if len(self._held) > limit + 2 + len(_END):
                is_over = True
                del self._held[: -len(_END)]
            searched = max(0, len(self._held) - len(_END))
            await self._fill()
        raw = bytes(self._held[: end + 2])
        del self._held[: end + len(_END)]
        if is_over or len(raw) - 2 > limit:
            return None
        return raw.replace(b"\r\n.", b"\r\n")[2:]

    async def chunk(self, size: int, limit: int) -> bytes | None:
        """So many octets as they are (RFC 3030); None when they are over `limit` (they are read all the same)."""
        kept, left = bytearray(), size
        while left:
            if not self._held:
                await self._fill()
            part = self._held[:left]
            del self._held[: len(part)]
            left -= len(part)
            if size <= limit:
                kept += part
        return bytes(kept) if size <= limit else None

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Encrypt; what was sent ahead of the handshake is thrown away (RFC 3207, 4.2)."""
        self._held.clear()
        await self.writer.start_tls(context)

    async def silence(self) -> None:
        """Read and forget until the other side closes."""
        while await self.reader.read(_CHUNK):
            pass

    async def finish(self) -> None:
        """Send what is queued and end our side.

        Closing with unread input would reset the connection, and the last reply could be lost with it.
        """
        await self.flush()
        if self.writer.can_write_eof():
            self.writer.write_eof()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LINGER_S):
                    await self.silence()

    async def _fill(self) -> None:
        await self.flush()
        try:
            async with asyncio.timeout(self.timeout_s):
                data = await self.reader.read(_CHUNK)
        except TimeoutError as error:
            raise Gone("timeout") from error
        if not data:
            raise Gone("closed")
        self._held += data


def has_bare_breaks(message: bytes) -> bool:
    """Whether a CR or LF stands alone somewhere."""
    return not message.count(b"\r\n") == message.count(b"\n") == message.count(b"\r")
