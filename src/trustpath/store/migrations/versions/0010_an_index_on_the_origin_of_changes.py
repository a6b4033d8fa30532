"""an index on the origin of changes."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Bring the store to this revision."""
    with op.batch_alter_table("act_change", schema=None) as batch_op:
        batch_op.create_index("act_change_origin", ["origin"], unique=False)


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("act_change", schema=None) as batch_op:
        batch_op.drop_index("act_change_origin")
