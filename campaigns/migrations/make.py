"""Write the next migration from what the models have and the database of all earlier migrations lacks.

Run as `python -m campaigns.migrations.make "what changes"`.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

import campaigns.models  # noqa: F401
from campaigns.db import prepare_engine
from campaigns.migrations.run import FOLDER, alembic_config


def make(message: str) -> None:
    """Write `versions/NNNN_message.py`."""
    number = f"{len(list((FOLDER / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'empty.sqlite'}")
        prepare_engine(engine)
        with engine.connect() as connection:
            settings = alembic_config(connection)
            settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            command.upgrade(settings, "head")
            command.revision(settings, message=message, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    make(sys.argv[1])
