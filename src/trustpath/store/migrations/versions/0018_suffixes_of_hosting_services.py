"""Suffixes of hosting services."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Bring the store to this revision."""
    op.create_table(
        "fact_hosting_suffix",
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("tells", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["part"], ["source_part.id"]),
    )
    with op.batch_alter_table("fact_hosting_suffix", schema=None) as batch_op:
        batch_op.create_index("fact_hosting_suffix_part", ["part", "valid_to"], unique=False)


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("fact_hosting_suffix", schema=None) as batch_op:
        batch_op.drop_index("fact_hosting_suffix_part")
    op.drop_table("fact_hosting_suffix")
