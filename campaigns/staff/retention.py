"""The one way to delete from the append-only tables: their triggers refuse everything else."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session


@contextmanager
def retention(session: Session) -> Iterator[None]:
    """Allow DELETE on the audit log and the consent events inside the caller's transaction; UPDATE stays refused."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    _switch(session, is_postgresql, is_on=True)
    try:
        yield
        session.flush()
    finally:
        # After a failed statement PostgreSQL refuses all others, and the rollback takes the setting back anyway.
        if session.is_active:
            _switch(session, is_postgresql, is_on=False)


def _switch(session: Session, is_postgresql: bool, is_on: bool) -> None:
    if is_postgresql:
        value = "on" if is_on else "off"
        session.execute(text("SELECT set_config('outreach.retention', :value, true)"), {"value": value})
    else:
        session.execute(text("UPDATE retention_switch SET is_on = :value"), {"value": int(is_on)})
