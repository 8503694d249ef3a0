"""What feeds ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quiet_hours", sa.JSON(), nullable=False))
        batch_op.add_column(sa.Column("offers_checked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.drop_column("offers_checked_at")
        batch_op.drop_column("quiet_hours")
