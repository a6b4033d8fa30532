"""Bundles in the store: one row a bundle and one a step, since a bundle may have thousands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, RowMapping, select, update

from trustpath.base.errors import InputError
from trustpath.facts.bundle import Bundle, BundleState, Step, StepState, Verb
from trustpath.facts.change import BusyError, plain
from trustpath.store.tables import ACT_BUNDLE, ACT_BUNDLE_STEP, next_number, put
from trustpath.store.zone_lock import is_gone

_JSON = ("what", "result")
_LEASE = ("holder", "lease")


def next_bundle(connection: Connection) -> str:
    """Return the id of the next bundle."""
    return f"B{next_number(connection, ACT_BUNDLE)}"


def put_bundle(connection: Connection, bundle: Bundle, steps: Iterable[int] | None = None) -> None:
    """Write a bundle with the named steps, or with all of them; who carries it stays."""
    values = plain(replace(bundle, steps=()))
    number = int(values.pop("id")[1:])
    del values["steps"]
    known = connection.execute(
        update(ACT_BUNDLE).where(ACT_BUNDLE.c.number == number).values(values)
    )
    if not known.rowcount:
        put(connection, ACT_BUNDLE, number=number, **values)
    for place in range(len(bundle.steps)) if steps is None else steps:
        put_bundle_step(connection, bundle.id, place, bundle.steps[place])


def put_bundle_step(connection: Connection, identity: str, place: int, step: Step) -> None:
    """Write one step of a bundle."""
    values = plain(step)
    for name in _JSON:
        values[name] = json.dumps(values[name], ensure_ascii=False)
    put(connection, ACT_BUNDLE_STEP, bundle=int(identity[1:]), place=place, **values)


def bundle_state(connection: Connection, identity: str) -> BundleState:
    """Return the state of a bundle that is there."""
    query = select(ACT_BUNDLE.c.state).where(ACT_BUNDLE.c.number == int(identity[1:]))
    return BundleState(connection.execute(query).scalar_one())


def get_bundle(connection: Connection, identity: str) -> Bundle:
    """Return one bundle; raises InputError where there is none of that id."""
    row = None
    if identity[:1] in "Bb" and identity[1:].isdecimal():
        query = select(ACT_BUNDLE).where(ACT_BUNDLE.c.number == int(identity[1:]))
        row = connection.execute(query).mappings().first()
    if row is None:
        raise InputError(
            f"there is no bundle {identity!r}", where=identity, hint="see trustpath bundle list"
        )
    return _bundle(connection, row)


def bundles(connection: Connection, states: Iterable[BundleState] = ()) -> Sequence[Bundle]:
    """Return bundles in the order of their making, all or those in some states."""
    query = select(ACT_BUNDLE).order_by(ACT_BUNDLE.c.number)
    wanted = [state.value for state in states]
    if wanted:
        query = query.where(ACT_BUNDLE.c.state.in_(wanted))
    rows = connection.execute(query).mappings().all()
    return [_bundle(connection, row) for row in rows]


def hold(connection: Connection, identity: str, holder: str, now: int, until: int) -> None:
    """Take or keep a bundle for a process; raises BusyError while another carries it."""
    query = select(ACT_BUNDLE.c.holder, ACT_BUNDLE.c.lease).where(
        ACT_BUNDLE.c.number == int(identity[1:])
    )
    row = connection.execute(query).one()
    if row.holder not in (None, holder) and row.lease > now and not is_gone(row.holder):
        raise BusyError(
            f"another process ({row.holder}) carries this bundle", where=identity, hint="leave it"
        )
    _lease(connection, identity, holder, until)


def release(connection: Connection, identity: str) -> None:
    """Give a bundle back."""
    _lease(connection, identity, None, None)


def postpone(connection: Connection, identity: str, at: int | None) -> None:
    """Write when a bundle is looked at again."""
    connection.execute(
        update(ACT_BUNDLE).where(ACT_BUNDLE.c.number == int(identity[1:])).values(retry_at=at)
    )


def _lease(connection: Connection, identity: str, holder: str | None, until: int | None) -> None:
    connection.execute(
        update(ACT_BUNDLE)
        .where(ACT_BUNDLE.c.number == int(identity[1:]))
        .values(holder=holder, lease=until)
    )


def _bundle(connection: Connection, row: RowMapping) -> Bundle:
    values = {key: value for key, value in row.items() if key not in _LEASE}
    number = values.pop("number")
    found = connection.execute(
        select(ACT_BUNDLE_STEP)
        .where(ACT_BUNDLE_STEP.c.bundle == number)
        .order_by(ACT_BUNDLE_STEP.c.place)
    ).mappings()
    values["state"] = BundleState(values["state"])
    return Bundle(id=f"B{number}", steps=tuple(map(_step, found)), **values)


def _step(row: RowMapping) -> Step:
    values = {key: value for key, value in row.items() if key not in ("bundle", "place")}
    for name in _JSON:
        values[name] = json.loads(values[name])
    values["verb"] = Verb(values["verb"])
    values["state"] = StepState(values["state"])
    return Step(**values)
