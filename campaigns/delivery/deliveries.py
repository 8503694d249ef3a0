"""The adder of deliveries: one row for each copy whose outcome is known, many at once.

The drivers are asked directly. There is a row for every copy of every newsletter, and SQLAlchemy would take longer to
get one ready than SQLite to write it.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from campaigns.delivery import refusals, rules
from campaigns.delivery.models import Outcome

if TYPE_CHECKING:
    from campaigns.delivery.actions.batches import Ack

_LITE = """
    INSERT INTO delivery (run_id, outcome, recipient_id, at, is_uncertain, code, enhanced, text, cause)
    VALUES {} ON CONFLICT DO NOTHING
"""
# One array of values instead of many statements: the work is the server's.
_POSTGRES = """
    INSERT INTO delivery (run_id, outcome, recipient_id, at, is_uncertain, code, enhanced, text, cause)
    SELECT %(run_id)s, %(outcome)s, (row->>0)::int, (row->>1 || '+00')::timestamptz, (row->>2)::boolean,
           (row->>3)::int, row->>4, row->>5, row->>6
    FROM json_array_elements(%(rows)s::json) AS rows (row)
    ON CONFLICT DO NOTHING
"""

# The power of two that is the most rows of one statement on SQLite.
_LARGEST = 6


def add(session: Session, run_id: int, outcome: Outcome, acks: Sequence["Ack"], verdicts: refusals.Verdicts) -> int:
    """Write down copies with this outcome in the caller's transaction; gives how many were not in the books yet."""
    connection = session.connection()
    asked = statements(run_id, outcome, acks, verdicts, connection.dialect.name == "postgresql")
    return sum(connection.exec_driver_sql(*one).rowcount for one in asked)


def statements(
    run_id: int, outcome: Outcome, acks: Sequence["Ack"], verdicts: refusals.Verdicts, is_postgres: bool
) -> list[tuple[str, Any]]:
    """What the driver is asked to write, and the values: the count of rows is how many were not in the books yet.

    Nothing is asked where there are no copies.
    """
    if not acks:
        return []
    # The answers of a moment share one instant, which takes longer to write than all else of a row.
    instants = {at: stored(at) for at in {ack.at for ack in acks}}
    told, cause_of = rules.told, refusals.cause_of
    rows = [
        (
            ack.recipient_id,
            instants[ack.at],
            ack.is_uncertain,
            ack.code,
            ack.enhanced,
            told(ack.text),
            cause_of(verdicts, ack),
        )
        for ack in acks
    ]
    if is_postgres:
        return [(_POSTGRES, {"run_id": run_id, "outcome": outcome.value, "rows": json.dumps(rows)})]
    asked: list[tuple[str, Any]] = []
    at = 0
    while at < len(rows):
        # The driver keeps what it has prepared, and for each count that would be some hundred kilobytes.
        size = 1 << min(_LARGEST, (len(rows) - at).bit_length() - 1)
        asked.append((_lite(run_id, outcome, size), tuple(chain.from_iterable(rows[at : at + size]))))
        at += size
    return asked


@lru_cache(maxsize=64)
def _lite(run_id: int, outcome: Outcome, count: int) -> str:
    """One statement for many rows: at the end of each, the other threads would be let in and waited for."""
    row = f"({int(run_id)}, '{outcome.value}', ?, ?, ?, ?, ?, ?, ?)"
    return _LITE.format(", ".join([row] * count))


def stored(at: datetime) -> str:
    """An instant as `db.UTCDateTime` has SQLite keep it, and without its zone as PostgreSQL is told it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
