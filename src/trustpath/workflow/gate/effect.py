"""An effect in words, and which names the zones at hand have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustpath.base import names
from trustpath.facts.part import Problem
from trustpath.workflow.consent.asking import Asking

SHOWN = 5
_HELD = "SELECT zone, name, type FROM rrset"


@dataclass(frozen=True, slots=True)
class Effect:
    """What edits at ``name`` bring about, in words; ``holds`` the change until somebody acts."""

    name: str
    text: str
    hint: str = ""
    holds: bool = False

    def problem(self) -> Problem:
        """Return it as something to be read."""
        return Problem(self.text, self.name or ".", self.hint)


class Held:
    """Which names the zones at hand have, and with which types."""

    def __init__(self, world: Asking) -> None:
        self._types: dict[tuple[str, str], set[str]] = {}
        self._anywhere: dict[str, set[str]] = {}
        self.nodes: set[tuple[str, str]] = set()
        """Zone and name of all that exists, empty non-terminals included (RFC 4592 2.2.2)."""
        for zone, name, rdtype in world.query(_HELD):
            apex, here = str(zone), str(name)
            self._types.setdefault((apex, here), set()).add(str(rdtype))
            self._anywhere.setdefault(here, set()).add(str(rdtype))
            while here and (apex, here) not in self.nodes:
                self.nodes.add((apex, here))
                here = names.parent(here) if here != apex else ""

    def types(self, zone: str, name: str) -> set[str]:
        """Return the types that a zone has at a name."""
        return self._types.get((zone, name), set())

    def anywhere(self, name: str) -> set[str]:
        """Return the types that any zone has at a name."""
        return self._anywhere.get(name, set())

    def wildcard(self, zone: str, name: str) -> tuple[str, set[str]]:
        """Return the wildcard that answers for a name that does not exist, and its types."""
        encloser = names.parent(name)
        while encloser not in (zone, "") and (zone, encloser) not in self.nodes:
            encloser = names.parent(encloser)
        source = f"*.{encloser}" if encloser else "*"
        return source, self._types.get((zone, source), set())


def few(listed: Sequence[str]) -> str:
    """Return the first of a list, and how many more there are."""
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more
