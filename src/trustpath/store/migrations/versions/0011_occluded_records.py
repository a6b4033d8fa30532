"""occluded records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Bring the store to this revision."""
    op.create_table(
        "fact_occluded",
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("rdata", sa.Text(), nullable=False),
        sa.Column("ttl", sa.BigInteger(), nullable=True),
        sa.Column("cut", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("glue", sa.Boolean(), nullable=False),
        sa.Column("validation", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("address_key", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["part"], ["source_part.id"]),
    )
    with op.batch_alter_table("fact_occluded", schema=None) as batch_op:
        batch_op.create_index("fact_occluded_part", ["part", "valid_to"], unique=False)


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("fact_occluded", schema=None) as batch_op:
        batch_op.drop_index("fact_occluded_part")
    op.drop_table("fact_occluded")
