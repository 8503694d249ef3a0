"""An index of the few copies that may be there twice."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(
            "ix_delivery_uncertain",
            ["run_id"],
            unique=False,
            sqlite_where=sa.text("is_uncertain IS 1"),
            postgresql_where=sa.text("is_uncertain IS true"),
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_uncertain")
