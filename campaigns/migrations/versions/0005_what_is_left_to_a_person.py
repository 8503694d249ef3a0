"""what is left to a person."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("enhanced", sa.String(), nullable=False, server_default=""))

    with op.batch_alter_table("retry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("enhanced", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("is_wanted", sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("uncertain", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("leaves_uncertain", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_column("leaves_uncertain")
        batch_op.drop_column("uncertain")

    with op.batch_alter_table("retry", schema=None) as batch_op:
        batch_op.drop_column("is_wanted")
        batch_op.drop_column("enhanced")

    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("enhanced")
