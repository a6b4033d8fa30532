"""how CAs read CAA."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Bring the store to this revision."""
    with op.batch_alter_table("fact_caa", recreate="always") as batch_op:
        batch_op.add_column(sa.Column("doubt", sa.Text(), nullable=True), insert_after="known")


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("fact_caa", schema=None) as batch_op:
        batch_op.drop_column("doubt")
