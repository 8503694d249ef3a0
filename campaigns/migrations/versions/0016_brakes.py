"""Sending hours, limits with their buckets, the first part of a large newsletter, and what a run waits for."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bucket",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("span", sa.String(), nullable=False),
        sa.Column("takes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", "span", name=op.f("pk_bucket")),
    )
    op.create_table(
        "domain_limit",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("hour_limit", sa.Integer(), nullable=True),
        sa.Column("day_limit", sa.Integer(), nullable=True),
        sa.CheckConstraint("hour_limit > 0 AND day_limit > 0", name=op.f("ck_domain_limit_limits")),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_limit")),
    )
    op.create_table(
        "sending_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("has_hours", sa.Boolean(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("is_staged", sa.Boolean(), nullable=False),
        sa.Column("stage_percent", sa.Integer(), nullable=False),
        sa.Column("stage_least", sa.Integer(), nullable=False),
        sa.Column("stage_minutes", sa.Integer(), nullable=False),
        sa.Column("stage_refusals", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sending_rules_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_rules")),
    )
    with op.batch_alter_table("newsletter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outside_reason", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("outside_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_newsletter_outside_by_id_user"), "user", ["outside_by_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("relay", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hour_limit", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("day_limit", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_relay_limits"), "hour_limit > 0 AND day_limit > 0")

    with op.batch_alter_table("retry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("aside_for", sa.String(), nullable=False, server_default=""))

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wait_kind", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("ignores_hours", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("stage_size", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("stage_left", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("stage_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("stage_end", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("stage_seen", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_column("stage_seen")
        batch_op.drop_column("stage_end")
        batch_op.drop_column("stage_until")
        batch_op.drop_column("stage_left")
        batch_op.drop_column("stage_size")
        batch_op.drop_column("ignores_hours")
        batch_op.drop_column("wait_kind")

    with op.batch_alter_table("retry", schema=None) as batch_op:
        batch_op.drop_column("aside_for")

    with op.batch_alter_table("relay", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_relay_limits"), type_="check")
        batch_op.drop_column("day_limit")
        batch_op.drop_column("hour_limit")

    with op.batch_alter_table("newsletter", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_newsletter_outside_by_id_user"), type_="foreignkey")
        batch_op.drop_column("outside_by_id")
        batch_op.drop_column("outside_reason")

    op.drop_table("sending_rules")
    op.drop_table("domain_limit")
    op.drop_table("bucket")
