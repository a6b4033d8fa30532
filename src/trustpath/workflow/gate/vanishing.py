"""Names that lose their last address or alias: who uses them, and what answers from then on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from trustpath.base import names
from trustpath.facts.edits import Edit
from trustpath.facts.records.rrset import ROUTE53_ALIAS
from trustpath.workflow.consent.asking import Asking
from trustpath.workflow.gate.effect import Effect, Held

LEADS: Final = frozenset({"A", "AAAA", "CNAME", "ALIAS", "ANAME", ROUTE53_ALIAS})
"""Types by which a name leads to an address."""

_STRICT: Final = "public"
_SERVICES = """
SELECT n.base, n.wildcard, s.id, s.tier FROM service_name AS n JOIN service AS s ON s.id = n.service
WHERE COALESCE(s.state, '') <> 'retired'
"""
_SERVED = "SELECT DISTINCT name FROM binding WHERE outcome = 'served'"


def vanishing(
    edits: Sequence[Edit],
    before: Held,
    after: Held,
    world: Asking,
    *,
    ending: Collection[str],
    retiring: Collection[str],
) -> Iterator[Effect]:
    """Yield an effect for each name that the edits leave without an address.

    ``ending`` are zones that go as a whole, ``retiring`` services that the same change retires.
    Where a service of the public tier uses the name it holds.
    """
    gone = sorted(
        {
            (edit.zone, edit.name)
            for edit in edits
            if edit.type in LEADS and edit.after is None and edit.zone not in ending
        }
    )
    gone = [place for place in gone if _is_gone(*place, before, after)]
    if not gone:
        return
    users = _Users(world, retiring)
    for zone, name in gone:
        if names.is_wildcard(name):
            for user in users.under(name, zone, before, after):
                yield _effect(user, name, "", users)
            continue
        source, types = after.wildcard(zone, name)
        answers = source if (zone, name) not in after.nodes and types & LEADS else ""
        if answers or users.of(name):
            yield _effect(name, name, answers, users)


def _is_gone(zone: str, name: str, before: Held, after: Held) -> bool:
    """Say whether a name had an address and has none, and nobody else is asked for it."""
    if "_" in name or not before.types(zone, name) & LEADS or after.anywhere(name) & LEADS:
        return False
    here = name
    while here not in (zone, ""):
        if "NS" in after.types(zone, here):
            return False
        here = names.parent(here)
    return True


def _effect(name: str, removed: str, answers: str, users: _Users) -> Effect:
    using = users.of(name)
    by = f", which {using} uses," if using else ""
    if answers:
        return Effect(
            name,
            f"{answers} answers for {name}{by} from now on: it has no records of its own any more",
            _WAY if using else "",
            holds=users.strict(name),
        )
    why = f": {removed} goes" if removed != name else ""
    return Effect(
        name, f"{name}{by} will not resolve any more{why}", _WAY, holds=users.strict(name)
    )


_WAY = "retire the service first, or take the name out of it"


class _Users:
    """Which services declare a name, and under which names something was seen served."""

    def __init__(self, world: Asking, retiring: Collection[str]) -> None:
        self._exact: dict[str, tuple[str, str]] = {}
        self._below: dict[str, tuple[str, str]] = {}
        for base, wildcard, service, tier in world.query(_SERVICES):
            if service not in retiring:
                listed = self._below if wildcard else self._exact
                listed[str(base)] = min(
                    (str(service), str(tier)), listed.get(str(base), (str(service), str(tier)))
                )
        self._served = {str(row[0]) for row in world.query(_SERVED)}

    def of(self, name: str) -> str:
        """Return who uses a name in words, empty where nobody is known."""
        found = self._service(name)
        if found:
            return f"service {found[0]}"
        return "an endpoint that was seen" if name in self._served else ""

    def strict(self, name: str) -> bool:
        """Say whether a service of the public tier uses it."""
        found = self._service(name)
        return found is not None and found[1] == _STRICT

    def _service(self, name: str) -> tuple[str, str] | None:
        return self._exact.get(name) or self._below.get(names.parent(name))

    def under(self, wildcard: str, zone: str, before: Held, after: Held) -> list[str]:
        """Return the used names that only this wildcard answered for."""
        base = names.base(wildcard)
        used = {*self._exact, *self._served}
        found = [
            name
            for name in used
            if name.endswith(f".{base}")
            and (zone, name) not in before.nodes
            and before.wildcard(zone, name)[0] == wildcard
            and not after.anywhere(name) & LEADS
        ]
        return sorted([*found, *([base] if base in self._below and not found else [])])
