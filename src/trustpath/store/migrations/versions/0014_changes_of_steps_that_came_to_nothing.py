"""changes of steps that came to nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Bring the store to this revision."""
    with op.batch_alter_table("act_bundle_step", schema=None) as batch_op:
        batch_op.add_column(sa.Column("spent", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("act_bundle_step", schema=None) as batch_op:
        batch_op.drop_column("spent")
