"""whether a CA looks at CAA."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Bring the store to this revision."""
    with op.batch_alter_table("fact_ca", recreate="always") as batch_op:
        batch_op.add_column(
            sa.Column("checks_caa", sa.Boolean(), nullable=True), insert_after="tested_at"
        )


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("fact_ca", schema=None) as batch_op:
        batch_op.drop_column("checks_caa")
