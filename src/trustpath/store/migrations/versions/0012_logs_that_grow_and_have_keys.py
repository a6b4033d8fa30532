"""logs that grow and have keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Bring the store to this revision."""
    # The tables are made anew, so that columns stand in the order of a new store.
    with op.batch_alter_table("fact_known_log", recreate="always") as batch_op:
        batch_op.add_column(
            sa.Column("keyed", sa.Boolean(), nullable=False, server_default=sa.false()),
            insert_after="retired_at",
        )
    with op.batch_alter_table("fact_known_log", recreate="always") as batch_op:
        batch_op.alter_column("keyed", server_default=None)
    with op.batch_alter_table("fact_ct_log", recreate="always") as batch_op:
        batch_op.add_column(
            sa.Column("mmd", sa.BigInteger(), nullable=True), insert_after="consistent"
        )
        batch_op.add_column(sa.Column("growing", sa.Boolean(), nullable=True), insert_after="mmd")
    # Nothing ever filled it, and no rule reads it.
    with op.batch_alter_table("fact_mail_policy", recreate="always") as batch_op:
        batch_op.drop_column("body")


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("fact_mail_policy", recreate="always") as batch_op:
        batch_op.add_column(sa.Column("body", sa.Text(), nullable=True), insert_after="max_age")
    with op.batch_alter_table("fact_ct_log", schema=None) as batch_op:
        batch_op.drop_column("growing")
        batch_op.drop_column("mmd")
    with op.batch_alter_table("fact_known_log", schema=None) as batch_op:
        batch_op.drop_column("keyed")
