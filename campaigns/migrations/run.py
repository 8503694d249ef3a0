"""Bring a database to the newest migration, and say where it stands."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

import config
from campaigns.db import prepare_engine

FOLDER = Path(__file__).parent
LOCK = 7_210_468


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's settings, for this folder and a connection."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.attributes["connection"] = connection
    return settings


def upgrade(settings: config.Settings) -> None:
    """Apply all migrations that the database lacks; safe when several machines start at once."""
    engine = create_engine(settings.engine_url)
    prepare_engine(engine)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
                connection.commit()
            command.upgrade(alembic_config(connection), "head")
            connection.commit()
    finally:
        engine.dispose()
