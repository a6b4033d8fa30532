"""records that mail is told by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Bring the store to this revision."""
    op.create_table(
        "fact_mail_authentication",
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rdata", sa.Text(), nullable=False),
        sa.Column("versioned", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("sends", sa.Boolean(), nullable=True),
        sa.Column("key_type", sa.Text(), nullable=True),
        sa.Column("key_bits", sa.BigInteger(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["part"], ["source_part.id"]),
    )
    with op.batch_alter_table("fact_mail_authentication", schema=None) as batch_op:
        batch_op.create_index("fact_mail_authentication_part", ["part", "valid_to"], unique=False)


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("fact_mail_authentication", schema=None) as batch_op:
        batch_op.drop_index("fact_mail_authentication_part")
    op.drop_table("fact_mail_authentication")
