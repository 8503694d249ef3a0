"""Alembic's environment: runs migrations on the connection that `run.py` hands over."""

from typing import Literal

from alembic import context
from sqlalchemy import DateTime
from sqlalchemy.engine import Connection

from campaigns.db import Base, UTCDateTime

EXCLUDED_PREFIXES = ("procrastinate_", "retention_switch")


def include(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out what another library migrates itself."""
    return not (kind == "table" and name is not None and name.startswith(EXCLUDED_PREFIXES))


def render(kind: str, item: object, _autogenerate: object) -> str | Literal[False]:
    """Write our own column type by its plain counterpart, since migrations import nothing of ours."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def compare(_context: object, _column: object, _metadata_column: object, found: object, ours: object) -> bool | None:
    """An instant is equal to any timestamp column: SQLite does not tell zones apart."""
    return False if isinstance(ours, UTCDateTime) and isinstance(found, DateTime) else None


def run(connection: Connection) -> None:
    """Run what Alembic was asked for."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        include_name=include,
        render_item=render,
        compare_type=compare,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
