"""what a path is refused for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Bring the store to this revision."""
    with op.batch_alter_table("fact_certificate_path", recreate="always") as batch_op:
        batch_op.add_column(
            sa.Column("publicly_issued", sa.Boolean(), nullable=True),
            insert_after="weak_issuer_signature",
        )
        batch_op.add_column(
            sa.Column("fault", sa.Text(), nullable=True), insert_after="publicly_issued"
        )


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("fact_certificate_path", schema=None) as batch_op:
        batch_op.drop_column("fault")
        batch_op.drop_column("publicly_issued")
