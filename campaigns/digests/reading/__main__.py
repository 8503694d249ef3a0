"""The worker process: reads one feed after the other from standard input, within limits on memory and time."""

import gc
import json
import os
import resource
import signal
import struct
import sys
from datetime import datetime
from typing import Any, BinaryIO

from campaigns.digests.reading.found import Unreadable, to_json
from campaigns.digests.reading.reader import read

MEMORY_BYTES = 512 * 1024 * 1024
# A little more than its parent waits, for the case that the parent is gone.
SECONDS = 25
# What a parser leaks must not add up; the parent starts another one.
MOST_FEEDS = 300


def main() -> int:
    """Serve until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A feed makes many small things and few circles; looking for these all the time costs a tenth.
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not mix with the answers.
    os.dup2(2, 1)
    for _number in range(MOST_FEEDS):
        size = source.read(8)
        if len(size) < 8:
            break
        head, body = struct.unpack(">II", size)
        question = json.loads(source.read(head))
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        answer = _answer(source.read(body), question)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(target, answer)
        if "memory" in answer:
            break
    return 0


def _answer(body: bytes, question: dict[str, Any]) -> dict[str, Any]:
    now = datetime.fromisoformat(question["now"])
    try:
        return {"feed": to_json(read(body, question["url"], question["headers"], now))}
    except Unreadable as error:
        return {"kind": error.kind, "problem": str(error)}
    except MemoryError:
        return {"kind": "too_large", "problem": "The feed is too large to be read.", "memory": True}


def _write(target: BinaryIO, answer: dict[str, Any]) -> None:
    data = json.dumps(answer).encode()
    target.write(struct.pack(">I", len(data)) + data)
    target.flush()


if __name__ == "__main__":
    raise SystemExit(main())
