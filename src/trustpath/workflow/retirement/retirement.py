"""The retirement checklist of a service, each step proven by facts or declared (standards G.4).

The order is the point: a provider's resource is given back only after nothing leads there, and a
certificate is revoked only after nothing serves it. So the first step that is not proven blocks
all that follow, whatever their own state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from trustpath.base.clock import DAY, format_instant
from trustpath.base.errors import InputError
from trustpath.facts.change import Change
from trustpath.facts.estate.services import RETIREMENT_STEPS
from trustpath.facts.order import Issuance
from trustpath.rules.judge import Engine
from trustpath.workflow.headed import headed
from trustpath.workflow.residual import Residual, residual
from trustpath.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Item:
    """One step. ``proven`` is None where evidence is missing; ``do`` is the way on.

    ``by``: ``facts`` or ``declaration``. ``blocked``: an earlier step is not proven.
    """

    step: str
    proven: bool | None
    says: str
    do: str
    by: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class Retirement:
    """A service on its way out: its steps in order, and what power over its names is left.

    ``unconfirmed``: certificates that their CA took as revoked, and no CRL or OCSP says so yet.
    Whoever relies on those accepts them still.
    """

    service: str
    owner: str | None
    state: str
    names: tuple[str, ...]
    items: tuple[Item, ...]
    residual: tuple[Residual, ...]
    unconfirmed: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Say whether every step is proven."""
        return all(item.proven for item in self.items)

    @property
    def next(self) -> Item | None:
        """Return the first step that is not proven."""
        return next((item for item in self.items if not item.proven), None)


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    by: str
    do: str
    sql: str


_REMOVED = "records"
_SERVICE = "SELECT id, owner, state FROM service WHERE id = ?"
_NAMES = "SELECT DISTINCT base FROM service_name WHERE service = ? ORDER BY base"


def retirement(
    session: Session,
    service: str,
    applied: Sequence[Change] = (),
    revoked: Sequence[Issuance] = (),
) -> Retirement:
    """Return how far the retirement of a service is; raises InputError where there is none.

    ``applied`` are the changes of ours: what they removed may be cached until its TTL has passed.
    ``revoked`` are issuances that were revoked here.
    """
    with session.judging() as engine:
        known = engine.query(_SERVICE, (service,))
        if not known:
            raise InputError(
                f"there is no service {service!r}",
                where=service,
                hint="the estate file lists them under services",
            )
        names = tuple(str(row[0]) for row in engine.query(_NAMES, (service,)))
        cached = _cached(applied, names, session.clock.now())
        items = tuple(_items(engine, service, cached))
    owner = known[0][1]
    return Retirement(
        service,
        None if owner is None else str(owner),
        str(known[0][2]),
        names,
        items,
        tuple(residual(session, name) for name in names),
        tuple(_unconfirmed(revoked, names, session.clock.now())),
    )


def _unconfirmed(revoked: Sequence[Issuance], names: Collection[str], now: int) -> Iterator[str]:
    for item in revoked:
        if item.awaits_confirmation(now) and item.concerns(names):
            yield f"{item.id}: {item.problem or 'no CRL or OCSP was seen to say so'}"


def _cached(applied: Sequence[Change], names: Collection[str], now: int) -> str:
    """Say which removal of ours resolvers may still have cached; nothing where none may."""
    found = [
        (change.applied_at + (edit.before.ttl or DAY), edit, change)
        for change in applied
        for edit in change.plan.edits
        if change.applied_at is not None and edit.before and edit.removed and edit.name in names
    ]
    left = [entry for entry in found if entry[0] > now]
    if not left:
        return ""
    ends, edit, change = max(left, key=lambda entry: entry[0])
    return (
        f"{change.id} removed {edit.name} {edit.type}: resolvers may have it cached"
        f" until {format_instant(ends)}"
    )


def _items(engine: Engine, service: str, cached: str) -> Iterator[Item]:
    """Yield the steps; ``cached`` is what keeps removed records from being gone for everybody."""
    blocked = False
    for step in _steps():
        marks = step.sql.count("{service}")
        rows = engine.query(step.sql.replace("{service}", "?"), (service,) * marks)
        holds, says = rows[0]
        proven = None if holds is None else bool(holds)
        item = Item(step.name, proven, str(says), step.do, step.by, blocked)
        if step.name == _REMOVED and cached and proven is not False:
            item = replace(item, proven=False, says=cached, do="wait until then")
        yield item
        blocked = blocked or not item.proven


@cache
def _steps() -> tuple[_Step, ...]:
    """Return the steps of ``steps/`` in the order of the checklist."""
    found = {one.name.partition("_")[2]: one for one in headed(__package__, "steps")}
    return tuple(
        _Step(name, found[name].head["by"], found[name].head["do"], found[name].sql)
        for name in RETIREMENT_STEPS
    )
