"""Several mail servers, each with its share of the mail and how it is doing."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("relay", schema=None) as batch_op:
        batch_op.add_column(sa.Column("weight", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("resting_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("trouble", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("trouble_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("carried_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f("ck_relay_weight"), "weight BETWEEN 1 AND 100")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("relay", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_relay_weight"), type_="check")
        batch_op.drop_column("carried_at")
        batch_op.drop_column("trouble_at")
        batch_op.drop_column("trouble")
        batch_op.drop_column("resting_until")
        batch_op.drop_column("failures")
        batch_op.drop_column("retired_at")
        batch_op.drop_column("held_at")
        batch_op.drop_column("weight")
