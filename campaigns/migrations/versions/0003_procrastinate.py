"""The tables of Procrastinate, which carries jobs between machines; on PostgreSQL only.

Its own numbered files are read from the installed package, up to the version that was current when this was written;
what a later version adds is a later migration.
"""

from contextlib import closing
from importlib import resources

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEWEST = "03.04.00_50"
# What an attempt that was cut short left behind.
CLEAN = """
DO $$ DECLARE it record; BEGIN
  FOR it IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate\\_%'
  LOOP EXECUTE format('DROP TABLE %I CASCADE', it.tablename); END LOOP;
  FOR it IN SELECT oid::regprocedure AS name FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\\_%'
  LOOP EXECUTE format('DROP FUNCTION %s CASCADE', it.name); END LOOP;
  FOR it IN SELECT typname FROM pg_type
    WHERE typnamespace = current_schema()::regnamespace AND typname LIKE 'procrastinate\\_%'
  LOOP EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', it.typname); END LOOP;
END $$
"""


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name != "postgresql":
        return
    files = (resources.files("procrastinate.sql") / "migrations").iterdir()
    wanted = sorted((file for file in files if file.name.endswith(".sql")), key=lambda file: file.name)
    # Each file is a transaction, since one adds values to an enumeration which a later one uses; and the driver's own
    # cursor runs them, since they hold per cent signs and several statements.
    with op.get_context().autocommit_block(), closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(CLEAN)
        for file in wanted:
            if file.name[: len(NEWEST)] <= NEWEST:
                cursor.execute(file.read_text("utf-8"))
