"""What the sandbox keeps: one .eml file per message, and a small index beside them that can be made again at any time.

The files are the truth. Everybody who reads looks for files the index does not know yet, so a message is found from
the moment its file has its name, which is before the sender hears 250.
"""

import contextlib
import itertools
import json
import os
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from campaigns import clock
from campaigns.delivery.sandbox import reading
from campaigns.delivery.sandbox.reading import Message
from campaigns.errors import NotFound

MOST_MESSAGES = 20_000
MOST_BYTES = 1024**3
_ENVELOPE = b"X-Sandbox-Envelope: "
# The name changes with the columns; the index is made again from the files.
INDEX = "index-2.sqlite"
_HEAD_BYTES = 64 * 1024
_FILE = re.compile(r"\d{20}-\d{8,}-[0-9a-f]{8}\.eml")
_TABLE = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at REAL NOT NULL,
    envelope_from TEXT NOT NULL,
    envelope_to TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    is_bulk INTEGER NOT NULL,
    size INTEGER NOT NULL,
    file TEXT NOT NULL UNIQUE,
    search_text TEXT NOT NULL
)"""
_COLUMNS = "id, received_at, envelope_from, envelope_to, subject, message_id, is_bulk, size, file"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may not see everything: mail to their own address, and newsletters if they may know who reads."""

    address: str
    sees_newsletters: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as the list shows it; `size` in bytes."""

    id: int
    received_at: datetime
    envelope_from: str
    envelope_to: tuple[str, ...]
    subject: str
    message_id: str
    is_bulk: bool
    size: int
    file: str

    def is_for(self, reader: Reader | None) -> bool:
        """Whether a reader may see it; None sees all."""
        if reader is None or (self.is_bulk and reader.sees_newsletters):
            return True
        return self.envelope_to == (reader.address,)


class Store:
    """The folder of one sandbox. Any number of processes may read while one writes."""

    def __init__(self, folder: Path, most_messages: int = MOST_MESSAGES, most_bytes: int = MOST_BYTES) -> None:
        self.folder, self.most_messages, self.most_bytes = folder, most_messages, most_bytes
        self._numbers = itertools.count(1)

    def add(self, envelope_from: str, envelope_to: list[str], message: bytes) -> str:
        """Keep one message exactly as it came; gives the file's name. Raises OSError."""
        stamp = round(clock.now().timestamp() * 1_000_000)
        name = f"{stamp:020d}-{next(self._numbers):08d}-{secrets.token_hex(4)}.eml"
        envelope = json.dumps({"from": envelope_from, "to": envelope_to}).encode()
        temporary = self.folder / f".{name}.part"
        try:
            temporary.write_bytes(b"".join((_ENVELOPE, envelope, b"\r\n", message)))
            temporary.rename(self.folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        return name

    def count(self, search: str = "", reader: Reader | None = None) -> int:
        """How many messages a reader may see (`Entry.is_for`) that hold the text in recipient, sender or subject."""
        with self._index() as index:
            where, values = _where(search, reader)
            return int(index.execute(f"SELECT count(*) FROM message {where}", values).fetchone()[0])  # noqa: S608

    def list(self, page: int = 1, per_page: int = 25, search: str = "", reader: Reader | None = None) -> list[Entry]:
        """One page of the same, the newest first."""
        with self._index() as index:
            where, values = _where(search, reader)
            rows = index.execute(
                f"SELECT {_COLUMNS} FROM message {where} ORDER BY file DESC LIMIT ? OFFSET ?",  # noqa: S608
                (*values, per_page, (page - 1) * per_page),
            ).fetchall()
        return [_entry(row) for row in rows]

    def entry(self, message: int) -> Entry:
        """What the list shows of one message; raises NotFound."""
        with self._index() as index:
            row = index.execute(f"SELECT {_COLUMNS} FROM message WHERE id = ?", (message,)).fetchone()  # noqa: S608
        if row is None:
            raise NotFound("That message is no longer in the sandbox.")
        return _entry(row)

    def get(self, message: int) -> Message:
        """One message, taken apart for showing; raises NotFound."""
        return reading.taken_apart(self.raw(message))

    def raw(self, message: int) -> bytes:
        """One message exactly as it came over the wire; raises NotFound."""
        content = self._content(self.entry(message).file)
        if content is None:
            raise NotFound("That message is no longer in the sandbox.")
        return content

    def iter_raw(self) -> Iterator[tuple[Entry, bytes]]:
        """Every message as it came, the oldest first."""
        with self._index() as index:
            rows = index.execute(f"SELECT {_COLUMNS} FROM message ORDER BY file").fetchall()  # noqa: S608
        for row in rows:
            content = self._content(row[8])
            if content is not None:
                yield _entry(row), content

    def clear(self) -> int:
        """Remove every message; gives how many there were."""
        with self._index() as index:
            files = [row[0] for row in index.execute("SELECT file FROM message").fetchall()]
            self._forget(index, files)
        return len(files)

    def sweep(self) -> None:
        """Remove what a crash left half written. For the one process that adds, when it starts."""
        self.sync()
        for part in self.folder.glob(".*.part"):
            part.unlink(missing_ok=True)

    def sync(self) -> None:
        """Bring the index up to date with the folder, and drop the oldest past the limits."""
        with self._index():
            pass

    @contextmanager
    def _index(self) -> Iterator[sqlite3.Connection]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        index = sqlite3.connect(self.folder / INDEX, timeout=10, isolation_level=None)
        try:
            index.execute(_TABLE)
            self._sync(index)
            yield index
        finally:
            index.close()

    def _sync(self, index: sqlite3.Connection) -> None:
        known = {row[0] for row in index.execute("SELECT file FROM message").fetchall()}
        present = {entry.name for entry in os.scandir(self.folder) if _FILE.fullmatch(entry.name)}
        rows = [row for name in sorted(present - known) if (row := self._row(name)) is not None]
        if rows or known - present:
            index.execute("BEGIN IMMEDIATE")
            index.executemany("DELETE FROM message WHERE file = ?", [(name,) for name in known - present])
            index.executemany("INSERT OR IGNORE INTO message VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            index.execute("COMMIT")
        if rows and (oldest := self._past_limits(index)):
            self._forget(index, oldest)

    def _past_limits(self, index: sqlite3.Connection) -> Iterable[str]:
        query = """SELECT file FROM (SELECT file, row_number() OVER (ORDER BY file DESC) AS place,
            sum(size) OVER (ORDER BY file DESC) AS total FROM message) WHERE place > ? OR total > ?"""
        return [row[0] for row in index.execute(query, (self.most_messages, self.most_bytes)).fetchall()]

    def _forget(self, index: sqlite3.Connection, files: Iterable[str]) -> None:
        for name in files:
            (self.folder / name).unlink(missing_ok=True)
        index.execute("BEGIN IMMEDIATE")
        index.executemany("DELETE FROM message WHERE file = ?", [(name,) for name in files])
        index.execute("COMMIT")

    def _row(self, name: str) -> tuple[object, ...] | None:
        path = self.folder / name
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                first = file.readline()
                head = file.read(_HEAD_BYTES)
        except FileNotFoundError:
            return None
        envelope = _envelope(first)
        sender, recipients = str(envelope.get("from", "")), " ".join(envelope.get("to", []))
        told = reading.summary(head)
        search_text = f"{sender} {recipients} {told.subject}".casefold()
        received = int(name[:20]) / 1_000_000
        size -= len(first)
        return received, sender, recipients, told.subject, told.message_id, told.is_bulk, size, name, search_text

    def _content(self, name: str) -> bytes | None:
        try:
            first, _, rest = (self.folder / name).read_bytes().partition(b"\r\n")
        except FileNotFoundError:
            return None
        return rest if first.startswith(_ENVELOPE) else first + b"\r\n" + rest


def _envelope(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line.removeprefix(_ENVELOPE))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _where(search: str, reader: Reader | None) -> tuple[str, tuple[str, ...]]:
    words = search.casefold().split()
    # instr and not LIKE: a percent sign in an address is a percent sign.
    terms = ["instr(search_text, ?) > 0"] * len(words)
    if reader is not None:
        terms.append("(is_bulk OR envelope_to = ?)" if reader.sees_newsletters else "envelope_to = ?")
        words.append(reader.address)
    return f"WHERE {' AND '.join(terms)}" if terms else "", tuple(words)


def _entry(row: tuple[int, float, str, str, str, str, int, int, str]) -> Entry:
    number, received, sender, recipients, subject, message_id, is_bulk, size, name = row
    at = datetime.fromtimestamp(received, UTC)
    return Entry(number, at, sender, tuple(recipients.split()), subject, message_id, bool(is_bulk), size, name)
