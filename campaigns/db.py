"""The database: the base of all tables, the column for instants, and `@action`, the one way to write."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, MetaData, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

P = ParamSpec("P")
R = TypeVar("R")

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMES)


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware UTC going in and coming out; a naive value is refused with ValueError."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """PostgreSQL keeps the zone; SQLite keeps text, which sorts as time because it is always UTC."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored; use campaigns.clock")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def action(write: Callable[P, R]) -> Callable[P, R]:
    """Make a function one transaction: it begins anew, commits when the function returns, rolls back when it raises.

    On SQLite the transaction takes the write lock at once (BEGIN IMMEDIATE), so that what the action read is still
    true when it writes. What the caller had loaded before is read again inside. Raises RuntimeError when called
    inside another action or with unsaved changes, since either would make two transactions look like one.
    """

    @functools.wraps(write)
    def one_transaction(*args: P.args, **kwargs: P.kwargs) -> R:
        session = db.session()
        if session.info.get("in_action"):
            raise RuntimeError(f"{write.__name__} was called inside another action")
        if session.new or session.dirty or session.deleted:
            raise RuntimeError(f"{write.__name__} found changes that no action made")
        session.rollback()
        # A rollback forgets nothing when the transaction before was committed, and a row that is known already keeps
        # its old values even when it is read again with a lock.
        session.expire_all()
        session.info["in_action"], session.info["once_committed"] = True, []
        try:
            session.connection(execution_options={"begin": "IMMEDIATE"})
            result = write(*args, **kwargs)
            session.commit()
            for tell in session.info["once_committed"]:
                tell()
            return result
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info["in_action"] = False

    one_transaction.is_action = True  # type: ignore[attr-defined]
    return one_transaction


def quick_action(write: Callable[Concatenate[Any, P], R | None]) -> Callable[P, R | None]:
    """Make a function one transaction of the driver's own statements; its first argument is the driver's cursor.

    For what is written hundreds of times a second: to begin and end a transaction, SQLAlchemy takes twenty times as
    long as SQLite to carry it out. Nothing is written, and None given, when the function gives None or the database
    fails; the caller then goes the ordinary way, which can do more and says what is wrong.
    """

    @functools.wraps(write)
    def one_transaction(*args: P.args, **kwargs: P.kwargs) -> R | None:
        engine = db.engine
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            if engine.dialect.name == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            result = write(cursor, *args, **kwargs)
            if result is not None:
                connection.commit()
        except engine.dialect.loaded_dbapi.Error:
            connection.invalidate()
            return None
        finally:
            connection.close()
        return result

    one_transaction.is_action = True  # type: ignore[attr-defined]
    return one_transaction


def once_committed(session: Session, tell: Callable[[], None]) -> None:
    """Have something said when the action that runs now is committed, and never when it fails."""
    session.info.setdefault("once_committed", []).append(tell)


def end_reading() -> None:
    """End the reading transaction, if one is open: nothing stays open while we render or talk to the outside."""
    session = db.session()
    if not session.info.get("in_action"):
        session.rollback()


def upserting(session: Session, table: Any) -> Any:
    """An INSERT that knows ON CONFLICT, which both engines write alike and SQLAlchemy keeps in two places."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def prepare_engine(engine: Engine) -> None:
    """Give a SQLite engine write-ahead logging and transactions that begin where we say; others are left alone."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver's own handling begins transactions late and lost 576 of 900 updates when measured (HOUSE 10).
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in ("journal_mode=WAL", "busy_timeout=10000", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
