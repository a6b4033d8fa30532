"""renewal windows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Bring the store to this revision."""
    with op.batch_alter_table("act_order", schema=None) as batch_op:
        batch_op.add_column(sa.Column("window", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("act_order", schema=None) as batch_op:
        batch_op.drop_column("window")
