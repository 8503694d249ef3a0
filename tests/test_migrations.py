"""The migrations are numbered, have one head, and make exactly what the models say, on both engines."""

import re

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import CheckConstraint, inspect

from campaigns.db import Base, db
from campaigns.migrations import run
from campaigns.migrations.run import FOLDER


def test_migrations_are_numbered_and_have_one_head() -> None:
    names = sorted(path.name for path in (FOLDER / "versions").glob("*.py"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert len(ScriptDirectory.from_config(run.alembic_config()).get_heads()) == 1


def test_migrations_import_nothing_of_the_program() -> None:
    for path in (FOLDER / "versions").glob("*.py"):
        assert not re.search(r"^(from|import) (campaigns|config|scheduler)", path.read_text(), re.MULTILINE)


def test_migrations_equal_the_models(ctx: Flask) -> None:
    with db.engine.connect() as connection:
        options = {
            "compare_type": lambda _c, _i, _m, _found, ours: None if type(ours).__name__ != "UTCDateTime" else False,
            "include_name": lambda name, kind, _p: (
                not (kind == "table" and (name or "").startswith(("procrastinate_", "retention_switch")))
            ),
        }
        found = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
        assert found == []


def test_check_constraints_equal_the_models(ctx: Flask) -> None:
    inspector = inspect(db.engine)
    for table in Base.metadata.sorted_tables:
        ours = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        there = {str(c["name"]) for c in inspector.get_check_constraints(table.name)}
        assert ours == there, table.name
