"""`python -m campaigns.delivery.sandbox --port N --folder PATH`: the mail sandbox as a process of its own."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from campaigns.delivery.sandbox.server import Server, serve
from campaigns.delivery.sandbox.store import Store

log = logging.getLogger("sandbox")


def main() -> int:
    """Listen until SIGTERM or Ctrl-C; 2 when it cannot begin."""
    parser = argparse.ArgumentParser(prog="sandbox", description="Takes mail and delivers none of it.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where the messages are kept")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        asyncio.run(_run(Server(Store(given.folder), host=given.host, port=given.port)))
    except OSError as error:
        log.error("The mail sandbox cannot start: %s", error)
        return 2
    return 0


async def _run(server: Server) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await serve(server, stopped)


if __name__ == "__main__":
    sys.exit(main())
