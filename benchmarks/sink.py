"""A mail server that takes everything at once and keeps nothing: `python -m benchmarks.sink [--delay-ms N]`.

It offers what Postfix does, with `--no-chunks` all but whole messages at once (CHUNKING). Prints its port, and ends
with the process that started it (when its standard input closes).
"""

import argparse
import asyncio
import re
import sys

GREETING = b"220 sink\r\n"
HELLO = b"250-sink\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 SIZE 30000000\r\n"
END = b"\r\n.\r\n"
ANSWERS = {b"EHLO": HELLO, b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}
LINE = re.compile(rb"([^\r\n]*)\r\n")


class Sink(asyncio.Protocol):
    """One connection; each answer leaves `delay` seconds after what it answers came."""

    def __init__(self, delay: float) -> None:
        self.delay, self.tail, self.is_text, self.chunk = delay, b"", False, 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport = transport  # type: ignore[assignment]
        self.say(GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer what is whole."""
        data = self.tail + data
        out: list[bytes] = []
        at = 0
        while True:
            if self.chunk:
                if len(data) - at < self.chunk:
                    break
                at, self.chunk = at + self.chunk, 0
                out.append(b"250 2.0.0 taken\r\n")
            if self.is_text:
                end = data.find(END, at)
                if end < 0:
                    at = max(at, len(data) - len(END) + 1)
                    break
                at, self.is_text = end + len(END), False
                out.append(b"250 2.0.0 taken\r\n")
                continue
            match = LINE.match(data, at)
            if match is None:
                break
            at = match.end()
            verb = match[1][:4].upper()
            if verb == b"BDAT":
                self.chunk = int(match[1].split()[1])
                continue
            out.append(ANSWERS.get(verb, b"250 ok\r\n"))
            self.is_text = verb == b"DATA"
        self.tail = data[at:]
        if out:
            self.say(b"".join(out))

    def say(self, data: bytes) -> None:
        """Send now or after the delay."""
        if self.transport is None:
            return
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, data)
        else:
            self.transport.write(data)


async def main(delay: float) -> None:
    """Listen until the standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--no-chunks", action="store_true")
    given = parser.parse_args()
    if given.no_chunks:
        ANSWERS[b"EHLO"] = HELLO.replace(b"250-CHUNKING\r\n", b"")
    try:
        import uvloop
    except ImportError:
        asyncio.run(main(given.delay_ms / 1000))
    else:
        uvloop.run(main(given.delay_ms / 1000))
