"""Exceptions in the store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from trustpath.facts.change import Grant, plain
from trustpath.store.tables import ACT_EXCEPTION


def put(connection: Connection, grant: Grant) -> None:
    """Write an exception, new or as it is now."""
    values = plain(grant)
    number = values["number"] = int(values.pop("id")[1:])
    done = connection.execute(
        update(ACT_EXCEPTION).where(ACT_EXCEPTION.c.number == number).values(**values)
    )
    if done.rowcount == 0:
        connection.execute(insert(ACT_EXCEPTION).values(**values))


def grants(database: Engine) -> Sequence[Grant]:
    """Return every exception that was ever granted, in order."""
    with database.connect() as connection:
        rows = connection.execute(select(ACT_EXCEPTION).order_by(ACT_EXCEPTION.c.number))
        return [_grant(row) for row in rows.mappings()]


def _grant(row: RowMapping) -> Grant:
    values = dict(row)
    return Grant(id=f"X{values.pop('number')}", **values)
