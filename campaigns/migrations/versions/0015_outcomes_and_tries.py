"""outcomes and tries."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "try_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("hours BETWEEN 1 AND 120", name=op.f("ck_try_plan_hours")),
        sa.CheckConstraint("id = 1", name=op.f("ck_try_plan_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_try_plan")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cause", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("retry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cause", sa.String(), nullable=False, server_default=""))

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("refused", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("refused_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("watch", sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table("newsletter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("leaves_uncertain", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE newsletter SET completed_at = sent_at WHERE state = 'sent'")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("newsletter", schema=None) as batch_op:
        batch_op.drop_column("leaves_uncertain")
        batch_op.drop_column("completed_at")

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_column("watch")
        batch_op.drop_column("refused_told_at")
        batch_op.drop_column("refused")

    with op.batch_alter_table("retry", schema=None) as batch_op:
        batch_op.drop_column("cause")

    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("left_at")
        batch_op.drop_column("cause")

    op.drop_table("try_plan")
