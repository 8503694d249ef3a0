"""The adder of deliveries: one row for each copy whose outcome is known, many at once.

The drivers are asked directly. There is a row for every copy of every newsletter, and SQLAlchemy would take longer to
get one ready than SQLite to write it.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from campaigns.delivery import refusals, rules
from campaigns.delivery.models import Outcome

if TYPE_CHECKING:
    from campaigns.delivery.actions.batches import Ack

_LITE = """
    INSERT INTO delivery (run_id, outcome, recipient_id, at, is_uncertain, code, enhanced, text, cause)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
# One array of values instead of many statements: the work is the server's.
_POSTGRES = """
    INSERT INTO delivery (run_id, outcome, recipient_id, at, is_uncertain, code, enhanced, text, cause)
    SELECT (row->>0)::int, row->>1, (row->>2)::int, (row->>3 || '+00')::timestamptz, (row->>4)::boolean,
           (row->>5)::int, row->>6, row->>7, row->>8
    FROM json_array_elements(%(rows)s::json) AS rows (row)
    ON CONFLICT DO NOTHING
"""


def add(session: Session, run_id: int, outcome: Outcome, acks: Sequence["Ack"], verdicts: refusals.Verdicts) -> int:
    """Write down copies with this outcome in the caller's transaction; gives how many were not in the books yet."""
    connection = session.connection()
    # The answers of a moment share one instant, which takes longer to write than all else of a row.
    instants = {at: _stored(at) for at in {ack.at for ack in acks}}
    told, cause_of = rules.told, refusals.cause_of
    rows = [
        (
            run_id,
            outcome.value,
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
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(_POSTGRES, {"rows": json.dumps(rows)}).rowcount
    return connection.exec_driver_sql(_LITE, rows).rowcount


def _stored(at: datetime) -> str:
    """An instant as `db.UTCDateTime` has SQLite keep it, and without its zone as PostgreSQL is told it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
