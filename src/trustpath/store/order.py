"""Issuances in the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, RowMapping, func, select

from trustpath.base.errors import InputError
from trustpath.facts.change import plain
from trustpath.facts.order import Issuance, IssuanceState, issuance_from
from trustpath.store.tables import ACT_ORDER, put

_JSON = ("names", "basis")


def next_order(connection: Connection) -> str:
    """Return the id of the next issuance."""
    highest = connection.execute(select(func.max(ACT_ORDER.c.number))).scalar_one()
    return f"O{int(highest or 0) + 1}"


def put_order(connection: Connection, issuance: Issuance) -> None:
    """Write an issuance, new or as it is now."""
    values = plain(issuance)
    values["number"] = int(values.pop("id")[1:])
    for name in _JSON:
        values[name] = json.dumps(values[name], ensure_ascii=False)
    put(connection, ACT_ORDER, **values)


def get_order(connection: Connection, order: str) -> Issuance:
    """Return one issuance; raises InputError where there is none of that id."""
    row = None
    if order[:1] in "Oo" and order[1:].isdecimal():
        found = connection.execute(select(ACT_ORDER).where(ACT_ORDER.c.number == int(order[1:])))
        row = found.mappings().first()
    if row is None:
        raise InputError(
            f"there is no issuance {order!r}", where=order, hint="see trustpath cert list"
        )
    return _issuance(row)


def orders(
    connection: Connection,
    states: Iterable[IssuanceState] = (),
    *,
    job: str | None = None,
    fingerprint: str | None = None,
    change: str | None = None,
) -> Sequence[Issuance]:
    """Return issuances in the order of their making: all, or those that meet what is given."""
    query = select(ACT_ORDER).order_by(ACT_ORDER.c.number)
    wanted = [state.value for state in states]
    if wanted:
        query = query.where(ACT_ORDER.c.state.in_(wanted))
    for column, value in (("job", job), ("fingerprint", fingerprint), ("change", change)):
        if value is not None:
            query = query.where(ACT_ORDER.c[column] == value)
    return [_issuance(row) for row in connection.execute(query).mappings()]


def all_orders(database: Engine) -> Sequence[Issuance]:
    """Return every issuance of a store, in order."""
    with database.connect() as connection:
        return orders(connection)


def _issuance(row: RowMapping) -> Issuance:
    values = dict(row)
    values["id"] = f"O{values.pop('number')}"
    for name in _JSON:
        values[name] = json.loads(values[name])
    return issuance_from(values)
