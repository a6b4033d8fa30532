"""What edits do beyond any status: names that stop to exist, and zones that go while in use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from trustpath.base import names
from trustpath.facts.edits import Edit
from trustpath.workflow.gate.effect import Effect, Held, few
from trustpath.workflow.gate.ports import Case, View
from trustpath.workflow.gate.surface import World
from trustpath.workflow.gate.vanishing import vanishing

_BELOW = "({column} = ? OR substr({column}, -length(?) - 1) = '.' || ?)"
_ZONES = "SELECT DISTINCT apex FROM zone"
_TENANTS = " UNION ".join(
    f"SELECT '{kind}', n.{key}, n.name FROM {kind}_name AS n JOIN {state} AS s ON s.{of} = n.{key} "
    f"WHERE {lives} AND " + _BELOW.format(column="n.base")
    for kind, key, state, of, lives in (
        ("service", "service", "service", "id", "COALESCE(s.state, '') <> 'retired'"),
        ("job", "job", "job", "id", "s.active"),
        ("certificate", "certificate", "certificate_state", "certificate", "s.live AND n.usable"),
    )
)


def effects(
    edits: Sequence[Edit], case: Case, retiring: Collection[str] = ()
) -> tuple[Effect, ...]:
    """Return what edits bring about in the world before them that no rule speaks of.

    ``retiring`` are services that end with the same change.
    """
    world, after = View(case), World(case, after=True)
    touched = {edit.zone for edit in edits}
    apexes = {str(apex) for (apex,) in case.query(_ZONES)} & touched
    ending = apexes - {str(apex) for (apex,) in case.query(_ZONES, after=True)}
    found = [effect for zone in sorted(ending) for effect in _tenants(zone, world)]
    found += [
        _undelegated(edit, ending)
        for edit in edits
        if edit.type == "NS" and edit.after is None and edit.name != edit.zone and edit.before
    ]
    held = Held(world)
    found += _taken(edits, held)
    found += vanishing(edits, held, Held(after), world, ending=ending, retiring=retiring)
    return tuple(found)


def _tenants(zone: str, world: View) -> Iterator[Effect]:
    held: dict[tuple[str, str], list[str]] = {}
    for kind, key, name in world.query(_TENANTS, (zone,) * 9):
        held.setdefault((str(kind), str(key)), []).append(str(name))
    for (kind, key), listed in sorted(held.items()):
        shown = key[:12] if kind == "certificate" else key
        yield Effect(
            zone,
            f"the zone goes while {_WORDS[kind]} {shown} still has {few(sorted(listed))}",
            _WAYS[kind],
            holds=True,
        )


_WORDS = {"service": "service", "job": "the renewal job", "certificate": "the live certificate"}
_WAYS = {
    "service": "retire the service first, or take the name out of it",
    "job": "end the job first, or take the name out of it",
    "certificate": "replace it by one without the name, or revoke it",
}


def _undelegated(edit: Edit, ending: Collection[str]) -> Effect:
    if edit.name in ending:
        text = f"zone {edit.name} is retired: its delegation in {edit.zone} goes first, then it"
        return Effect(edit.name, text, "keep it on its servers until the wait after that is over")
    return Effect(
        edit.name,
        f"the delegation of {edit.name} is removed; names at and below it no longer resolve",
    )


def _taken(edits: Sequence[Edit], held: Held) -> Iterator[Effect]:
    """Yield the names that a wildcard answered for and that exist now (RFC 4592 2.2.1)."""
    added: dict[tuple[str, str], set[str]] = {}
    for edit in edits:
        if edit.before is None and not names.is_wildcard(edit.name):
            added.setdefault((edit.zone, edit.name), set()).add(edit.type)
    if not added:
        return
    told: set[str] = set()
    for zone, owner in sorted(added):
        here = owner
        while here not in (zone, "") and here not in told and (zone, here) not in held.nodes:
            told.add(here)
            source, types = held.wildcard(zone, here)
            if types and not here.startswith("_"):
                lost = sorted(types - added.get((zone, here), set()))
                rest = f"; it no longer has {', '.join(lost)}" if lost else ""
                said = f"{here} now exists, so {source} no longer applies to it (RFC 4592){rest}"
                yield Effect(here, said)
            here = names.parent(here)
