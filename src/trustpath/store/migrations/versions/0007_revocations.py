"""revocations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Bring the store to this revision."""
    with op.batch_alter_table("act_order", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmed_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("abandoned_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "fact_abandoned_validation",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["part"], ["source_part.id"]),
    )
    with op.batch_alter_table("fact_abandoned_validation", schema=None) as batch_op:
        batch_op.create_index("fact_abandoned_validation_part", ["part", "valid_to"], unique=False)


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("fact_abandoned_validation", schema=None) as batch_op:
        batch_op.drop_index("fact_abandoned_validation_part")
    op.drop_table("fact_abandoned_validation")
    with op.batch_alter_table("act_order", schema=None) as batch_op:
        batch_op.drop_column("abandoned_at")
        batch_op.drop_column("confirmed_at")
