"""Issuances in the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, RowMapping, delete, select

from trustpath.base.errors import InputError
from trustpath.facts.change import BusyError, plain
from trustpath.facts.order import Issuance, IssuanceState, issuance_from
from trustpath.store.tables import ACT_LOCK, ACT_ORDER, next_number, put
from trustpath.store.zone_lock import is_gone

_JSON = ("names", "basis", "window")


def next_order(connection: Connection) -> str:
    """Return the id of the next issuance."""
    return f"O{next_number(connection, ACT_ORDER)}"


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


def hold_job(connection: Connection, job: str, holder: str, now: int, until: int) -> None:
    """Take or keep a job for a process; raises BusyError while another has it.

    Jobs lie beside zones in the table of locks; no zone's name has a space in it.
    """
    zone = _lock(job)
    row = connection.execute(select(ACT_LOCK).where(ACT_LOCK.c.zone == zone)).first()
    if row is not None and row.holder != holder and row.expires > now and not is_gone(row.holder):
        raise BusyError(
            f"another process ({row.holder}) is at this job", where=job, hint="wait for it"
        )
    put(connection, ACT_LOCK, zone=zone, change=zone, holder=holder, expires=until)


def release_job(connection: Connection, job: str) -> None:
    """Give a job back."""
    connection.execute(delete(ACT_LOCK).where(ACT_LOCK.c.zone == _lock(job)))


def _lock(job: str) -> str:
    return f"job {job}"


def _issuance(row: RowMapping) -> Issuance:
    values = dict(row)
    values["id"] = f"O{values.pop('number')}"
    for name in _JSON:
        values[name] = json.loads(values[name] or "null")
    return issuance_from(values)
