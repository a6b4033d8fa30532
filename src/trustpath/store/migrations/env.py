"""Alembic's entry: runs on the connection that the store opens, or on the URL given to alembic."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from trustpath.store.tables import METADATA


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


_given = context.config.attributes.get("connection")
if _given is not None:
    _run(_given)
else:
    with create_engine(
        context.config.get_main_option("sqlalchemy.url") or "sqlite://"
    ).begin() as _own:
        _run(_own)
