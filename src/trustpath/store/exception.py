"""Exceptions in the store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, RowMapping, select

from trustpath.facts.change import Grant, plain
from trustpath.store.tables import ACT_EXCEPTION, put


def put_grant(connection: Connection, grant: Grant) -> None:
    """Write an exception, new or as it is now."""
    values = plain(grant)
    put(connection, ACT_EXCEPTION, number=int(values.pop("id")[1:]), **values)


def grants(database: Engine) -> Sequence[Grant]:
    """Return every exception that was ever granted, in order."""
    with database.connect() as connection:
        rows = connection.execute(select(ACT_EXCEPTION).order_by(ACT_EXCEPTION.c.number))
        return [_grant(row) for row in rows.mappings()]


def _grant(row: RowMapping) -> Grant:
    values = dict(row)
    return Grant(id=f"X{values.pop('number')}", **values)
