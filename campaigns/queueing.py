"""Jobs asked for inside a transaction: they run soon after it is committed, and never when it is not.

On PostgreSQL a job is a row of Procrastinate's, written over the transaction's own connection, and any machine takes
it. On SQLite our own rows are the truth: the engine of this process, if there is one, hears of the job once they
stand, and everything else is found by the job that looks each second at what is left to do.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns.db import once_committed

if TYPE_CHECKING:
    import procrastinate

# Sending is one job at a time in each process: its connections to the mail server are counted.
DEFAULT, SENDING = "default", "sending"


@dataclass(frozen=True)
class Asked:
    """A job that somebody asked for; under the same `key` only one waits at a time."""

    name: str
    key: str
    arguments: dict[str, Any]
    queue: str = DEFAULT
    at: datetime | None = None


_hearers: list[Callable[[Asked], None]] = []


@functools.cache
def _asker() -> "procrastinate.App":
    # Only PostgreSQL needs it, and it takes ten megabytes of each process.
    import procrastinate

    return procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def ask(session: Session, job: Asked) -> None:
    """Have a job run once the caller's transaction is committed; nothing happens when one like it waits already."""
    if session.get_bind().dialect.name != "postgresql":
        once_committed(session, lambda: _tell(job))
        return
    from procrastinate import exceptions

    connection = session.connection()
    # A row that is there already would spoil the whole transaction. (The session's own savepoint comes only with a
    # statement of its own, and this one is the driver's.)
    with contextlib.suppress(exceptions.AlreadyEnqueued), connection.begin_nested():
        defer(connection.connection.dbapi_connection, job)


def defer(connection: Any, job: Asked, lock: str | None = None) -> None:
    """Write a job down on a connection of psycopg; raises AlreadyEnqueued."""
    asked = _asker().configure_task(
        job.name,
        connection=connection,
        queue=job.queue,
        queueing_lock=job.key or None,
        lock=lock,
        schedule_at=job.at,
    )
    asked.defer(**job.arguments)


def waiting(session: Session) -> set[str]:
    """The keys of the jobs that wait, where they are rows; an engine in memory knows its own."""
    if session.get_bind().dialect.name != "postgresql":
        return set()
    rows = session.execute(
        text("SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock IS NOT NULL")
    )
    return set(rows.scalars())


@contextlib.contextmanager
def heard_by(take: Callable[[Asked], None]) -> Iterator[None]:
    """Tell an engine in this process of the jobs that are asked for meanwhile."""
    _hearers.append(take)
    try:
        yield
    finally:
        _hearers.remove(take)


def _tell(job: Asked) -> None:
    for take in _hearers:
        take(job)
